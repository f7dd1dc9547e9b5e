//! What clients sign to pay out of a channel, and how a receipt is checked.

use alloc::vec::Vec;
use binary_merkle_tree::{merkle_proof, merkle_root, verify_proof};
use codec::{Decode, DecodeWithMemTracking, Encode, HasCompact, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{ConstU32, H256};
use sp_io::hashing::blake2_256;
use sp_runtime::{
	traits::{BlakeTwo256, Verify},
	AccountId32, BoundedVec, MultiSignature,
};

use crate::{GenesisHash, Payload};

/// The most levels of a group's Merkle tree.
pub const MAX_GROUP_LEVELS: u32 = 20;
/// The most members of a group.
pub const MAX_GROUP_MEMBERS: u32 = 1 << MAX_GROUP_LEVELS;

/// Names a channel: a hash of who opened it, for whom, and when, so that no two channels ever have the
/// same.
pub type ChannelId = H256;

/// Names a client by its key, as an account is named by its: a public key of ed25519 or sr25519 itself,
/// the hash of one of secp256k1. There need not be such an account.
pub type ClientId = AccountId32;

/// Whose receipts count.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Payer {
	/// The depositor's own.
	Direct,
	/// Those of one client.
	Delegated(ClientId),
	/// Those of all members of a group, who share one cumulative amount.
	Group(Group),
}

impl Payer {
	/// Whether anyone can sign at all: a group has at least one member, and not too many.
	pub fn is_sound(&self) -> bool {
		match self {
			Payer::Direct | Payer::Delegated(_) => true,
			Payer::Group(group) => (1..=MAX_GROUP_MEMBERS).contains(&group.members),
		}
	}
}

/// Clients as the leaves of a Merkle tree.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Group {
	/// The tree's root.
	pub root: H256,
	/// How many clients there are.
	pub members: u32,
}

impl Group {
	/// The group of these clients. None if there are none, or more than [`MAX_GROUP_MEMBERS`].
	pub fn new(clients: &[ClientId]) -> Option<Self> {
		let group = Self {
			root: merkle_root::<BlakeTwo256, _>(leaves(clients)),
			members: clients.len().try_into().ok()?,
		};
		Payer::Group(group).is_sound().then_some(group)
	}

	/// Whether the membership is one in this group.
	pub fn includes(&self, membership: &Membership) -> bool {
		verify_proof::<BlakeTwo256, _, _>(
			&self.root,
			membership.siblings.iter().copied(),
			self.members,
			membership.index,
			&leaf(membership.index, &membership.client),
		)
	}
}

/// What shows that a client is a member of a group.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Membership {
	/// The client.
	pub client: ClientId,
	/// Its place among the members, counted from zero.
	pub index: u32,
	/// The siblings of the nodes on the way from its leaf to the root.
	pub siblings: BoundedVec<H256, ConstU32<MAX_GROUP_LEVELS>>,
}

impl Membership {
	/// The membership of the client at `index` in the group of these clients. None if there is no such
	/// client or group.
	pub fn new(clients: &[ClientId], index: u32) -> Option<Self> {
		let client = clients.get(index as usize)?.clone();
		let proof = merkle_proof::<BlakeTwo256, _, _>(leaves(clients), index);
		let siblings = proof.proof.try_into().ok()?;
		Some(Self {
			client,
			index,
			siblings,
		})
	}
}

/// Leaves are hashes, so that the tree's own hash of a leaf has 32 bytes of input where that of an
/// inner node has 64: one can never be taken for the other.
fn leaf(index: u32, client: &ClientId) -> H256 {
	let tag: &[u8] = b"syngraph/client/1";
	H256(blake2_256(&(tag, index, client).encode()))
}

fn leaves(clients: &[ClientId]) -> Vec<H256> {
	let numbered = (0u32..).zip(clients);
	numbered
		.map(|(index, client)| leaf(index, client))
		.collect()
}

/// How much a channel owes in all.
///
/// Receipts are cumulative: only the highest matters, and whoever shows an older one loses nothing but
/// the difference.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Receipt<Balance> {
	/// The channel that pays.
	pub channel: ChannelId,
	/// What its payee has earned since the channel was opened.
	#[codec(compact)]
	pub amount: Balance,
}

impl<Balance: HasCompact> Payload for Receipt<Balance> {
	const TAG: &'static [u8] = b"syngraph/receipt/1";
}

/// A receipt as it is handed over, with all that is needed to check it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct SignedReceipt<Balance> {
	/// What is signed.
	pub receipt: Receipt<Balance>,
	/// The client's signature over it.
	pub signature: MultiSignature,
	/// What shows that the client is a member, if a group pays.
	pub membership: Option<Membership>,
}

/// Why a receipt does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiptError {
	/// The proof of membership is missing, wrong, or out of place.
	InvalidMembership,
	/// The signature is not that of the client.
	InvalidSignature,
}

impl<Balance: HasCompact> SignedReceipt<Balance> {
	/// Whether the receipt was signed by the payer of a channel of `depositor`.
	pub fn verify(
		&self,
		payer: &Payer,
		depositor: &AccountId32,
		genesis: &GenesisHash,
	) -> Result<(), ReceiptError> {
		let signer = self
			.signer(payer, depositor)
			.ok_or(ReceiptError::InvalidMembership)?;
		let bytes = self.receipt.signing_bytes(genesis);
		self.signature
			.verify(&bytes[..], signer)
			.then_some(())
			.ok_or(ReceiptError::InvalidSignature)
	}

	/// The number of levels of the proof of membership.
	pub fn levels(&self) -> u32 {
		let membership = self.membership.as_ref();
		membership.map_or(0, |membership| membership.siblings.len() as u32)
	}

	fn signer<'a>(
		&'a self,
		payer: &'a Payer,
		depositor: &'a AccountId32,
	) -> Option<&'a AccountId32> {
		match (payer, &self.membership) {
			(Payer::Direct, None) => Some(depositor),
			(Payer::Delegated(client), None) => Some(client),
			(Payer::Group(group), Some(membership)) if group.includes(membership) => {
				Some(&membership.client)
			},
			_ => None,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use sp_core::{ecdsa, ed25519, sr25519, Pair};
	use sp_runtime::{traits::IdentifyAccount, MultiSigner};

	const GENESIS: GenesisHash = H256::repeat_byte(7);

	fn client(seed: u32) -> ClientId {
		blake2_256(&seed.to_le_bytes()).into()
	}

	fn clients(count: u32) -> Vec<ClientId> {
		(0..count).map(client).collect()
	}

	fn receipt(amount: u128) -> Receipt<u128> {
		Receipt {
			channel: H256::repeat_byte(1),
			amount,
		}
	}

	/// A receipt over 5, signed by the key, and the key's client.
	fn signed<P: Pair>(key: &P) -> (SignedReceipt<u128>, ClientId)
	where
		MultiSigner: From<P::Public>,
		MultiSignature: From<P::Signature>,
	{
		let receipt = receipt(5);
		let signature = key.sign(&receipt.signing_bytes(&GENESIS)).into();
		let client = MultiSigner::from(key.public()).into_account();
		let signed = SignedReceipt {
			receipt,
			signature,
			membership: None,
		};
		(signed, client)
	}

	#[test]
	fn the_signed_bytes_are_fixed() {
		let bytes = receipt(5).signing_bytes(&GENESIS);
		let expected = [
			&[18 << 2][..],
			b"syngraph/receipt/1",
			&[7; 32],
			&[1; 32],
			&[5 << 2],
		]
		.concat();
		assert_eq!(bytes, expected);
	}

	#[test]
	fn a_groups_root_is_fixed() {
		let clients = [1, 2, 3].map(|byte| ClientId::new([byte; 32]));
		// Computed with polkadot.js as `docs/how-to/channels.md` says.
		let root: H256 = "b7d860498b684581be49de98aa9d26f6d7d6e85628d92b969b98e9f6d4d6b3bd"
			.parse()
			.unwrap();
		assert_eq!(Group::new(&clients), Some(Group { root, members: 3 }));
	}

	#[test]
	fn keys_of_every_scheme_pay() {
		let seed = [3; 32];
		let all = [
			signed(&sr25519::Pair::from_seed(&seed)),
			signed(&ed25519::Pair::from_seed(&seed)),
			signed(&ecdsa::Pair::from_seed(&seed)),
		];
		let other = client(9);
		for (receipt, client) in all {
			let check = |payer, depositor| receipt.verify(&payer, depositor, &GENESIS);
			assert_eq!(check(Payer::Direct, &client), Ok(()));
			assert_eq!(check(Payer::Delegated(client.clone()), &other), Ok(()));
			let refused = Err(ReceiptError::InvalidSignature);
			assert_eq!(check(Payer::Direct, &other), refused);
			assert_eq!(check(Payer::Delegated(other.clone()), &client), refused);
		}
	}

	#[test]
	fn a_receipt_means_one_amount_of_one_channel_of_one_chain() {
		let (signed, client) = signed(&sr25519::Pair::from_seed(&[3; 32]));
		let refused = Err(ReceiptError::InvalidSignature);
		assert_eq!(
			signed.verify(&Payer::Direct, &client, &H256::zero()),
			refused
		);
		for receipt in [
			receipt(6),
			Receipt {
				channel: H256::zero(),
				..receipt(5)
			},
		] {
			let forged = SignedReceipt {
				receipt,
				..signed.clone()
			};
			assert_eq!(forged.verify(&Payer::Direct, &client, &GENESIS), refused);
		}
	}

	#[test]
	fn a_membership_is_needed_for_a_group_and_nothing_else() {
		let (mut signed, signer) = signed(&sr25519::Pair::from_seed(&[3; 32]));
		let members = [client(1), signer.clone(), client(2)];
		let group = Payer::Group(Group::new(&members).unwrap());
		let check = |signed: &SignedReceipt<u128>, payer| signed.verify(payer, &signer, &GENESIS);
		let refused = Err(ReceiptError::InvalidMembership);
		assert_eq!(check(&signed, &group), refused);
		signed.membership = Membership::new(&members, 1);
		assert_eq!(check(&signed, &group), Ok(()));
		assert_eq!(check(&signed, &Payer::Direct), refused);
		// Another member's.
		signed.membership = Membership::new(&members, 0);
		assert_eq!(check(&signed, &group), Err(ReceiptError::InvalidSignature));
	}

	#[test]
	fn a_group_has_members_but_not_too_many() {
		assert_eq!(Group::new(&[]), None);
		assert_eq!(Membership::new(&clients(2), 2), None);
		let sized = |members| {
			let root = H256::zero();
			Payer::Group(Group { root, members }).is_sound()
		};
		assert_eq!(
			[0, 1, MAX_GROUP_MEMBERS, MAX_GROUP_MEMBERS + 1].map(sized),
			[false, true, true, false]
		);
	}

	proptest! {
		#[test]
		fn a_proof_fits_one_client_in_one_place(count in 1u32..200, pick in any::<u32>()) {
			let all = clients(count);
			let group = Group::new(&all).unwrap();
			let valid = Membership::new(&all, pick % count).unwrap();
			prop_assert!(group.includes(&valid));
			let with = |change: fn(&mut Membership)| {
				let mut other = valid.clone();
				change(&mut other);
				group.includes(&other)
			};
			prop_assert!(!with(|other| other.client = client(u32::MAX)));
			prop_assert!(!with(|other| other.index ^= 1));
			prop_assert!(!with(|other| other.siblings.try_push(H256::zero()).unwrap()));
			if count > 1 {
				prop_assert!(!with(|other| other.siblings.truncate(other.siblings.len() - 1)));
			}
		}
	}
}
