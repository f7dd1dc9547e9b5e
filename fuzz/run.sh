#!/usr/bin/env bash
# Runs all targets, or those that are named, one after the other: fuzz/run.sh [seconds for each] [targets].
#
# Inputs that reach something new are added to the corpus, which is then reduced to the fewest that reach
# as much; if $KEEP_CORPUS is set, it stays as it is. In zero seconds a target gets each input of its corpus once.
# Fails if any target found something; what it found lies in artifacts/.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/env.sh
. ../scripts/env.sh

SECONDS_EACH=${1:-60}
shift || true
# What the corpus may take up in the repository, in kilobytes.
MAX_CORPUS=1024
# How long one input may take, in seconds, and how much memory.
LIMITS=(-timeout=20 -rss_limit_mb=4096)
WORK=target/corpus

# By this libFuzzer sees which code an input reaches, and what it was compared with.
COVERAGE="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"

if [ "$SECONDS_EACH" = 0 ]; then
	cargo build --bins --examples --target-dir target
	BINARIES=target/debug
else
	# With a target that is named, these flags are not those of build scripts.
	HOST=$(rustc -vV | sed -n 's/^host: //p')
	RUSTFLAGS="$COVERAGE --cfg fuzzing -Ccodegen-units=1 ${CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS:-}" \
		cargo build --bins --target "$HOST" --target-dir target
	BINARIES=target/$HOST/debug
fi

# replay TARGET: gives it each input of its corpus once.
replay() {
	local inputs=(corpus/"$1"/*)
	nice "$BINARIES/$1" "${LIMITS[@]}" "${inputs[@]}" >"$WORK/$1.log" 2>&1 || {
		tail -n 40 "$WORK/$1.log"
		return 1
	}
	echo "${#inputs[@]} inputs"
}

# fuzz TARGET: runs it, and reduces its corpus.
fuzz() {
	local target=$1 found
	local corpus=corpus/$target new=$WORK/$target least=$WORK/$target.least
	rm -rf "$new" "$least"
	mkdir -p "$corpus" "$new" "$least" "artifacts/$target"
	nice "$BINARIES/$target" -max_total_time="$SECONDS_EACH" "${LIMITS[@]}" \
		-artifact_prefix="artifacts/$target/" -print_final_stats=1 \
		"$new" "$corpus" 2>"$WORK/$target.log" && found=0 || found=$?
	grep -E 'DONE|panicked|SUMMARY|stat::(number|average)' "$WORK/$target.log" || true
	[ "$found" = 0 ] || return 1
	[ -z "${KEEP_CORPUS:-}" ] || return 0
	nice "$BINARIES/$target" -set_cover_merge=1 "$least" "$new" "$corpus" 2>/dev/null
	rm -r "$corpus"
	mv "$least" "$corpus"
}

targets=("$@")
if [ $# = 0 ]; then
	mapfile -t targets < <(basename --suffix=.rs --multiple fuzz_targets/*.rs)
fi
mkdir -p "$WORK"
failed=()
for target in "${targets[@]}"; do
	echo "--- $target"
	if [ "$SECONDS_EACH" = 0 ]; then
		replay "$target" || failed+=("$target")
	else
		fuzz "$target" || failed+=("$target")
	fi
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
