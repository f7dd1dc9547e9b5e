#!/usr/bin/env bash
# Runs a chain of one node on this machine until Ctrl-C. It is a fresh one each time.
# Usage: [PORT=9944] scripts/dev.sh [OPTION_OF_THE_NODE]...
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

PORT=${PORT:-9944}
# The node would quietly take another one, and who follows the text below would talk to a stranger.
if is_taken "$PORT"; then
	echo "dev: port $PORT is in use: does another chain run? PORT=9950 takes another port" >&2
	exit 1
fi

cat >&2 <<TEXT
A fresh Syngraph chain of 2 s blocks; Ctrl-C ends it. Alice, Bob, Charlie, Dave, Eve and Ferdie have money.

  polkadot.js UI    https://polkadot.js.org/apps/?rpc=ws://127.0.0.1:$PORT
  @polkadot/api     a script that is told of sensors' messages, as docs/how-to/polkadot-js.md has it

The node computes as the intermediary whose key is //Alice. For another one, insert its key:

  api.rpc.author.insertKey('syng', '//Bob', '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48')

TEXT
exec "$NODE_BIN" --dev --rpc-port "$PORT" "$@"
