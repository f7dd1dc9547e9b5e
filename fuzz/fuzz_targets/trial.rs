//! Chunks of a window that is shown in a dispute.
#![no_main]

use codec::{Encode, MaxEncodedLen};
use libfuzzer_sys::fuzz_target;
use syngraph_fuzz::{lock, read};
use syngraph_primitives::{SignedMessage, Source, WindowShape};
use syngraph_protocol::{Pipeline, Subject, Trial, Window};

const DURATIONS: &[u8] = br#"{
	"take": {"durations": {"variable": "locked", "from": false, "to": true, "unit": "second"}},
	"aggregate": "sum"
}"#;

fuzz_target!(|data: &[u8]| {
	let Ok(pipeline) = Pipeline::parse(DURATIONS) else {
		return;
	};
	let subject = Subject {
		pipeline: &pipeline,
		sources: &[1, 2].map(|sensor| Source { sensor, start: 0 }),
		schemas: &[lock(), lock()],
		shape: WindowShape { size: 2, slide: 1 },
		window: 0,
	};
	let mut data = data;
	let (mut trial, mut all) = (Trial::new(), Vec::new());
	while let Some(chunk) = read::<Vec<SignedMessage>>(&mut data) {
		if let Ok(next) = trial.step(&subject, &chunk, |_| true) {
			trial = next;
			all.extend(chunk.into_iter().map(|signed| signed.message));
		}
		assert!(trial.encoded_size() <= Trial::max_encoded_len());
		assert_eq!(trial.next(&subject).is_none(), trial.is_complete(&subject));
		if data.is_empty() {
			break;
		}
	}
	let (shown, window) = (trial.finish(&pipeline), Window::new(&all));
	assert_eq!((shown.root, shown.digest), (window.root(), window.digest()));
});
