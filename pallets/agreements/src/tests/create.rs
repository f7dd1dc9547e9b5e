use frame_support::{assert_noop, assert_ok};
use sp_core::{ed25519, Pair, H256};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{AccountId32, BoundedVec, DispatchResult, MultiSignature};
use syngraph_primitives::{Agreements as _, Closing, Payload};

use super::Error;
use crate::{mock::*, AgreementsOf, Event, HoldReason, Phase, TermsOf};

type Signatures = BoundedVec<MultiSignature, sp_core::ConstU32<8>>;

/// Creates an agreement to which no operator has to consent.
fn create(who: AccountId32, terms: TermsOf<Test>, signatures: Signatures) -> DispatchResult {
	Agreements::create(origin(who), terms, signatures, Default::default())
}

fn bytes() -> Vec<u8> {
	terms().signing_bytes(&Agreements::genesis())
}

fn signed(bytes: &[u8]) -> [MultiSignature; 2] {
	[Sr25519Keyring::Alice, Sr25519Keyring::Bob].map(|user| user.sign(bytes).into())
}

fn all(signatures: impl Into<Vec<MultiSignature>>) -> Signatures {
	signatures.into().try_into().unwrap()
}

#[test]
fn everybodys_signatures_make_an_agreement() {
	run(|| {
		let signatures = all(signed(&bytes()));
		assert_ok!(create(charlie(), terms(), signatures));
		assert_eq!(agreement().phase, Phase::active(&terms().limits));
		assert_eq!(agreement().funds.to_vec(), [FUNDS, FUNDS]);
		assert_eq!(agreement().proposer, charlie());
		let deposit = deposit_for(&terms());
		assert_eq!(held(HoldReason::Proposal, &charlie()), deposit);
		assert_eq!(free(&charlie()), ENDOWMENT - deposit);
		for user in [alice(), bob()] {
			assert_eq!(held(HoldReason::Escrow, &user), FUNDS);
			assert_eq!(held(HoldReason::Storage, &user), ROUNDS_DEPOSIT);
			assert_eq!(free(&user), ENDOWMENT - ESCROW);
		}
		assert!(AgreementsOf::<Test>::contains_key(10, id()));
		let agreement = id();
		assert_eq!(
			events(),
			[
				Event::Proposed {
					agreement,
					proposer: charlie()
				},
				Event::Signed {
					agreement,
					user: alice()
				},
				Event::Signed {
					agreement,
					user: bob()
				},
				Event::Activated { agreement },
			]
		);
	});
}

#[test]
fn wallets_may_wrap_what_they_sign() {
	run(|| {
		let wrapped = [b"<Bytes>", &bytes()[..], b"</Bytes>"].concat();
		let signatures = all(signed(&wrapped));
		assert_ok!(create(charlie(), terms(), signatures));
	});
}

#[test]
fn a_user_may_sign_by_another_account() {
	run(|| {
		let signer = ed25519::Pair::from_seed(&[5; 32]);
		let account = sp_runtime::MultiSigner::from(signer.public());
		let account = sp_runtime::traits::IdentifyAccount::into_account(account);
		MockDirectory::set_signer(&alice(), Some(account));
		let [in_person, bobs] = signed(&bytes());
		let creates = |signatures: Signatures| create(bob(), terms(), signatures);
		assert_noop!(creates(all([in_person, bobs.clone()])), Error::BadSignature);
		assert_ok!(creates(all([signer.sign(&bytes()).into(), bobs])));
	});
}

#[test]
fn every_signature_must_be_there_and_right() {
	run(|| {
		let refused = |signatures: Vec<MultiSignature>, error: Error| {
			assert_noop!(create(charlie(), terms(), all(signatures)), error);
		};
		let [alices, bobs] = signed(&bytes());
		refused(vec![], Error::WrongSignatureCount);
		refused(vec![alices.clone()], Error::WrongSignatureCount);
		refused(
			vec![alices.clone(), bobs.clone(), bobs.clone()],
			Error::WrongSignatureCount,
		);
		refused(vec![bobs.clone(), alices.clone()], Error::BadSignature);
		refused(vec![alices.clone(), alices.clone()], Error::BadSignature);
		let elsewhere = terms().signing_bytes(&H256::zero());
		refused(signed(&elsewhere).to_vec(), Error::BadSignature);
		let mut other = terms();
		other.nonce = 1;
		let other = other.signing_bytes(&Agreements::genesis());
		refused(signed(&other).to_vec(), Error::BadSignature);
		MockDirectory::set_signer(&bob(), None);
		refused(vec![alices, bobs], Error::SignerRevoked);
	});
}

#[test]
fn terms_are_checked_like_proposed_ones() {
	run(|| {
		let mut zero = terms();
		zero.window.size = 0;
		let signatures = all(signed(&zero.signing_bytes(&Agreements::genesis())));
		assert_noop!(create(alice(), zero, signatures), Error::ZeroSize);
	});
}

#[test]
fn every_user_must_have_the_money() {
	run(|| {
		assert_ok!(Balances::transfer_keep_alive(
			origin(bob()),
			operator(),
			ENDOWMENT - ESCROW
		));
		let creates = || create(charlie(), terms(), all(signed(&bytes())));
		assert_noop!(creates(), Error::InsufficientFunds);
		assert_ok!(Balances::transfer_keep_alive(
			origin(operator()),
			bob(),
			ESCROW
		));
		assert_ok!(Balances::transfer_keep_alive(
			origin(charlie()),
			operator(),
			ENDOWMENT - 100
		));
		assert_noop!(creates(), Error::CannotPayDeposit);
	});
}

#[test]
fn signatures_are_good_for_one_agreement_only() {
	run(|| {
		let creates = || create(charlie(), terms(), all(signed(&bytes())));
		assert_ok!(creates());
		assert_noop!(creates(), Error::AlreadyExists);
		for spare in [11, 12] {
			MockDirectory::set_alive(spare, false);
		}
		let closing = Closing {
			convicted: vec![10],
			..closing()
		};
		assert_ok!(Agreements::open_dispute(&id()));
		assert_ok!(Agreements::close_dispute(&id(), &closing));
		assert!(matches!(agreement().phase, Phase::Ended { .. }));
		// Ended, but remembered as long as anybody could sign.
		assert_noop!(creates(), Error::AlreadyExists);
		at_block(10);
		assert_noop!(forget(id()), Error::StillNeeded);
		assert_noop!(creates(), Error::AlreadyExists);
		at_block(11);
		assert_ok!(forget(id()));
		assert_noop!(creates(), Error::SigningOver);
	});
}
