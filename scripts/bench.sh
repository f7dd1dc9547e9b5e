#!/usr/bin/env bash
# Measures costs, throughput and latency on a fresh development chain.
# Usage: scripts/bench.sh [OUT.json]
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

OUT=${1:-}
PORT=9954
BENCH=("$TARGET_DIR/debug/syngraph-bench" --node "ws://127.0.0.1:$PORT" ${OUT:+--out "$OUT"})

# Before anything is started.
"${BENCH[@]}" --check
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/syngraph-bench.XXXXXX")

"$NODE_BIN" --dev --base-path "$FOLDER" --rpc-port "$PORT" --no-prometheus >"$FOLDER/node.log" 2>&1 &
NODE=$!
# shellcheck disable=SC2329 # called by the trap
take_down() {
	local status=$?
	case $status in 0 | 130 | 143) ;; *) tail -n 40 "$FOLDER/node.log" >&2 ;; esac
	kill "$NODE" 2>/dev/null || true
	wait "$NODE" 2>/dev/null || true
	rm -rf "$FOLDER"
	exit "$status"
}
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

node "$ROOT/zombienet/wait.mjs" "dev=$PORT"
"${BENCH[@]}"
