//! Chunks of a window that is shown in a dispute.
#![no_main]

use codec::{Encode, MaxEncodedLen};
use libfuzzer_sys::fuzz_target;
use sp_core::{ed25519, H256};
use syngraph_fuzz::{lock, read};
use syngraph_primitives::{Feed, SensorKeys, SignedMessage, WindowShape};
use syngraph_protocol::{Fold, Part, Pipeline, Subject, Trial, Window};

const DURATIONS: &[u8] = br#"{
	"take": {"durations": {"variable": "locked", "from": false, "to": true, "unit": "second"}},
	"aggregate": "sum"
}"#;

fuzz_target!(|data: &[u8]| {
	let Ok(pipeline) = Pipeline::parse(DURATIONS) else {
		return;
	};
	let fold = Fold::Pipeline(pipeline);
	let mut keys = SensorKeys::new(0u32, ed25519::Public::from_raw([1; 32]));
	keys.convict(1, 0);
	let part = |sensor| {
		let (since, start, shape) = (0, 0, WindowShape { size: 3, slide: 1 });
		Part::new(
			&Feed {
				sensor,
				since,
				start,
			},
			&shape,
			0,
			&keys,
			0,
		)
	};
	let parts: Vec<_> = [1, 2].into_iter().filter_map(part).collect();
	let subject = Subject {
		fold: &fold,
		parts: &parts,
		schemas: &[lock(), lock()],
		times: (1, u64::MAX),
	};
	let mut data = data;
	let (mut trial, mut all) = (Trial::new(), Vec::new());
	while let Some((chunk, root, rest)) = read::<(Vec<SignedMessage>, H256, Vec<H256>)>(&mut data) {
		// A root that fits what it is said to be followed by is hardly ever guessed.
		let last = subject.count() == trial.position().saturating_add(chunk.len() as u32);
		let shown: Vec<_> = all
			.iter()
			.chain(chunk.iter().map(|signed| &signed.message))
			.collect();
		let whole = Window::new(shown).root();
		let (root, rest) = if last {
			(whole, &[][..])
		} else {
			(root, &rest[..])
		};
		if let Ok(next) = trial.step(&subject, &root, rest, &chunk, |_| true) {
			trial = next;
			all.extend(chunk.into_iter().map(|signed| signed.message));
		}
		assert!(trial.encoded_size() <= Trial::max_encoded_len());
		assert_eq!(trial.next(&subject).is_none(), trial.is_complete(&subject));
		if data.is_empty() {
			break;
		}
	}
	let (shown, window) = (trial.finish(&fold), Window::new(&all));
	assert_eq!((shown.root, shown.digest), (window.root(), window.digest()));
});
