#!/usr/bin/env bash
# Runs a chain of one node on this machine until Ctrl-C. It is a fresh one each time.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

cat >&2 <<TEXT
A fresh Syngraph chain; Ctrl-C ends it. Alice to Ferdie have funds, and Alice's node computes.

  polkadot.js UI    https://polkadot.js.org/apps/?rpc=ws://127.0.0.1:9944
  @polkadot/api     ApiPromise.create({ provider: new WsProvider('ws://127.0.0.1:9944'), ...definitions })

with the definitions of tests/js/lib/definitions.mjs for sensors' messages and the sensors' RPC.

TEXT
exec "$NODE_BIN" --dev --rpc-port 9944 "$@"
