#!/usr/bin/env bash
# Runs a command beside a local network, and takes the network down when the command ends, however it
# ends. Needs a built node.
#
# Usage: scripts/network.sh DEFINITION.toml [COMMAND [ARGUMENT]...]
#
# Without a command the network runs until Ctrl-C. The command finds in $SYNGRAPH_NETWORK a folder with
# each node's base path and log, and zombienet's description of the network, zombie.json. A command that
# restarts a node writes the new process id to $SYNGRAPH_NETWORK/NAME.pid.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

say() { printf 'network: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

DEFINITION=${1:?usage: scripts/network.sh DEFINITION.toml [COMMAND [ARGUMENT]...]}
shift
[ -x "$NODE_BIN" ] || die "there is no node at $NODE_BIN: run 'make build' first"

# NAME=RPC_PORT of each node of the definition.
mapfile -t NODES < <(awk -F '[ ="]+' '$1 == "name" { name = $2 } $1 == "rpc_port" { print name "=" $2 }' "$DEFINITION")
for node in "${NODES[@]}"; do
	# A node whose port is taken would quietly choose another, and the command talk to a stranger.
	if is_taken "${node#*=}"; then
		die "port ${node#*=}, meant for ${node%=*}, is in use: does another network run?"
	fi
done

FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/syngraph-network.XXXXXX")
ZOMBIENET=

show_logs() {
	say "the end of each log in $FOLDER:"
	local log
	for log in "$FOLDER"/*.log; do
		# Of interest only if it could not start the nodes.
		[ "$(basename "$log")" != zombienet.log ] || [ ! -f "$FOLDER/zombie.json" ] || continue
		printf '\n==> %s\n' "$(basename "$log")" >&2
		tail -n 40 "$log" >&2
	done
}

# shellcheck disable=SC2329 # called by the trap
take_down() {
	local status=$?
	trap - EXIT INT TERM
	set +e
	case $status in 0 | 130 | 143) ;; *) show_logs ;; esac
	local processes=() pid
	# Zombienet leads a session of its own with the nodes in it; restarted nodes are outside.
	[ -z "$ZOMBIENET" ] || processes+=("-$ZOMBIENET")
	for pid in "$FOLDER"/*.pid; do
		[ ! -f "$pid" ] || processes+=("$(cat "$pid")")
	done
	for pid in "${processes[@]}"; do kill -TERM -- "$pid" 2>/dev/null; done
	for _ in $(seq 50); do
		for pid in "${processes[@]}"; do
			if kill -0 -- "$pid" 2>/dev/null; then
				sleep 0.1
				continue 2
			fi
		done
		break
	done
	for pid in "${processes[@]}"; do kill -KILL -- "$pid" 2>/dev/null; done
	# After a failure there is something to be found in it.
	case $status in 0 | 130 | 143) rm -rf "$FOLDER" ;; esac
	say "taken down"
	exit "$status"
}
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Has each key in the keystores as its seed. Out of a phrase, as zombienet writes it, a node derives the key anew for
# every signature, which takes most of its time.
plain_seeds() {
	local file phrase scheme seed
	for file in "$FOLDER"/*/data/chains/*/keystore/*; do
		phrase=$(tr -d '"' <"$file")
		case $(basename "$file") in
		6772616e*) scheme=ed25519 ;;
		*) scheme=sr25519 ;;
		esac
		seed=$("$NODE_BIN" key inspect "$phrase" --scheme "$scheme" --output-type json |
			awk -F '"' '$2 == "secretSeed" { print $4 }')
		printf '"%s"' "$seed" >"$FOLDER/seed"
		mv "$FOLDER/seed" "$file"
	done
}

say "starting $(basename "$DEFINITION" .toml) in $FOLDER"
PATH="$(dirname "$NODE_BIN"):$PATH" setsid "$ROOT/zombienet/node_modules/.bin/zombienet" \
	--provider native --dir "$FOLDER" --force spawn "$DEFINITION" \
	>"$FOLDER/zombienet.log" 2>&1 </dev/null &
ZOMBIENET=$!

until [ -f "$FOLDER/zombie.json" ]; do
	kill -0 "$ZOMBIENET" 2>/dev/null || die "zombienet could not start the nodes"
	sleep 0.5
done
node "$ROOT/zombienet/wait.mjs" "${NODES[@]}"
plain_seeds

export SYNGRAPH_NETWORK="$FOLDER"
if [ $# -gt 0 ]; then
	"$@"
else
	say "running until Ctrl-C; logs are in $FOLDER"
	wait "$ZOMBIENET"
fi
