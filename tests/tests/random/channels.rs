//! What is done with channels.

use pallet_channels::{ChannelOf, Channels};
use syngraph_primitives::{ChannelId, ClientId, Group, Membership, Payer, Receipt, SignedReceipt};
use syngraph_runtime::{Balance, Runtime, HOURS, SYN};

use crate::cast::{general, now, signed, Act, Cast, Move};

type Call = pallet_channels::Call<Runtime>;

/// How many channels there are at a time.
const ENOUGH: usize = 6;

/// What is done, and how often.
pub const ACTS: &[Act] = &[
	(8, open),
	(3, top_up),
	(1, request_close),
	(2, change_payer),
	(10, redeem),
	(4, rescue),
	(3, close),
	(1, close_batch),
	(4, claim),
];

/// A channel that has not expired, or by mistake any.
fn channel(cast: &mut Cast) -> Option<(ChannelId, ChannelOf<Runtime>)> {
	let careless = cast.is_careless();
	let all = Channels::<Runtime>::iter();
	let open = all.filter(|(_, channel)| careless || now() < channel.expires);
	cast.rng.pick(open)
}

/// The depositor, a client, or some of the clients as a group.
fn payer(cast: &mut Cast) -> Payer {
	match cast.rng.below(3) {
		0 => Payer::Direct,
		1 => Payer::Delegated(cast.rng.pick(cast.clients.clone()).expect("there are some")),
		_ => {
			let mut members = cast.rng.shuffled(cast.clients.clone());
			members.truncate(cast.rng.between(1, 4) as usize);
			let group = Group::new(&members).expect("there are members, but not too many");
			cast.groups.insert(group.root, members);
			Payer::Group(group)
		},
	}
}

fn open(cast: &mut Cast) -> Option<Move> {
	if Channels::<Runtime>::iter_keys().count() >= ENOUGH {
		return None;
	}
	let call = Call::open {
		payee: cast.person(),
		payer: payer(cast),
		funds: SYN * u128::from(cast.rng.below(50)),
		expires: match cast.rng.one_in(2) {
			true => now() + cast.rng.between(0, 60),
			false => now() + cast.rng.between(0, 2 * HOURS),
		},
	};
	signed(cast.person(), call)
}

fn top_up(cast: &mut Cast) -> Option<Move> {
	let (id, channel) = channel(cast)?;
	let later = cast.rng.between(0, 100);
	let call = Call::top_up {
		channel: id,
		amount: SYN * u128::from(cast.rng.below(5)),
		expires: cast.rng.one_in(2).then_some(channel.expires + later),
	};
	signed(cast.usually(channel.depositor), call)
}

fn request_close(cast: &mut Cast) -> Option<Move> {
	let (id, record) = channel(cast)?;
	let depositor = cast.usually(record.depositor);
	signed(depositor, Call::request_close { channel: id })
}

fn change_payer(cast: &mut Cast) -> Option<Move> {
	let (id, record) = channel(cast)?;
	let payer = payer(cast);
	let depositor = cast.usually(record.depositor);
	signed(depositor, Call::change_payer { channel: id, payer })
}

/// A receipt, signed by whose receipts count.
fn receipt(cast: &mut Cast, id: ChannelId, channel: &ChannelOf<Runtime>) -> SignedReceipt<Balance> {
	let left = channel.funds - channel.paid;
	let over = u128::from(cast.is_careless());
	let receipt = Receipt {
		channel: id,
		amount: channel.paid + cast.rng.amount(left) + over,
	};
	let (signer, membership): (ClientId, _) = match channel.payer_at(now()) {
		Payer::Direct => (channel.depositor.clone(), None),
		Payer::Delegated(client) => (client.clone(), None),
		Payer::Group(group) => {
			let members = &cast.groups[&group.root];
			let index = cast.rng.below(members.len() as u64) as u32;
			let membership = Membership::new(members, index).expect("there is such a member");
			(membership.client.clone(), Some(membership))
		},
	};
	SignedReceipt {
		signature: cast.sign(signer.as_ref(), &receipt).into(),
		receipt,
		membership,
	}
}

fn redeem(cast: &mut Cast) -> Option<Move> {
	let (id, channel) = channel(cast)?;
	let receipt = receipt(cast, id, &channel);
	signed(cast.person(), Call::redeem { receipt })
}

fn rescue(cast: &mut Cast) -> Option<Move> {
	let (id, channel) = channel(cast)?;
	let receipt = receipt(cast, id, &channel);
	general(Call::rescue { receipt })
}

fn close(cast: &mut Cast) -> Option<Move> {
	let (id, channel) = channel(cast)?;
	let receipt = receipt(cast, id, &channel);
	signed(cast.usually(channel.payee), Call::close { receipt })
}

/// All channels of a payee.
fn close_batch(cast: &mut Cast) -> Option<Move> {
	let payee = channel(cast)?.1.payee;
	let own: Vec<_> = Channels::<Runtime>::iter()
		.filter(|(_, channel)| channel.payee == payee)
		.collect();
	let receipts: Vec<_> = own
		.iter()
		.map(|(id, channel)| receipt(cast, *id, channel))
		.collect();
	let receipts = receipts.try_into().ok()?;
	signed(cast.usually(payee), Call::close_batch { receipts })
}

fn claim(cast: &mut Cast) -> Option<Move> {
	let careless = cast.is_careless();
	let all = Channels::<Runtime>::iter();
	let expired = all.filter(|(_, channel)| careless || channel.expires <= now());
	let (channel, _) = cast.rng.pick(expired)?;
	signed(cast.person(), Call::claim { channel })
}
