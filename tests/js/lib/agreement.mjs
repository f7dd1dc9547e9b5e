// Terms of agreements and offers of intermediaries, as tests need them.

/** One SYN in the chain's smallest unit. */
export const SYN = 1_000_000_000_000n;

/** So much drift that messages may tell of any time. */
export const ANY_TIME = 2n ** 64n - 1n;

/** How long locks were open, in seconds, for each window. */
export const rentalSeconds = JSON.stringify({
	select: { kind: 'lock' },
	take: { durations: { variable: 'locked', from: false, to: true, unit: 'second' } },
	aggregate: 'sum',
});

/**
 * Terms between a rental service and an insurer, in which the rental service pays for each second.
 * Whatever is in `change` replaces the terms' fields.
 */
export function terms({ rental, insurer, intermediaries, sensor, now }, change = {}) {
	return {
		users: [
			{ user: rental.address, intermediaries: [intermediaries[0]], spares: [], escrow: 100n * SYN },
			{ user: insurer.address, intermediaries: [intermediaries[1]], spares: [], escrow: 100n * SYN },
		],
		sensors: [{ sensor, start: 0 }],
		window: { size: 2, slide: 2 },
		function: { Pipeline: rentalSeconds },
		qualityOfService: 'NoProof',
		reaction: [
			{ Transfer: { from: 0, to: 1, amount: { PerUnit: { rate: SYN / 1000n, atMost: 10n * SYN } } } },
			{ Log: { label: 'rental' } },
			{ Actuate: { sensor, command: 'beep' } },
		],
		reward: SYN / 100n,
		retainer: 0n,
		spareRetainer: 0n,
		penalty: 5n * SYN,
		absenceFee: SYN / 1000n,
		onFailure: 'GoOn',
		// Every window settles as soon as it can, with those that are there already.
		rounds: { most: 16, patience: 0, leader: null, kept: 64 },
		limits: {
			signBy: now + 100,
			startsAt: now,
			endsAt: now + 1000,
			notice: 10,
			// At once, so that a block shows all that a settlement brings about.
			payout: 0,
			answer: 30,
			drift: ANY_TIME,
		},
		nonce: 0,
		...change,
	};
}

/** An offer that these terms fit, and terms that are better. Whatever is in `change` replaces its fields. */
export function offer(change = {}) {
	return {
		reward: SYN / 100n,
		retainer: 0n,
		spareRetainer: 0n,
		penalty: 10n * SYN,
		absenceFee: SYN / 100n,
		windowMessages: 1024,
		duration: 2000,
		notice: 20,
		answer: 24,
		agreements: 100,
		agreementsPerUser: 100,
		qualities: ['NoProof'],
		users: null,
		...change,
	};
}
