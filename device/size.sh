#!/usr/bin/env bash
# Measures how much code the device crate is on a Cortex-M4: the least firmware that uses all of it,
# optimised for size, everything else left out by the linker. Fails above 16 KiB, and with 77 if there is no compiler for it.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/../scripts/env.sh"
cd "$ROOT"

TARGET=thumbv7em-none-eabi
LIMIT=16384

if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$TARGET" ]; then
	rustup target add "$TARGET" || exit 77
fi
cargo build --quiet --locked --release --target "$TARGET" --package syngraph-device \
	--example footprint \
	--config 'profile.release.opt-level="z"' \
	--config 'profile.release.lto=true' \
	--config 'profile.release.codegen-units=1' \
	--config 'profile.release.panic="abort"'
# Sections .text, .rodata and the unwinder's tables; the first figure of the second line.
bytes=$("$(command -v llvm-size || command -v size)" \
	"$TARGET_DIR/$TARGET/release/examples/footprint" | awk 'NR == 2 { print $1 }')
echo "device: $bytes bytes of code and constants on $TARGET (limit $LIMIT)"
[ "$bytes" -le "$LIMIT" ]
