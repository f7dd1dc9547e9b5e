# shellcheck shell=bash
# The build environment every script shares. Source it; it changes nothing on disk.
#
# Which toolchain builds Syngraph is decided by scripts/setup.sh and written to
# $SYNGRAPH_CACHE/toolchain: "rustup" (the default toolchain has the wasm target) or "debian"
# (Debian's rustc-web, for machines where no toolchain component can be downloaded).
# $SYNGRAPH_TOOLCHAIN overrules it.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT
export SYNGRAPH_CACHE="${SYNGRAPH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/syngraph}"

if [ "${SYNGRAPH_TOOLCHAIN:-$(cat "$SYNGRAPH_CACHE/toolchain" 2>/dev/null)}" = debian ]; then
	# Links to Debian's cargo, rustc and so on, ahead of rustup's, so that host and wasm agree.
	PATH="$SYNGRAPH_CACHE/debian:$PATH"
	export PATH RUSTC="$SYNGRAPH_CACHE/debian/rustc"
fi

# lld links the node in a third of the time.
if command -v clang-19 >/dev/null && command -v lld-19 >/dev/null; then
	export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=clang-19
	export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C link-arg=-fuse-ld=lld"
fi
# The tool that optimises the runtime's code is C++: clang compiles it in two thirds of GCC's time, where it finds a C++ library.
if echo '#include <cstdint>' | clang++-19 -x c++ -fsyntax-only - 2>/dev/null; then
	export CXX="${CXX:-clang++-19}"
fi
# To build OpenSSL takes minutes, and the system's gets its security updates.
if pkg-config --exists openssl 2>/dev/null; then
	export OPENSSL_NO_VENDOR=1
fi

# CI clones afresh every time: a target folder outside the clone keeps a second run warm.
if [ -n "${CI:-}" ]; then
	export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$SYNGRAPH_CACHE/target}"
fi
TARGET_DIR="${CARGO_TARGET_DIR:-$ROOT/target}"
# The runtime's nested wasm build looks for Cargo.lock here, wherever the target folder is.
export WASM_BUILD_WORKSPACE_HINT="$ROOT"
# What a panic in the runtime says of its place must not depend on where the runtime was built: it is part of the code.
WASM_BUILD_RUSTFLAGS="--remap-path-prefix=$ROOT=syngraph"
WASM_BUILD_RUSTFLAGS+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
export WASM_BUILD_RUSTFLAGS
NODE_BIN="$TARGET_DIR/debug/syngraph-node"
export TARGET_DIR NODE_BIN

# Whether something listens at a port of this machine.
is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
