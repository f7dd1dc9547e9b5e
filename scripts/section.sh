# shellcheck shell=bash
# How the scripts that run many tests show where they are. Source it.

# Runs a command under a heading and says how long it took. Ends the shell if the command fails. Headings go to the file
# descriptor $HEADINGS, if it is set.
section() {
	local heading=$1 start=$SECONDS to=${HEADINGS:-1}
	shift
	printf '\n=== %s\n' "$heading" >&"$to"
	"$@" || {
		printf '=== %s: FAILED after %d s\n' "$heading" $((SECONDS - start)) >&"$to"
		exit 1
	}
	printf '=== %s: done in %d s\n' "$heading" $((SECONDS - start)) >&"$to"
}
