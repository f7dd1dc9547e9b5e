#!/usr/bin/env bash
# Runs the smart lock on a local network with real trips. What it is given is checked before the network is
# started.
# Usage: scripts/demo.sh TRIPS.csv BIKES [OUT.json]
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

TRIPS=${1:?usage: scripts/demo.sh TRIPS.csv BIKES [OUT.json]}
BIKES=${2:?usage: scripts/demo.sh TRIPS.csv BIKES [OUT.json]}
OUT=${3:-}

SMART_LOCK=("$TARGET_DIR/debug/smart-lock"
	--node ws://127.0.0.1:9951 --node ws://127.0.0.1:9952
	--trips "$TRIPS" --bikes "$BIKES" ${OUT:+--out "$OUT"})

"${SMART_LOCK[@]}" --check >/dev/null
"$ROOT/scripts/network.sh" "$ROOT/zombienet/smart-lock.toml" "${SMART_LOCK[@]}"
