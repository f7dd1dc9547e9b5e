#!/usr/bin/env bash
# Checks formatting, lints, scripts and, where cargo-deny is installed, licences and known
# vulnerabilities. With `--built` it leaves lints out: scripts/test.sh looks at them while it builds.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

cargo fmt --all --check
[ "${1:-}" = --built ] || cargo clippy --workspace --all-targets --locked -- -D warnings
shellcheck -x scripts/*.sh device/size.sh fuzz/run.sh .ci/run
if command -v cargo-deny >/dev/null; then
	cargo deny check
else
	echo "lint: cargo-deny is not installed; dependencies were not checked" >&2
fi
