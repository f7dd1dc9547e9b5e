//! Nobody is bound without its operator's consent.

use frame_support::{assert_noop, assert_ok};
use sp_core::H256;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{BoundedVec, DispatchError, MultiSignature};
use syngraph_primitives::{Consent, Directory, IntermediaryId, Offer, Payload};

use super::Error;
use crate::{mock::*, Event};

type Change = fn(&mut Offer<sp_runtime::AccountId32, u64, u64>);

/// The offer of `intermediary` is the tests' one after `change`.
fn offers(intermediary: IntermediaryId, change: Change) {
	let mut changed = offer();
	change(&mut changed);
	MockDirectory::set_offer(intermediary, Some(changed));
}

fn propose() {
	assert_ok!(Agreements::propose(origin(alice()), terms()));
}

fn signs() -> sp_runtime::DispatchResult {
	Agreements::sign(origin(bob()), id())
}

/// What the operator signs to let an intermediary be named.
fn consent(intermediary: IntermediaryId) -> Vec<u8> {
	let consent = Consent {
		agreement: id(),
		intermediary,
	};
	consent.signing_bytes(&Agreements::genesis())
}

#[test]
fn an_agreement_comes_into_force_only_on_terms_that_all_operators_offer() {
	let misfits: [(Change, Error); 11] = [
		(|o| o.reward = REWARD + 1, Error::RewardTooLow),
		(|o| o.retainer = 1, Error::RetainerTooLow),
		(|o| o.penalty = PENALTY - 1, Error::PenaltyTooHigh),
		(|o| o.absence_fee = 99, Error::AbsenceFeeTooHigh),
		(|o| o.window_messages = 3, Error::WindowNotOffered),
		(|o| o.duration = 98, Error::DurationNotOffered),
		(|o| o.notice = 19, Error::NoticeNotOffered),
		(|o| o.answer = 11, Error::AnswerNotOffered),
		(|o| o.qualities.clear(), Error::QualityNotOffered),
		(
			|o| o.users = Some(vec![alice()].try_into().unwrap()),
			Error::UserNotWelcome,
		),
		(
			|o| o.users = Some(Default::default()),
			Error::UserNotWelcome,
		),
	];
	for intermediary in INTERMEDIARIES.into_iter().chain(SPARES) {
		for (change, error) in &misfits {
			run(|| {
				propose();
				offers(intermediary, *change);
				let refused = signs().unwrap_err();
				assert_eq!(refused, DispatchError::from(clone(error)));
			});
		}
	}
}

/// Errors of pallets cannot be cloned by themselves.
fn clone(error: &Error) -> Error {
	codec::Decode::decode(&mut &codec::Encode::encode(error)[..]).expect("just encoded")
}

#[test]
fn what_just_fits_an_offer_is_enough() {
	run(|| {
		propose();
		for intermediary in INTERMEDIARIES.into_iter().chain(SPARES) {
			offers(intermediary, |o| {
				*o = Offer {
					reward: REWARD,
					penalty: PENALTY,
					absence_fee: 100,
					window_messages: 4,
					duration: 99,
					notice: 20,
					answer: 10,
					users: Some(vec![bob(), alice()].try_into().unwrap()),
					..offer()
				}
			});
		}
		assert_ok!(signs());
		assert_eq!(MockDirectory::binding(id(), 22), Some((false, bob())));
	});
}

#[test]
fn a_spare_may_ask_for_less_than_a_member_but_may_have_to_become_one() {
	run(|| {
		let mut retained = terms();
		(retained.retainer, retained.spare_retainer) = (80, 20);
		let id = id_of(&retained);
		assert_ok!(Agreements::propose(origin(alice()), retained));
		let signs = || Agreements::sign(origin(bob()), id);
		offers(22, |o| o.spare_retainer = 21);
		assert_noop!(signs(), Error::RetainerTooLow);
		offers(22, |o| (o.retainer, o.spare_retainer) = (81, 20));
		assert_noop!(signs(), Error::RetainerTooLow);
		offers(22, |o| (o.retainer, o.spare_retainer) = (80, 20));
		assert_ok!(signs());
	});
}

#[test]
fn without_an_offer_it_takes_the_operators_word() {
	run(|| {
		propose();
		MockDirectory::set_offer(22, None);
		assert_noop!(signs(), Error::NoOffer);
		assert_ok!(Agreements::accept(origin(operator()), id(), 22));
		assert_eq!(
			super::last_event(),
			Event::Accepted {
				agreement: id(),
				intermediary: 22
			}
		);
		assert_ok!(signs());
		assert_eq!(MockDirectory::binding(id(), 22), Some((true, bob())));
	});
}

#[test]
fn only_operators_accept_once_and_what_is_proposed() {
	run(|| {
		let accepts = |who, intermediary| Agreements::accept(origin(who), id(), intermediary);
		assert_noop!(accepts(operator(), 22), Error::NotFound);
		propose();
		assert_noop!(accepts(alice(), 10), Error::NotOperator);
		assert_noop!(accepts(operator(), 99), Error::NotOperator);
		MockDirectory::add_intermediary(30);
		assert_noop!(accepts(operator(), 30), Error::NotBound);
		assert_ok!(accepts(operator(), 10));
		assert_noop!(accepts(operator(), 10), Error::AlreadyConsented);
		assert_ok!(signs());
		assert_noop!(accepts(operator(), 20), Error::NotProposed);
	});
}

#[test]
fn an_operator_can_take_its_consent_back_until_all_have_signed() {
	run(|| {
		let accepts = |intermediary| Agreements::accept(origin(operator()), id(), intermediary);
		let withdraws = |who| Agreements::withdraw_consent(origin(who), id(), 22);
		assert_noop!(withdraws(operator()), Error::NotFound);
		propose();
		MockDirectory::set_offer(22, None);
		assert_noop!(withdraws(operator()), Error::NotConsented);
		assert_ok!(accepts(10));
		assert_ok!(accepts(22));
		assert_noop!(withdraws(alice()), Error::NotOperator);
		assert_ok!(withdraws(operator()));
		assert_eq!(
			super::last_event(),
			Event::ConsentWithdrawn {
				agreement: id(),
				intermediary: 22
			}
		);
		assert_eq!(agreement().consented.to_vec(), [10]);
		// From now on its offer counts, of which there is none.
		assert_noop!(signs(), Error::NoOffer);
		assert_noop!(withdraws(operator()), Error::NotConsented);
		// It may change its mind once more.
		assert_ok!(accepts(22));
		assert_ok!(signs());
		assert_eq!(MockDirectory::binding(id(), 22), Some((true, bob())));
		assert_noop!(withdraws(operator()), Error::NotProposed);
	});
}

#[test]
fn an_operator_may_sign_off_chain() {
	run(|| {
		MockDirectory::set_offer(10, None);
		MockDirectory::set_offer(22, None);
		let bytes = terms().signing_bytes(&Agreements::genesis());
		let signatures: Vec<MultiSignature> = [Sr25519Keyring::Alice, Sr25519Keyring::Bob]
			.map(|user| user.sign(&bytes).into())
			.to_vec();
		let signatures: BoundedVec<_, _> = signatures.try_into().unwrap();
		let creates = |consents: &[(IntermediaryId, &[u8])]| {
			let sign = |(id, bytes): &(IntermediaryId, &[u8])| {
				(*id, MultiSignature::from(Sr25519Keyring::Dave.sign(bytes)))
			};
			let consents: Vec<_> = consents.iter().map(sign).collect();
			let consents = consents.try_into().unwrap();
			Agreements::create(origin(charlie()), terms(), signatures.clone(), consents)
		};
		let (tenth, last) = (consent(10), consent(22));
		assert_noop!(creates(&[]), Error::NoOffer);
		assert_noop!(creates(&[(10, &tenth)]), Error::NoOffer);
		// The signature over the terms is not the consent, nor is another's.
		assert_noop!(creates(&[(10, &tenth), (22, &bytes)]), Error::BadSignature);
		assert_noop!(creates(&[(10, &tenth), (22, &tenth)]), Error::BadSignature);
		let twice: [(_, &[u8]); 2] = [(10, &tenth), (10, &tenth)];
		assert_noop!(creates(&twice), Error::AlreadyConsented);
		assert_noop!(creates(&[(99, &last)]), Error::UnknownIntermediary);
		let elsewhere = Consent {
			agreement: id(),
			intermediary: 22,
		}
		.signing_bytes(&H256::repeat_byte(1));
		assert_noop!(
			creates(&[(10, &tenth), (22, &elsewhere)]),
			Error::BadSignature
		);
		assert_ok!(creates(&[(10, &tenth), (22, &last)]));
		assert_eq!(agreement().consented.to_vec(), [10, 22]);
	});
}

#[test]
fn only_who_is_alive_is_named() {
	run(|| {
		propose();
		for intermediary in INTERMEDIARIES.into_iter().chain(SPARES) {
			MockDirectory::set_alive(intermediary, false);
			assert_noop!(signs(), Error::NotAlive);
			MockDirectory::set_alive(intermediary, true);
		}
		assert_ok!(signs());
		assert_eq!(MockDirectory::liability(&id(), 10), PENALTY);
	});
}
