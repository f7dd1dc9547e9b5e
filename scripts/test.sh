#!/usr/bin/env bash
# Runs every check and test: lints, Rust, test vectors, polkadot.js and paid access on a development chain, the smart lock,
# faults of every sort and an upgrade on local networks. Ends with the first failure.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

# Runs a command under a heading and says how long it took.
section() {
	local heading=$1 start=$SECONDS
	shift
	printf '\n=== %s\n' "$heading"
	"$@" || {
		printf '=== %s: FAILED after %d s\n' "$heading" $((SECONDS - start))
		exit 1
	}
	printf '=== %s: done in %d s\n' "$heading" $((SECONDS - start))
}

# Begins a section beside those that follow; `join` waits for its end and shows what it printed.
aside() {
	ASIDE_LOG=$(mktemp "${TMPDIR:-/tmp}/syngraph-test.XXXXXX")
	section "$@" >"$ASIDE_LOG" 2>&1 &
	ASIDE=$!
}

join() {
	local status=0
	wait "$ASIDE" || status=$?
	cat "$ASIDE_LOG"
	rm "$ASIDE_LOG"
	return "$status"
}

section "build" "$ROOT/scripts/build.sh" --all-targets
section "lints" "$ROOT/scripts/lint.sh"
section "Rust tests" cargo test --workspace --locked
section "test vectors in polkadot.js" node --test --test-reporter=spec tests/js/vectors.test.mjs
# Mostly waits for blocks.
aside "access server beside a node" "$ROOT/scripts/beside.sh" \
	cargo test --workspace --locked --test node --test restarts --test scale -- --ignored
section "polkadot.js on a development chain" node --test --test-reporter=spec tests/js/dev-chain.test.mjs
section "intake of messages" node --test --test-reporter=spec tests/js/intake.test.mjs
section "channels from polkadot.js" node --test --test-reporter=spec tests/js/channels.test.mjs
section "paid access on a development chain" "$ROOT/scripts/demo-access.sh" 3
section "smart lock on a local network" "$ROOT/scripts/network.sh" "$ROOT/zombienet/smart-lock.toml" \
	node --test --test-reporter=spec tests/js/smart-lock.test.mjs
join
section "faults on a local network" "$ROOT/scripts/network.sh" "$ROOT/zombienet/faults.toml" \
	node --test --test-reporter=spec tests/js/faults.test.mjs
section "upgrade from an older runtime" "$ROOT/scripts/network.sh" "$ROOT/zombienet/upgrade.toml" \
	node --test --test-reporter=spec tests/js/upgrade.test.mjs
printf '\nAll tests passed in %d min.\n' $(((SECONDS + 59) / 60))
