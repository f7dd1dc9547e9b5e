//! Functions: any text, for locks that say anything.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syngraph_fuzz::{lock, message, read};
use syngraph_primitives::Message;
use syngraph_protocol::{Pipeline, Trace};

fuzz_target!(|data: &[u8]| {
	// What follows the text's first zero are messages.
	let mut parts = data.splitn(2, |byte| *byte == 0);
	let (json, mut rest) = (
		parts.next().unwrap_or_default(),
		parts.next().unwrap_or_default(),
	);
	let Ok(pipeline) = Pipeline::parse(json) else {
		return;
	};
	let schema = lock();
	let _ = pipeline.check(&[schema.clone(), schema.clone()]);
	let wild: Vec<Message> = std::iter::from_fn(|| read(&mut rest)).collect();
	let sound: Vec<Message> = (0..8).map(|sequence| message(sequence).message).collect();
	let trace = |messages| Trace {
		schema: &schema,
		messages,
	};
	let _ = pipeline.evaluate(&[trace(&wild), trace(&sound)]);
});
