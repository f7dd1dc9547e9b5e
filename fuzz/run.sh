#!/usr/bin/env bash
# Runs all targets, or those that are named, one after the other: fuzz/run.sh [seconds for each] [targets].
#
# Inputs that reach something new are added to the corpus, which is then reduced to the fewest that reach
# as much. Fails if any target found something; what it found lies in artifacts/.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=../scripts/env.sh
. ../scripts/env.sh

SECONDS_EACH=${1:-60}
shift || true
# What the corpus may take up in the repository, in kilobytes.
MAX_CORPUS=1024
# How long one input may take, in seconds.
MAX_TIME=20
BINARIES=target/x86_64-unknown-linux-gnu/release

cargo fuzz build -s none

# fuzz TARGET: runs it, and reduces its corpus.
fuzz() {
	local target=$1 found
	local corpus=corpus/$target new=target/corpus/$target least=target/corpus/$target.least
	rm -rf "$new" "$least"
	mkdir -p "$corpus" "$new" "$least" "artifacts/$target"
	echo "--- $target"
	nice "$BINARIES/$target" -max_total_time="$SECONDS_EACH" -timeout="$MAX_TIME" -rss_limit_mb=4096 \
		-artifact_prefix="artifacts/$target/" -print_final_stats=1 \
		"$new" "$corpus" 2>"target/corpus/$target.log" && found=0 || found=$?
	grep -E 'DONE|panicked|SUMMARY|stat::(number|average)' "target/corpus/$target.log" || true
	[ "$found" = 0 ] || return 1
	nice "$BINARIES/$target" -set_cover_merge=1 "$least" "$new" "$corpus" 2>/dev/null
	rm -r "$corpus"
	mv "$least" "$corpus"
}

if [ $# -gt 0 ]; then
	targets=("$@")
else
	mapfile -t targets < <(cargo fuzz list)
fi
failed=()
for target in "${targets[@]}"; do
	fuzz "$target" || failed+=("$target")
done

size=$(du --summarize --apparent-size --block-size=1K corpus | cut -f1)
echo "The corpus takes up ${size} kB."
if [ ${#failed[@]} -gt 0 ]; then
	echo "Something was found: ${failed[*]}. See artifacts/." >&2
	exit 1
fi
if [ "$size" -gt "$MAX_CORPUS" ]; then
	echo "That is more than ${MAX_CORPUS} kB." >&2
	exit 1
fi
