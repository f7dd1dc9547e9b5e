//! The protocol on a virtual network: many nodes, one clock, and everything that can go wrong between
//! them. Signatures are real; the chain checks proofs with the code the real one uses.

mod adversity;
mod chain;
mod disputes;
mod faults;
mod forks;
mod hearing;
mod interleavings;
mod joint;
mod lacking;
mod node;
mod purse;
mod ranges;
mod restored;
mod rotated;
mod slowness;
mod versions;
mod world;

use proptest::prelude::ProptestConfig;

/// An eighth of the cases that other properties are tried with, which `PROPTEST_CASES` says: each is a long life.
fn cases() -> ProptestConfig {
	let usual = ProptestConfig::default();
	ProptestConfig {
		cases: usual.cases.div_ceil(8),
		..usual
	}
}
