#!/usr/bin/env bash
# Runs every check and test: lints, Rust, test vectors, polkadot.js and paid access on a development chain, the smart lock,
# faults of every sort and an upgrade on local networks. Ends with the first failure; one beside others shows at once, and ends the
# run when those are through.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/section.sh
. "$(dirname "$0")/section.sh"
cd "$ROOT"

# Headings are shown at once, also those of lanes.
exec 3>&1
HEADINGS=3

LANES=()
LOGS=$(mktemp -d "${TMPDIR:-/tmp}/syngraph-test.XXXXXX")

# Begins a function beside what follows. `join` waits for all lanes, and shows what each printed.
lane() {
	# In a process group of its own, so that it can be ended with all that it started.
	set -m
	"$1" >"$LOGS/$1" 2>&1 &
	set +m
	LANES+=("$!=$1")
}

join() {
	local lane status=0
	for lane in "${LANES[@]}"; do
		wait "${lane%%=*}" || status=1
		printf '\n--- What the lane "%s" printed\n' "${lane#*=}"
		cat "$LOGS/${lane#*=}"
	done
	LANES=()
	return "$status"
}

# shellcheck disable=SC2329 # called by the trap
end_lanes() {
	local lane
	for lane in "${LANES[@]}"; do
		kill -TERM -- "-${lane%%=*}" 2>/dev/null || true
		wait "${lane%%=*}" 2>/dev/null || true
		cat "$LOGS/${lane#*=}"
	done
	show_failures
	rm -rf "$LOGS"
}
trap end_lanes EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a test of polkadot.js: on a node that it starts itself, or beside a network.
js() { reported "$1"; }
on_network() { reported "$1" "$ROOT/scripts/network.sh" "$ROOT/zombienet/$1.toml"; }

# Runs a test of polkadot.js by the command given, and keeps its report for `show_failures` as well.
reported() {
	local name=$1
	shift
	"$@" node --test --test-reporter=spec --test-reporter-destination=stdout \
		--test-reporter=spec --test-reporter-destination="$LOGS/$name.report" "tests/js/$name.test.mjs"
}

# After thousands of lines of nodes' logs nobody finds what failed.
# shellcheck disable=SC2329 # called by the trap
show_failures() {
	local report
	for report in "$LOGS"/*.report; do
		[ ! -f "$report" ] || sed -n '/failing tests:/,$p' "$report"
	done
}

faults() {
	section "faults on a local network" on_network faults
}

polkadot_js() {
	section "polkadot.js on a development chain" js dev-chain
	section "channels from polkadot.js" js channels
}

upgrade() {
	section "access server beside a node" "$ROOT/scripts/beside.sh" \
		cargo test --workspace --locked --test access -- --ignored --test-threads 1
	section "upgrade from an older runtime" on_network upgrade
}

# The compiler that builds the workspace looks at its lints, too, as `cargo clippy` has it do: so what the workspace depends on is
# compiled once, and not checked apart, which takes a quarter of an hour.
RUSTC_WORKSPACE_WRAPPER=$(command -v clippy-driver)
export RUSTC_WORKSPACE_WRAPPER CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"

section "formatting, scripts and dependencies" "$ROOT/scripts/lint.sh" --built
section "build with lints" "$ROOT/scripts/build.sh" --all-targets
# Networks mostly wait for blocks. Each has ports of its own. Here, a node that is started again has to answer within 24
# blocks: what computes beside it comes second.
lane faults
section "Rust tests" nice cargo test --workspace --locked
section "test vectors in polkadot.js" js vectors
join
lane upgrade
lane polkadot_js
section "the how-to for polkadot.js" js how-to
section "intake of messages" js intake
section "paid access on a development chain" "$ROOT/scripts/demo-access.sh" 3
section "smart lock on a local network" on_network smart-lock
join
printf '\nAll tests passed in %d min.\n' $(((SECONDS + 59) / 60))
