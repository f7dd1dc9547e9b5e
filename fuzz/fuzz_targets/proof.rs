//! What settles a round.
#![no_main]

use codec::{Encode, MaxEncodedLen};
use libfuzzer_sys::fuzz_target;
use sp_core::{ed25519, sr25519, H256};
use syngraph_fuzz::{read, GENESIS};
use syngraph_primitives::{Outcomes, RoundId, SourceVersion, MAX_ROUND_RESULTS};
use syngraph_protocol::{outcome_leaf, outcomes_root, root_of, Proof};

const ROUND: RoundId = RoundId {
	agreement: H256::zero(),
	roster: 0,
	first: 5,
	version: SourceVersion::bare(0),
	lineup: H256::zero(),
};

fuzz_target!(|data: &[u8]| {
	let Some(proof) = read::<Proof>(&mut &data[..]) else {
		return;
	};
	assert!(proof.encoded_size() <= Proof::max_encoded_len());
	let members = proof.blindings.len();
	let keys: Vec<_> = (0..members as u64)
		.map(|member| (member, sr25519::Public::from_raw([member as u8; 32])))
		.collect();
	if proof.check_form(members).is_ok() {
		assert!(proof.span(&ROUND).is_sound());
		check_outcomes(&proof.outcomes);
	}
	let _ = proof.verify(&GENESIS, &ROUND, &keys);
	let ids: Vec<_> = keys.iter().map(|(member, _)| *member).collect();
	let key = ed25519::Public::from_raw([7; 32]);
	let _ = proof.verify_jointly(&GENESIS, &ROUND, &ids, &key);
	let _ = proof.hash();
});

/// Outcomes that are well written are what they are window by window, and so is each front of them.
fn check_outcomes(outcomes: &Outcomes) {
	let all: Vec<_> = outcomes.iter().collect();
	assert_eq!(all.len() as u32, outcomes.len());
	assert_eq!(Outcomes::new(all.iter().copied()).as_ref(), Some(outcomes));
	let leaves = all.iter().map(|outcome| outcome_leaf(*outcome));
	assert_eq!(outcomes_root(outcomes), root_of(leaves));
	let results: Vec<_> = outcomes.results().collect();
	assert!(results.len() <= MAX_ROUND_RESULTS as usize);
	for (count, (place, _)) in results.iter().enumerate() {
		let front = outcomes.front(count);
		assert_eq!(front.len(), *place, "it ends before the next result");
		assert!(front.is_sound() && front.iter().eq(all.iter().copied().take(*place as usize)));
	}
	assert_eq!(outcomes.front(results.len()), *outcomes);
}
