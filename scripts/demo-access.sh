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
CHARGER_PORT=9973
LOCK_PORT=9974
ADMIN_PORT=9975
BIN="$TARGET_DIR/debug"

say() { printf 'demo-access: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

for port in "$RPC_PORT" "$ACCESS_PORT" "$CHARGER_PORT" "$LOCK_PORT" "$ADMIN_PORT"; do
	if is_taken "$port"; then
		die "port $port is in use: does another one run?"
	fi
done
(cd "$ROOT" && cargo build --locked --quiet -p syngraph-device --examples)

FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/syngraph-access.XXXXXX")
PROCESSES=()
PAID_ACCESS=("$BIN/paid-access"
	--node "ws://127.0.0.1:$RPC_PORT" --server "http://127.0.0.1:$ACCESS_PORT" --processes "$FOLDER"
	--charger "127.0.0.1:$CHARGER_PORT" --lock "127.0.0.1:$LOCK_PORT"
	--records "$FOLDER/records" --slots "$SLOTS" ${OUT:+--out "$OUT"})

# Before anything is started.
"${PAID_ACCESS[@]}" --check || { rmdir "$FOLDER"; exit 2; }

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
	# Those that would start the others again are the first to go.
	for pid in "${PROCESSES[@]}"; do kill -TERM "$pid" 2>/dev/null; done
	for pid in "$FOLDER"/*.pid; do
		kill -TERM "$(cat "$pid")" 2>/dev/null
		# One that hangs would not hear of it.
		kill -CONT "$(cat "$pid")" 2>/dev/null
	done
	wait
	case $status in 0 | 130 | 143) rm -rf "$FOLDER" ;; esac
	exit "$status"
}
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

secret() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }

# Runs a program as a service manager would, which starts it again whenever it dies: NAME COMMAND...
# What it prints is in NAME.log, its process in NAME.pid.
supervise() {
	local name=$1
	shift
	trap 'exit 0' TERM
	while :; do
		"$@" >>"$FOLDER/$name.log" 2>&1 &
		echo $! >"$FOLDER/$name.pid.new"
		mv "$FOLDER/$name.pid.new" "$FOLDER/$name.pid"
		wait $! || true
		sleep 1
	done
}

# Starts something and looks after it: NAME COMMAND...
start() {
	supervise "$@" 2>>"$FOLDER/supervisor.log" &
	PROCESSES+=($!)
}

# Starts a device: NAME SLOT_SECONDS PORT. Its secrets are in NAME.secrets.
device() {
	start "$1" "$BIN/examples/$1" --secrets "$FOLDER/$1.secrets" --state "$FOLDER/$1" --provision \
		--slot "$2" --listen "127.0.0.1:$3"
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
admin = "127.0.0.1:$ADMIN_PORT"
payee = "payee"
dev_keys = true
data = "data"
tower = "ws://127.0.0.1:$RPC_PORT"

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
PAYEE=$("$NODE_BIN" key inspect //Access | awk '/SS58 Address/ { print $3 }')
start node "$NODE_BIN" --dev --rpc-port "$RPC_PORT" --port 0 --no-prometheus --no-telemetry \
	--watchtower "$PAYEE" --base-path "$FOLDER/node"
# It waits for the node, whose chain the data folder is made for.
until "$BIN/syngraph-access" init --config "$FOLDER/access.toml" >>"$FOLDER/access.log" 2>&1; do
	[ ! -e "$FOLDER/data" ] || die "the data folder cannot be made: see $FOLDER/access.log"
	sleep 1
done
start access "$BIN/syngraph-access" serve --config "$FOLDER/access.toml"
device charger 1 "$CHARGER_PORT"
device lock 5 "$LOCK_PORT"

"${PAID_ACCESS[@]}"
