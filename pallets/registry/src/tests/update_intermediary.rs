use super::*;

#[test]
fn the_deposit_follows_the_length_of_the_endpoint() {
	run(|| {
		let intermediary = register_intermediary();
		for text in ["http://intermediary.example", ""] {
			let update = Registry::update_intermediary;
			assert_ok!(update(origin(alice()), intermediary, endpoint(text)));
			let record = Intermediaries::<Test>::get(intermediary).unwrap();
			assert_eq!(record.endpoint, endpoint(text));
			assert_eq!(
				held(HoldReason::Intermediary, &alice()),
				300 + text.len() as u64
			);
			assert_eq!(last_event(), Event::IntermediaryUpdated { intermediary });
		}
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		let update = |who, endpoint| Registry::update_intermediary(origin(who), 0, endpoint);
		assert_noop!(update(alice(), endpoint("a")), Error::NotRegistered);
		register_intermediary();
		assert_noop!(update(bob(), endpoint("a")), Error::NotOwner);
		let bad = vec![0xff].try_into().unwrap();
		assert_noop!(update(alice(), bad), Error::InvalidEndpoint);
	});
}
