// Rounds as the chain tells of them: what the windows of a range came to.

/** What windows in sequence came to, of outcomes that are written as runs: of each its result, or null. */
export const outcomesIn = (runs) =>
	[...runs].flatMap((run) => {
		if (run.isNulls) {
			return Array(run.asNulls.toNumber()).fill(null);
		}
		return [run.isNegative ? -run.asNegative.toBigInt() : run.asResult.toBigInt()];
	});

/** The runs of outcomes, in the one way in which they are written. */
export function runsOf(outcomes) {
	const runs = [];
	for (const outcome of outcomes) {
		const last = runs.at(-1);
		if (outcome !== null) runs.push(outcome < 0n ? { Negative: -outcome } : { Result: outcome });
		else if (last && 'Nulls' in last) last.Nulls += 1;
		else runs.push({ Nulls: 1 });
	}
	return runs;
}

/** The outcomes of rounds, or of events that tell of such, by window: `[window, outcome]`, in their order. */
export const outcomesOfRounds = (rounds) =>
	rounds.flatMap(({ first, outcomes }) =>
		outcomesIn(outcomes).map((outcome, place) => [first.toNumber() + place, outcome]),
	);

/** Those that are not null. */
export const resultsOfRounds = (rounds) => outcomesOfRounds(rounds).filter(([, outcome]) => outcome !== null);

/** The most bytes that a result takes with the null windows after it. */
export const MAX_RESULT_BYTES = 21n;

/**
 * What a round costs by the prices of its agreement if its members have signed singly, and if they have signed jointly.
 * Each further result costs less for each byte by which it is shorter than it may be.
 */
export function costsOf({ settlement, joint, window, byte }, outcomes) {
	const runs = [...outcomes];
	const length = (run) => (run?.isNulls ? run.encodedLength : 0);
	const lengths = runs.flatMap((run, i) => (run.isNulls ? [] : [run.encodedLength + length(runs[i + 1])]));
	const unused = lengths.slice(1).map((bytes) => (MAX_RESULT_BYTES - BigInt(bytes)) * byte.toBigInt());
	const further = unused.reduce((sum, less) => sum + window.toBigInt() - less, 0n);
	return [settlement, joint].map((price) => price.toBigInt() + further);
}
