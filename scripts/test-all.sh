#!/usr/bin/env bash
# Runs what scripts/test.sh leaves out because it takes hours, one section after the other, whether those before it failed
# or not, and lists in the end which did, and what could not be run here. Needs everything built. The bounds can be set in
# the environment:
#
#   STEPS           of random calls on the runtime
#   PROPTEST_CASES  of each property; the costlier ones are tried with a fixed part of it
#   KILLS           of a node that takes in messages
#   MINUTES         for which the node of whoever leads is killed once a minute
#   CROWD           of channels that one access server holds
#   FUZZ_SECONDS    of each fuzz target; 0 gives it its corpus once
#   TRIPS, BIKES    of the smart lock under load
#   SECTION         a part of the names of those sections that are run
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/section.sh
. "$(dirname "$0")/section.sh"
cd "$ROOT"

export STEPS=${STEPS:-1000000}
export PROPTEST_CASES=${PROPTEST_CASES:-2560}
export KILLS=${KILLS:-40}
export MINUTES=${MINUTES:-10}
export CROWD=${CROWD:-100000}
FUZZ_SECONDS=${FUZZ_SECONDS:-60}
TRIPS=${TRIPS:-examples/smart-lock/data/trips.csv}
BIKES=${BIKES:-250}
LOGS=$(mktemp -d "${TMPDIR:-/tmp}/syngraph-test-all.XXXXXX")
export LOGS
FAILED=()
# Those of cargo's tools that setup does not install.
PATH="$PATH:$SYNGRAPH_CACHE/tools/bin"
trap 'rm -rf "$LOGS"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A section that does not end the others.
part() {
	[[ $1 == *"${SECTION:-}"* ]] || return 0
	(section "$@") || FAILED+=("$1")
}

# Notes what cannot be run here.
leave_out() { echo "$*" | tee -a "$LOGS/left-out"; }

# Makes sure of a tool of cargo's.
tool() {
	command -v "$1" >/dev/null || cargo install --quiet --locked --root "$SYNGRAPH_CACHE/tools" "$1"
}

rust() { cargo test --workspace --locked "$@"; }

adversaries() { ALL=1 rust --test adversaries -- --nocapture; }

random_steps() { rust --test random -- --nocapture; }

# The checks that migrations make of themselves for the tool `try-runtime`. Nothing but a test is linked with them: a node
# whose runtime has them would stop the chain when one fails.
try_runtime() {
	SKIP_WASM_BUILD=1 rust --features syngraph-runtime/try-runtime --test runtime -- migrations
}

# Every benchmark once, as a test; and the runtime compiles with them. In the folder in which weights are measured: in the
# usual one most would have to be built again afterwards.
benchmarks() {
	SKIP_WASM_BUILD=1 CARGO_TARGET_DIR="$TARGET_DIR/weights" cargo test --locked -p syngraph-runtime -p pallet-registry -p pallet-agreements \
		-p pallet-disputes -p pallet-channels --features runtime-benchmarks --lib -- benchmarking
}

fuzzing() { KEEP_CORPUS=1 "$ROOT/fuzz/run.sh" "$FUZZ_SECONDS"; }

dependencies() {
	if tool cargo-deny && cargo deny fetch; then
		cargo deny check
	else
		leave_out "licences and advisories: cargo-deny, or what it looks things up in, cannot be fetched"
	fi
}

device_size() {
	local status=0
	"$ROOT/device/size.sh" || status=$?
	[ "$status" != 77 ] || leave_out "the size of the device's code: there is no compiler for the device"
	[ "$status" = 0 ] || [ "$status" = 77 ]
}

part "adversaries among up to sixteen" adversaries
part "random steps, $STEPS" random_steps
part "properties, $PROPTEST_CASES cases" rust --no-fail-fast --lib --test network --test model
part "migrations with the checks of try-runtime" try_runtime
part "benchmarks as tests" benchmarks
part "intake of messages, $KILLS kills" node --test --test-reporter=spec tests/js/intake.test.mjs
part "who leads killed every minute, for $MINUTES" "$ROOT/scripts/network.sh" "$ROOT/zombienet/faults.toml" \
	node --test --test-reporter=spec tests/js/leader.test.mjs
part "access server with $CROWD channels" "$ROOT/scripts/beside.sh" \
	cargo test --workspace --locked --test access -- --ignored --nocapture --test-threads 1 scale
part "smart lock under load" "$ROOT/scripts/load.sh" "$TRIPS" "$BIKES"
part "fuzzing, $FUZZ_SECONDS s for each target" fuzzing
part "dependencies" dependencies
part "size of the device's code" device_size

printf '\n'
if [ -f "$LOGS/left-out" ]; then sed 's/^/Left out: /' "$LOGS/left-out"; fi
for failed in "${FAILED[@]}"; do printf 'FAILED: %s\n' "$failed"; done
printf 'Done in %d min.\n' $(((SECONDS + 59) / 60))
[ "${#FAILED[@]}" = 0 ]
