#!/usr/bin/env bash
# Brings a machine to the point where Syngraph builds and its networks run.
# Idempotent: it looks before it installs, and takes about a second when nothing is missing.
# Needs: Rust or Debian/Ubuntu's apt, Node.js 20 or newer with npm.
#
# SYNGRAPH_TOOLCHAIN=rustup or =debian chooses the toolchain instead of finding out which one works.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

DEBIAN_BIN="$SYNGRAPH_CACHE/debian"
CHOICE="$SYNGRAPH_CACHE/toolchain"

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

apt_install() {
	command -v apt-get >/dev/null ||
		die "please install these with your package manager, then run this again: $*"
	say "installing Debian packages: $*"
	local install=(env DEBIAN_FRONTEND=noninteractive
		apt-get install -y -qq --no-install-recommends "$@")
	# The package lists may be missing or stale: fetch them only if it does not work without.
	as_root "${install[@]}" >/dev/null 2>&1 ||
		{ as_root apt-get update -qq && as_root "${install[@]}" >/dev/null; }
}

system_packages() {
	local missing=()
	command -v cc >/dev/null || missing+=(gcc libc6-dev)
	# Also for the C++ library that clang takes.
	command -v c++ >/dev/null || missing+=(g++)
	command -v pkg-config >/dev/null || missing+=(pkg-config)
	pkg-config --exists openssl 2>/dev/null || missing+=(libssl-dev)
	command -v protoc >/dev/null || missing+=(protobuf-compiler)
	command -v clang-19 >/dev/null || missing+=(clang-19)
	command -v lld-19 >/dev/null || missing+=(lld-19)
	# Zombienet looks after its nodes with ps.
	command -v ps >/dev/null || missing+=(procps)
	# A test sets a node's clock wrong.
	command -v faketime >/dev/null || missing+=(faketime)
	# Another compresses the code that it brings to the chain.
	command -v zstd >/dev/null || missing+=(zstd)
	command -v shellcheck >/dev/null || missing+=(shellcheck)
	# The off-chain workers' HTTP client refuses to start without certificate authorities.
	[ -s /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
	[ "${#missing[@]}" = 0 ] || apt_install "${missing[@]}"
}

# Compiles a `no_std` crate for the runtime's target: the only proof that the target is there.
wasm_works() {
	local probe status=0
	probe=$(mktemp -d)
	echo '#![no_std]' | "$1" --crate-name probe --crate-type rlib --target wasm32v1-none \
		--emit metadata --out-dir "$probe" - >/dev/null 2>&1 || status=$?
	rm -rf "$probe"
	return $status
}

# The Rust on the PATH, with the target added by rustup if need be.
rustup_toolchain() {
	if ! wasm_works rustc; then
		command -v rustup >/dev/null || return 1
		say "adding the wasm target with rustup"
		rustup target add wasm32v1-none >/dev/null 2>&1 && wasm_works rustc || return 1
	fi
	echo rustup >"$CHOICE"
	say "toolchain: $(rustc --version)"
}

debian_toolchain() {
	local missing=() package
	for package in rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web; do
		dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
	done
	[ "${#missing[@]}" = 0 ] || apt_install "${missing[@]}"
	wasm_works /usr/bin/rustc || debian_wasm_target
	wasm_works /usr/bin/rustc || die "the wasm32v1-none target still does not work"
	rm -rf "$DEBIAN_BIN"
	mkdir "$DEBIAN_BIN"
	ln -s /usr/bin/{cargo,cargo-clippy,cargo-fmt,clippy-driver,rustc,rustdoc,rustfmt} "$DEBIAN_BIN"
	echo debian >"$CHOICE"
	say "toolchain: $(/usr/bin/rustc --version), by Debian"
}

# The target's libraries, built once from Debian's packaged Rust source.
debian_wasm_target() {
	say "building the wasm32v1-none target from Debian's Rust source (about a minute)"
	local scratch sysroot
	scratch=$(mktemp -d)
	sysroot=$(/usr/bin/rustc --print sysroot)
	mkdir "$scratch/src"
	echo '#![no_std]' >"$scratch/src/lib.rs"
	printf '[package]\nname = "probe"\nversion = "0.0.0"\nedition = "2021"\n' >"$scratch/Cargo.toml"
	(
		cd "$scratch"
		# Without embedded bitcode the runtime's link-time optimisation fails later on.
		env -u CARGO_TARGET_DIR RUSTFLAGS="-C embed-bitcode=yes" RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc \
			/usr/bin/cargo build --quiet --release -Z build-std=core,alloc --target wasm32v1-none
	)
	as_root mkdir -p "$sysroot/lib/rustlib/wasm32v1-none/lib" \
		"$sysroot/lib/rustlib/x86_64-unknown-linux-gnu/bin"
	as_root cp "$scratch"/target/wasm32v1-none/release/deps/lib{core,alloc,compiler_builtins}-*.rlib \
		"$sysroot/lib/rustlib/wasm32v1-none/lib/"
	as_root ln -sf "$(command -v lld-19)" "$sysroot/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld"
	rm -rf "$scratch"
	# A runtime compiled against other libraries cannot be linked with these.
	rm -rf "$TARGET_DIR"/*/wbuild
}

toolchain() {
	local choice
	choice=$(cat "$CHOICE" 2>/dev/null || true)
	if [ "${SYNGRAPH_TOOLCHAIN:-$choice}" = "$choice" ]; then
		case $choice in
		rustup) wasm_works rustc && return ;;
		debian) wasm_works "$DEBIAN_BIN/rustc" && return ;;
		esac
	fi
	case ${SYNGRAPH_TOOLCHAIN:-} in
	rustup) rustup_toolchain || die "rustup cannot add the wasm target wasm32v1-none here" ;;
	debian) debian_toolchain ;;
	'')
		rustup_toolchain || {
			say "rustup cannot add the wasm target here; falling back on Debian's toolchain"
			debian_toolchain
		}
		;;
	*) die "SYNGRAPH_TOOLCHAIN must be rustup or debian" ;;
	esac
}

# npm packages, from their lock files; a stamp inside node_modules remembers which lock was installed.
npm_packages() {
	local folder=$1 stamp
	stamp=$(sha256sum <"$folder/package-lock.json")
	[ "$(cat "$folder/node_modules/.syngraph-lock" 2>/dev/null)" = "$stamp" ] && return
	[ "$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 ] 2>/dev/null ||
		die "please install Node.js 20 or newer with npm"
	say "installing npm packages in ${folder#"$ROOT"/}"
	(cd "$folder" && npm ci --loglevel=error --no-audit --no-fund)
	echo "$stamp" >"$folder/node_modules/.syngraph-lock"
}

mkdir -p "$SYNGRAPH_CACHE"
system_packages
toolchain
npm_packages "$ROOT/zombienet"
npm_packages "$ROOT/tests/js"
