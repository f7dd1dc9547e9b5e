#!/usr/bin/env bash
# Measures costs, throughput and latency on a fresh development chain.
# Usage: scripts/bench.sh [OUT.json [ARGUMENT]...]
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

OUT=${1:-}
BENCH=("$TARGET_DIR/debug/syngraph-bench" ${OUT:+--out "$OUT"} "${@:2}")

# Before anything is started.
"${BENCH[@]}" --check
# shellcheck disable=SC2016 # the address is known beside the node
"$ROOT/scripts/beside.sh" bash -c '"$@" --node "$SYNGRAPH_NODE"' bench "${BENCH[@]}"
