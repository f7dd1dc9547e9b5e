#!/usr/bin/env bash
# Runs a command beside the node of a fresh development chain, and ends the node with it. The command finds the
# node's address in $SYNGRAPH_NODE and its program in $SYNGRAPH_NODE_BIN. Needs a built node.
# Usage: scripts/beside.sh COMMAND [ARGUMENT]...
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

[ $# -gt 0 ] || { echo "usage: scripts/beside.sh COMMAND [ARGUMENT]..." >&2; exit 2; }
PORT=9954
if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
	echo "beside: port $PORT is in use: does another one run?" >&2
	exit 1
fi
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/syngraph-beside.XXXXXX")

"$NODE_BIN" --dev --base-path "$FOLDER" --rpc-port "$PORT" --no-prometheus >"$FOLDER/node.log" 2>&1 &
NODE=$!
# shellcheck disable=SC2329 # called by the trap
take_down() {
	local status=$?
	kill "$NODE" 2>/dev/null || true
	wait "$NODE" 2>/dev/null || true
	case $status in 0 | 130 | 143) ;; *)
		tail -n 40 "$FOLDER/node.log" >&2
		# After a failure there is something to be found in it.
		mv "$FOLDER/node.log" "$FOLDER.log"
		echo "beside: the node's log is $FOLDER.log" >&2
		;;
	esac
	rm -rf "$FOLDER"
	exit "$status"
}
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

node "$ROOT/zombienet/wait.mjs" "dev=$PORT"
SYNGRAPH_NODE="ws://127.0.0.1:$PORT" SYNGRAPH_NODE_BIN="$NODE_BIN" "$@"
