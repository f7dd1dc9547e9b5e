#!/usr/bin/env bash
# Runs paid access on a development chain: a node, the access server, a charger and a lock, each a process of
# its own, and the clients of examples/paid-access.
# Usage: scripts/demo-access.sh SLOTS [OUT.json]
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

SLOTS=${1:?usage: scripts/demo-access.sh SLOTS [OUT.json]}
OUT=${2:-}
RPC_PORT=9971
ACCESS_PORT=9972
BIN="$TARGET_DIR/debug"

say() { printf 'demo-access: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

for port in "$RPC_PORT" "$ACCESS_PORT"; do
	if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
		die "port $port is in use: does another one run?"
	fi
done
(cd "$ROOT" && cargo build --locked --quiet -p syngraph-device --examples)

FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/syngraph-access.XXXXXX")
PROCESSES=()

# shellcheck disable=SC2329 # called by the trap
take_down() {
	local status=$? pid log
	trap - EXIT INT TERM
	set +e
	case $status in
	0 | 130 | 143) ;;
	*)
		say "the end of each log in $FOLDER:"
		for log in "$FOLDER"/*.log; do
			printf '\n==> %s\n' "$(basename "$log")" >&2
			tail -n 20 "$log" >&2
		done
		;;
	esac
	# The one that would start the access server again is the first to go.
	for pid in "${PROCESSES[@]}"; do kill -TERM "$pid" 2>/dev/null; done
	[ ! -f "$FOLDER/access.pid" ] || kill -TERM "$(cat "$FOLDER/access.pid")" 2>/dev/null
	wait
	case $status in 0 | 130 | 143) rm -rf "$FOLDER" ;; esac
	exit "$status"
}
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

secret() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }

# Starts the access server again whenever it dies, as a service manager would.
supervise() {
	trap 'exit 0' TERM
	while :; do
		"$BIN/syngraph-access" serve --config "$FOLDER/access.toml" >>"$FOLDER/access.log" 2>&1 &
		echo $! >"$FOLDER/access.pid.new"
		mv "$FOLDER/access.pid.new" "$FOLDER/access.pid"
		wait $! || true
		sleep 1
	done
}

# Starts a device: NAME SLOT_SECONDS. Its secrets are in NAME.secrets.
device() {
	"$BIN/examples/$1" --secrets "$FOLDER/$1.secrets" --state "$FOLDER/$1" --provision --slot "$2" \
		>"$FOLDER/$1.log" 2>&1 &
	PROCESSES+=($!)
}

# Waits until a device says where it listens: NAME.
address() {
	local line
	for _ in $(seq 100); do
		line=$(head -n 1 "$FOLDER/$1.log")
		case $line in "listening on "*)
			echo "${line#listening on }"
			return
			;;
		esac
		sleep 0.1
	done
	die "the $1 does not start"
}

umask 077
for service in charger-slow charger-fast lock-open; do secret >"$FOLDER/$service.secret"; done
for service in slow fast; do
	echo "$service $(cat "$FOLDER/charger-$service.secret")"
done >"$FOLDER/charger.secrets"
echo "open $(cat "$FOLDER/lock-open.secret")" >"$FOLDER/lock.secrets"
echo '//Access' >"$FOLDER/payee"
cat >"$FOLDER/access.toml" <<TOML
node = "ws://127.0.0.1:$RPC_PORT"
listen = "127.0.0.1:$ACCESS_PORT"
payee = "payee"
data = "data"

[[devices]]
name = "charger"

[[devices.services]]
name = "slow"
secret = "charger-slow.secret"
price = "20000000000"
slot_seconds = 1

[[devices.services]]
name = "fast"
secret = "charger-fast.secret"
price = "50000000000"
slot_seconds = 1

[[devices]]
name = "lock"

[[devices.services]]
name = "open"
secret = "lock-open.secret"
price = "30000000000"
slot_seconds = 5
TOML

say "starting a development chain, the access server, a charger and a lock in $FOLDER"
supervise 2>>"$FOLDER/access.log" &
PROCESSES+=($!)
"$NODE_BIN" --dev --rpc-port "$RPC_PORT" --port 0 --no-prometheus --no-telemetry \
	--base-path "$FOLDER/node" >"$FOLDER/node.log" 2>&1 &
PROCESSES+=($!)
device charger 1
device lock 5

"$BIN/paid-access" \
	--node "ws://127.0.0.1:$RPC_PORT" --server "http://127.0.0.1:$ACCESS_PORT" \
	--server-pid "$FOLDER/access.pid" \
	--charger "$(address charger)" --lock "$(address lock)" \
	--wallets "$FOLDER/wallets" --slots "$SLOTS" ${OUT:+--out "$OUT"}
