//! The worst case of every call. Those that take a receipt are measured for each scheme of keys and by
//! the number of hashes that show that a client is a member of a group.

use alloc::vec::Vec;
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, Get},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, Pallet as System, RawOrigin};
use sp_core::{crypto::KeyTypeId, H256};
use sp_io::{crypto, hashing::blake2_256};
use sp_runtime::{
	traits::{Bounded, IdentifyAccount, Saturating, Zero},
	transaction_validity::TransactionSource,
	AccountId32, MultiSignature, MultiSigner,
};
use syngraph_primitives::{
	ChannelId, ClientId, Group, Membership, Payer, Payload, Receipt, SignedReceipt,
	MAX_GROUP_LEVELS, MAX_GROUP_MEMBERS,
};

use crate::*;

/// Under which the keystore keeps the keys of benchmarks.
const KEY_TYPE: KeyTypeId = KeyTypeId(*b"benc");

/// The most hashes that show that a client is a member: of its leaf, and one for each level of the tree.
const MAX_HASHES: u32 = MAX_GROUP_LEVELS + 1;

/// The schemes of clients' keys.
#[derive(Clone, Copy)]
enum Scheme {
	Ed25519,
	Sr25519,
	Ecdsa,
}

/// A new key that signs receipts.
fn new_key(scheme: Scheme) -> MultiSigner {
	match scheme {
		Scheme::Ed25519 => crypto::ed25519_generate(KEY_TYPE, None).into(),
		Scheme::Sr25519 => crypto::sr25519_generate(KEY_TYPE, None).into(),
		Scheme::Ecdsa => crypto::ecdsa_generate(KEY_TYPE, None).into(),
	}
}

fn sign(key: &MultiSigner, bytes: &[u8]) -> Option<MultiSignature> {
	Some(match key {
		MultiSigner::Ed25519(key) => crypto::ed25519_sign(KEY_TYPE, key, bytes)?.into(),
		MultiSigner::Sr25519(key) => crypto::sr25519_sign(KEY_TYPE, key, bytes)?.into(),
		MultiSigner::Ecdsa(key) => crypto::ecdsa_sign(KEY_TYPE, key, bytes)?.into(),
		MultiSigner::Eth(_) => return None,
	})
}

/// The first member of a group whose tree has so many levels. A million keys would take too long: the
/// rest of the tree is made up.
fn member(client: ClientId, levels: u32) -> (Payer, Option<Membership>) {
	let siblings: Vec<_> = (0..levels as u8).map(H256::repeat_byte).collect();
	let tag: &[u8] = b"syngraph/client/1";
	let leaf = blake2_256(&(tag, 0u32, &client).encode());
	let root = siblings
		.iter()
		.fold(H256(blake2_256(&leaf)), |node, sibling| {
			H256(blake2_256(&[node.0, sibling.0].concat()))
		});
	let group = Group {
		root,
		members: 1 << levels,
	};
	let membership = Membership {
		client,
		index: 0,
		siblings: BoundedVec::truncate_from(siblings),
	};
	(Payer::Group(group), Some(membership))
}

/// The largest payer.
fn largest_payer() -> Payer {
	Payer::Group(Group {
		root: H256::zero(),
		members: MAX_GROUP_MEMBERS,
	})
}

fn funds<T: Config>() -> BalanceOf<T> {
	BalanceOf::<T>::max_value() / 16u32.into()
}

/// The caller, with means for any channel.
fn funded<T: Config>(who: AccountId32) -> AccountId32
where
	T::Currency: Mutate<AccountId32>,
{
	T::Currency::set_balance(&who, BalanceOf::<T>::max_value() / 4u32.into());
	who
}

/// Takes all that an account has, so that it has to come into being again.
fn close_account<T: Config>(who: &AccountId32)
where
	T::Currency: Mutate<AccountId32>,
{
	T::Currency::set_balance(who, Zero::zero());
}

/// Opens the benchmark's channel; so long ago that a change of payer has taken effect: the record is
/// largest then.
fn opened<T: Config>(
	depositor: &AccountId32,
	payee: &AccountId32,
	payer: Payer,
) -> Result<ChannelId, BenchmarkError> {
	let expires = BlockNumberFor::<T>::max_value();
	let (depositor, payee) = (depositor.clone(), payee.clone());
	let first = largest_payer();
	Pallet::<T>::do_open(depositor.clone(), payee, first, funds::<T>(), expires)?;
	let id = Channels::<T>::iter_keys().next().ok_or("it was opened")?;
	Pallet::<T>::do_change_payer(depositor, id, payer)?;
	let later = System::<T>::block_number().saturating_add(T::ChangePeriod::get());
	System::<T>::set_block_number(later);
	Ok(id)
}

fn stored<T: Config>(channel: &ChannelId) -> Result<ChannelOf<T>, BenchmarkError> {
	Channels::<T>::get(channel).ok_or_else(|| "no such channel".into())
}

/// A channel for `payee`, with a receipt of a client that so many hashes show to be a member of its group. It
/// is in none if there are no hashes.
fn with_receipt<T: Config>(
	payee: &AccountId32,
	scheme: Scheme,
	hashes: u32,
) -> Result<ReceiptOf<T>, BenchmarkError>
where
	T::Currency: Mutate<AccountId32>,
{
	let genesis = BlockNumberFor::<T>::zero();
	// The transaction's extensions have read it already.
	let read = frame_system::BlockHash::<T>::hashed_key_for(genesis);
	frame_benchmarking::benchmarking::add_to_whitelist(read.into());

	let key = new_key(scheme);
	let client = key.clone().into_account();
	let (payer, membership) = match hashes.checked_sub(1) {
		None => (Payer::Delegated(client), None),
		Some(levels) => member(client, levels),
	};
	let depositor = funded::<T>(account("depositor", 0, 0));
	let channel = opened::<T>(&depositor, payee, payer)?;
	close_account::<T>(&depositor);
	let receipt = Receipt {
		channel,
		amount: funds::<T>() / 2u32.into(),
	};
	let bytes = receipt.signing_bytes(&System::<T>::block_hash(genesis));
	Ok(SignedReceipt {
		receipt,
		signature: sign(&key, &bytes).ok_or("the key was generated")?,
		membership,
	})
}

/// A receipt of a channel that is about to end.
fn ending<T: Config>(scheme: Scheme, hashes: u32) -> Result<ReceiptOf<T>, BenchmarkError>
where
	T::Currency: Mutate<AccountId32>,
{
	let payee = account("payee", 0, 0);
	let receipt = with_receipt::<T>(&payee, scheme, hashes)?;
	let depositor = account("depositor", 0, 0);
	Pallet::<T>::do_request_close(depositor, receipt.receipt.channel)?;
	let end = System::<T>::block_number().saturating_add(T::ClosePeriod::get());
	System::<T>::set_block_number(end.saturating_sub(1u32.into()));
	Ok(receipt)
}

#[benchmarks(where T::Currency: Mutate<AccountId32>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn open() {
		let depositor = funded::<T>(whitelisted_caller());
		let payee = account("payee", 0, 0);
		let expires = BlockNumberFor::<T>::max_value();

		#[extrinsic_call]
		_(
			RawOrigin::Signed(depositor),
			payee,
			largest_payer(),
			funds::<T>(),
			expires,
		);

		assert_eq!(Channels::<T>::iter().count(), 1);
	}

	#[benchmark]
	fn top_up() -> Result<(), BenchmarkError> {
		let depositor = funded::<T>(whitelisted_caller());
		let payee = account("payee", 0, 0);
		let channel = opened::<T>(&depositor, &payee, largest_payer())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(depositor), channel, funds::<T>(), None);

		assert_eq!(stored::<T>(&channel)?.funds, funds::<T>() * 2u32.into());
		Ok(())
	}

	#[benchmark]
	fn request_close() -> Result<(), BenchmarkError> {
		let depositor = funded::<T>(whitelisted_caller());
		let payee = account("payee", 0, 0);
		let channel = opened::<T>(&depositor, &payee, largest_payer())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(depositor), channel);

		assert!(stored::<T>(&channel)?.expires < BlockNumberFor::<T>::max_value());
		Ok(())
	}

	#[benchmark]
	fn change_payer() -> Result<(), BenchmarkError> {
		let depositor = funded::<T>(whitelisted_caller());
		let payee = account("payee", 0, 0);
		let channel = opened::<T>(&depositor, &payee, largest_payer())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(depositor), channel, Payer::Direct);

		let change = stored::<T>(&channel)?.change;
		assert_eq!(change.map(|change| change.payer), Some(Payer::Direct));
		Ok(())
	}

	#[benchmark]
	fn redeem_ed25519(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let payee = account("payee", 0, 0);
		let receipt = with_receipt::<T>(&payee, Scheme::Ed25519, h)?;
		let channel = receipt.receipt.channel;

		#[extrinsic_call]
		redeem(RawOrigin::Signed(whitelisted_caller()), receipt);

		assert!(!stored::<T>(&channel)?.paid.is_zero());
		Ok(())
	}

	#[benchmark]
	fn redeem_sr25519(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let payee = account("payee", 0, 0);
		let receipt = with_receipt::<T>(&payee, Scheme::Sr25519, h)?;
		let channel = receipt.receipt.channel;

		#[extrinsic_call]
		redeem(RawOrigin::Signed(whitelisted_caller()), receipt);

		assert!(!stored::<T>(&channel)?.paid.is_zero());
		Ok(())
	}

	#[benchmark]
	fn redeem_ecdsa(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let payee = account("payee", 0, 0);
		let receipt = with_receipt::<T>(&payee, Scheme::Ecdsa, h)?;
		let channel = receipt.receipt.channel;

		#[extrinsic_call]
		redeem(RawOrigin::Signed(whitelisted_caller()), receipt);

		assert!(!stored::<T>(&channel)?.paid.is_zero());
		Ok(())
	}

	#[benchmark]
	fn close_ed25519(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let payee = funded::<T>(whitelisted_caller());
		let receipt = with_receipt::<T>(&payee, Scheme::Ed25519, h)?;

		#[extrinsic_call]
		close(RawOrigin::Signed(payee), receipt);

		assert_eq!(Channels::<T>::iter().count(), 0);
		Ok(())
	}

	#[benchmark]
	fn close_sr25519(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let payee = funded::<T>(whitelisted_caller());
		let receipt = with_receipt::<T>(&payee, Scheme::Sr25519, h)?;

		#[extrinsic_call]
		close(RawOrigin::Signed(payee), receipt);

		assert_eq!(Channels::<T>::iter().count(), 0);
		Ok(())
	}

	#[benchmark]
	fn close_ecdsa(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let payee = funded::<T>(whitelisted_caller());
		let receipt = with_receipt::<T>(&payee, Scheme::Ecdsa, h)?;

		#[extrinsic_call]
		close(RawOrigin::Signed(payee), receipt);

		assert_eq!(Channels::<T>::iter().count(), 0);
		Ok(())
	}

	#[benchmark]
	fn claim() -> Result<(), BenchmarkError> {
		let depositor = funded::<T>(account("depositor", 0, 0));
		let payee = account("payee", 0, 0);
		let channel = opened::<T>(&depositor, &payee, largest_payer())?;
		close_account::<T>(&depositor);
		Pallet::<T>::do_request_close(depositor, channel)?;
		let expires = stored::<T>(&channel)?.expires;
		System::<T>::set_block_number(expires);

		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), channel);

		assert_eq!(Channels::<T>::iter().count(), 0);
		Ok(())
	}

	#[benchmark]
	fn authorize_rescue_ed25519(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let receipt = ending::<T>(Scheme::Ed25519, h)?;
		let authorized;

		#[block]
		{
			authorized = Pallet::<T>::authorize_rescue(TransactionSource::External, &receipt);
		}

		assert!(authorized.is_ok());
		Ok(())
	}

	#[benchmark]
	fn authorize_rescue_sr25519(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let receipt = ending::<T>(Scheme::Sr25519, h)?;
		let authorized;

		#[block]
		{
			authorized = Pallet::<T>::authorize_rescue(TransactionSource::External, &receipt);
		}

		assert!(authorized.is_ok());
		Ok(())
	}

	#[benchmark]
	fn authorize_rescue_ecdsa(h: Linear<0, MAX_HASHES>) -> Result<(), BenchmarkError> {
		let receipt = ending::<T>(Scheme::Ecdsa, h)?;
		let authorized;

		#[block]
		{
			authorized = Pallet::<T>::authorize_rescue(TransactionSource::External, &receipt);
		}

		assert!(authorized.is_ok());
		Ok(())
	}

	#[benchmark]
	fn rescue() -> Result<(), BenchmarkError> {
		let receipt = ending::<T>(Scheme::Sr25519, MAX_HASHES)?;
		let channel = receipt.receipt.channel;

		#[extrinsic_call]
		_(RawOrigin::Authorized, receipt);

		assert!(!stored::<T>(&channel)?.paid.is_zero());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
