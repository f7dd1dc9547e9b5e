//! What it costs. `cargo test --release -p syngraph-joint times -- --ignored --nocapture`

use std::{
	hint::black_box,
	time::{Duration, Instant},
};

use super::*;

const REPETITIONS: u32 = 20;

/// The shortest time that something takes, in microseconds: others use the machine as well.
fn time<T, I>(mut prepare: impl FnMut() -> I, mut run: impl FnMut(I) -> T) -> u128 {
	let times = (0..REPETITIONS).map(|_| {
		let input = prepare();
		let begun = Instant::now();
		black_box(run(input));
		begun.elapsed()
	});
	times.min().unwrap_or(Duration::ZERO).as_micros()
}

#[test]
#[ignore = "prints times, which depend on the machine"]
fn times() {
	println!("microseconds: key share, public share, joint key, nonces, commitments checked, share, share verified,");
	println!("aggregate, aggregate with a bad share");
	for count in [2, 4, 8, 16] {
		let group = Group::new(count);
		let signers = signers(&IDS[..count]);
		let (share, membership) = (&group.shares[0], signers.membership(IDS[0]));
		let commitments = group.commitments(0);
		let signing = group.signing(0, MESSAGE);
		let shares = group.sign(&signing, 0);
		let mut bad = shares.clone();
		bad[count - 1] = shares[0];
		let draws = || (randomness(0, "a", 0), randomness(0, "b", 0));
		let all = [
			time(|| randomness(0, "a", 0), KeyShare::new),
			time(|| (), |()| share.public_share(&membership)),
			time(|| (), |()| JointKey::new(&signers, &group.public)),
			time(draws, |(a, b)| Nonces::new(share, a, b)),
			time(|| (), |()| Signing::new(&group.key, &commitments, MESSAGE)),
			time(
				|| group.nonces(0).swap_remove(0),
				|nonces| signing.sign(share, nonces),
			),
			time(|| (), |()| signing.verify_share(IDS[0], &shares[0])),
			time(|| (), |()| signing.aggregate(&shares)),
			time(|| (), |()| signing.aggregate(&bad)),
		];
		println!("{count:>2} members: {all:?}");
	}
}
