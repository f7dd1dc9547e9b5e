#!/usr/bin/env bash
# Runs the smart lock with very many bicycles three times, on a machine that is quiet, on one with two busy loops, and
# with a node that runs only half of the time. Every figure has to be right, and nobody may complain or be found absent.
# Usage: scripts/load.sh TRIPS.csv BIKES
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

TRIPS=${1:?usage: scripts/load.sh TRIPS.csv BIKES}
BIKES=${2:?usage: scripts/load.sh TRIPS.csv BIKES}
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

# Lets Bob's node run for a tenth of a second out of two, from when there is one.
slow() {
	local pid
	until pid=$(pgrep -f 'syngraph-node.*--name bob'); do sleep 0.2; done
	trap 'kill -CONT "$pid" 2>/dev/null; exit 0' TERM
	while kill -STOP "$pid" 2>/dev/null; do
		sleep 0.1
		kill -CONT "$pid" 2>/dev/null || true
		sleep 0.1
	done
}

# Runs the demo and looks at what it wrote: what the circumstances are.
play() {
	local start=$SECONDS
	say "$BIKES bicycles, $1"
	"$ROOT/scripts/demo.sh" "$TRIPS" "$BIKES" "$OUT"
	end_helpers
	# shellcheck disable=SC2016 # it is JavaScript
	node -e '
		const { incidents } = JSON.parse(require("fs").readFileSync(process.argv[1]));
		const { complaints, disputes, absent, convicted } = incidents;
		const failed = Object.keys(absent).length + Object.keys(convicted).length;
		console.error(`load: ${complaints} complaints, ${disputes} disputes, ${failed} failed members`);
		process.exit(complaints + disputes + failed === 0 ? 0 : 1);
	' "$OUT"
	say "$BIKES bicycles, $1: done in $((SECONDS - start)) s"
}

play "a quiet machine"
for _ in 1 2; do busy & HELPERS+=($!); done
play "beside two busy loops"
slow & HELPERS+=($!)
play "with a node at half of its speed"
