use super::*;
use codec::Encode;
use frame_support::traits::fungible::Mutate;
use sp_runtime::{AccountId32, TokenError};

type OfferOf = crate::OfferOf<Test>;

/// An offer for these users alone.
fn offer_for(users: Vec<AccountId32>) -> OfferOf {
	let users = Some(users.try_into().expect("few"));
	Offer { users, ..offer() }
}

fn publish(offer: OfferOf) -> sp_runtime::DispatchResult {
	Registry::publish_offer(origin(alice()), 0, offer)
}

fn deposit(endpoint: usize, offer: &OfferOf) -> u64 {
	300 + (endpoint + offer.encoded_size()) as u64
}

#[test]
fn the_deposit_follows_the_length_of_the_offer() {
	run(|| {
		let intermediary = register_intermediary();
		for offer in [offer(), offer_for(vec![alice(), bob()]), offer()] {
			assert_ok!(publish(offer.clone()));
			assert_eq!(Registry::offer(intermediary), Some(offer.clone()));
			assert_eq!(held(HoldReason::Intermediary, &alice()), deposit(3, &offer));
			assert_eq!(last_event(), Event::OfferPublished { intermediary });
		}
		// It stays paid for when the endpoint changes.
		let update = Registry::update_intermediary;
		assert_ok!(update(origin(alice()), intermediary, endpoint("https")));
		assert_eq!(
			held(HoldReason::Intermediary, &alice()),
			deposit(5, &offer())
		);
	});
}

#[test]
fn each_fault_has_its_error() {
	run(|| {
		assert_noop!(publish(offer()), Error::NotRegistered);
		register_intermediary();
		let by_bob = Registry::publish_offer(origin(bob()), 0, offer());
		assert_eq!(by_bob, Err(Error::NotOwner.into()));
		Balances::set_balance(&alice(), EXISTENTIAL_DEPOSIT);
		assert_noop!(publish(offer()), TokenError::FundsUnavailable);
		Balances::set_balance(&alice(), ENDOWMENT);
		assert_ok!(Registry::revoke_intermediary(origin(alice()), 0, 10));
		assert_noop!(publish(offer()), Error::Revoked);
	});
}

#[test]
fn each_field_that_makes_no_sense_has_its_error() {
	run(|| {
		register_intermediary();
		let refused = |change: fn(&mut OfferOf), error: Error| {
			let mut bad = offer();
			change(&mut bad);
			assert_noop!(publish(bad), error);
		};
		refused(|o| o.window_messages = 0, Error::InvalidOfferWindowMessages);
		refused(|o| o.duration = 0, Error::InvalidOfferDuration);
		refused(|o| o.answer = 0, Error::InvalidOfferAnswer);
		refused(|o| o.agreements = 0, Error::InvalidOfferAgreements);
		refused(
			|o| o.agreements_per_user = 0,
			Error::InvalidOfferAgreementsPerUser,
		);
		refused(
			|o| o.qualities = Default::default(),
			Error::InvalidOfferQualities,
		);
		refused(
			|o| o.qualities.force_push(o.qualities[0]),
			Error::InvalidOfferQualities,
		);
		for users in [vec![], vec![bob(), alice(), bob()]] {
			assert_noop!(publish(offer_for(users)), Error::InvalidOfferUsers);
		}
		assert_eq!(Registry::offer(0), None);
	});
}

#[test]
fn who_demands_nothing_may_offer_so() {
	run(|| {
		register_intermediary();
		assert_ok!(publish(Offer {
			reward: 0,
			retainer: 0,
			spare_retainer: 0,
			penalty: 0,
			absence_fee: 0,
			notice: 0,
			..offer()
		}));
	});
}

#[test]
fn agreements_that_were_made_stay_as_they_are() {
	run(|| {
		let id = register_offering(50);
		for n in 1..=2 {
			assert_ok!(Registry::bind(&binding(n, id), 20));
		}
		let agreements = 1;
		assert_ok!(publish(Offer {
			agreements,
			..offer()
		}));
		assert_eq!(Intermediaries::<Test>::get(id).unwrap().liable, 40);
		let bind = || Registry::bind(&binding(3, id), 0);
		assert_noop!(bind(), Error::TooManyAgreements);
	});
}
