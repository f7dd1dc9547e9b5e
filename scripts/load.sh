#!/usr/bin/env bash
# Runs the smart lock with very many bicycles three times: on a machine that is quiet, on one with two busy loops, and
# with a node that runs for a ninth of the time, which is as slow as one that is built without any optimisation. Every
# figure has to be right, and nobody may complain or be found absent; on the quiet machine all has to settle soon, too.
# Usage: scripts/load.sh TRIPS.csv BIKES
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

TRIPS=${1:?usage: scripts/load.sh TRIPS.csv BIKES}
BIKES=${2:?usage: scripts/load.sh TRIPS.csv BIKES}
# How many blocks after the last message the last window settles at the latest, on a quiet machine.
MOST_BLOCKS=20
OUT=$(mktemp "${TMPDIR:-/tmp}/syngraph-load.XXXXXX")
HELPERS=()

say() { printf '\nload: %s\n' "$*" >&2; }

end_helpers() {
	local pid
	for pid in "${HELPERS[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	HELPERS=()
}
trap 'end_helpers; rm -f "$OUT"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

busy() { while :; do :; done; }

# Lets Bob's node run for one of nine slices of time, from when it can be reached: what starts the nodes would not wait
# for one that starts so slowly.
slow() {
	local pid
	until (exec 3<>/dev/tcp/127.0.0.1/9952) 2>/dev/null; do sleep 0.2; done
	pid=$(pgrep -nf 'syngraph-node.*--name bob')
	say "process $pid runs for a ninth of the time now"
	trap 'kill -CONT "$pid" 2>/dev/null; exit 0' TERM
	while kill -STOP "$pid" 2>/dev/null; do
		sleep 0.4
		kill -CONT "$pid" 2>/dev/null || true
		sleep 0.05
	done
}

# Runs the demo and looks at what it wrote: what the circumstances are, and within how many blocks of the last message
# all has to settle, if that is bounded.
play() {
	local start=$SECONDS
	say "$BIKES bicycles, $1"
	"$ROOT/scripts/demo.sh" "$TRIPS" "$BIKES" "$OUT"
	end_helpers
	# shellcheck disable=SC2016 # it is JavaScript
	node -e '
		const [out, most] = process.argv.slice(1);
		const { incidents, blocks_after_last_message: blocks } = JSON.parse(require("fs").readFileSync(out));
		const { complaints, disputes, absent, convicted } = incidents;
		const failed = Object.keys(absent).length + Object.keys(convicted).length;
		const soon = most ? `, at most ${most}` : "";
		console.error(`load: ${complaints} complaints, ${disputes} disputes, ${failed} failed members`);
		console.error(`load: all has settled ${blocks} blocks after the last message${soon}`);
		const right = complaints + disputes + failed === 0 && (!most || blocks <= Number(most));
		process.exit(right ? 0 : 1);
	' "$OUT" "${2:-}"
	say "$BIKES bicycles, $1: done in $((SECONDS - start)) s"
}

play "a quiet machine" "$MOST_BLOCKS"
for _ in 1 2; do busy & HELPERS+=($!); done
play "beside two busy loops"
slow & HELPERS+=($!)
play "with a node at a ninth of its speed"
