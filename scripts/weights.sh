#!/usr/bin/env bash
# Measures the weights of the pallets' calls and of what is part of every transfer, and writes
# pallets/*/src/weights.rs and runtime/src/weights. Takes a while, and wants a machine that does nothing
# else.
#
# The runtime with its benchmarks goes into a target folder of its own: in the usual one it would take
# the place of the wasm that the node embeds.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

cargo build --workspace --locked
CARGO_TARGET_DIR="$TARGET_DIR/weights" \
	cargo build --locked -p syngraph-runtime --features runtime-benchmarks

"$TARGET_DIR/debug/syngraph-bencher" \
	--runtime "$TARGET_DIR/weights/debug/wbuild/syngraph-runtime/syngraph_runtime.wasm" \
	--pallet pallet_registry=pallets/registry/src/weights.rs \
	--pallet pallet_agreements=pallets/agreements/src/weights.rs \
	--pallet pallet_disputes=pallets/disputes/src/weights.rs \
	--pallet pallet_channels=pallets/channels/src/weights.rs \
	--pallet pallet_balances=runtime/src/weights/balances.rs=pallet_balances::WeightInfo \
	--pallet pallet_transaction_payment=runtime/src/weights/transaction_payment.rs=pallet_transaction_payment::WeightInfo \
	--pallet frame_system_extensions=runtime/src/weights/system_extensions.rs=frame_system::ExtensionsWeightInfo "$@"
