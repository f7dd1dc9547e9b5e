#!/usr/bin/env bash
# Runs every test: formatting, Rust, polkadot.js against a development chain, the smart lock on a local
# network. Ends with the first failure.
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

# Cargo repeats the warnings of the project's own crates even if there is nothing to build.
no_warnings() {
	local warnings
	warnings=$("$ROOT/scripts/build.sh" --all-targets --message-format short 2>&1 | grep ': warning: ') || return 0
	printf '%s\n' "$warnings"
	return 1
}

section "formatting" cargo fmt --all --check
section "build" "$ROOT/scripts/build.sh" --all-targets
section "no warnings" no_warnings
section "Rust tests" cargo test --workspace --locked
section "polkadot.js on a development chain" node --test --test-reporter=spec tests/js/dev-chain.test.mjs
section "smart lock on a local network" "$ROOT/scripts/network.sh" "$ROOT/zombienet/smart-lock.toml" \
	node --test --test-reporter=spec tests/js/smart-lock.test.mjs
printf '\nAll tests passed in %d min.\n' $(((SECONDS + 59) / 60))
