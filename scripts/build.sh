#!/usr/bin/env bash
# Builds everything there is. There is one profile and one feature set, so that whatever one target of
# the Makefile has built serves all others.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"
exec cargo build --workspace --locked "$@"
