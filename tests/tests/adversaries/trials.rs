//! What adversaries do in disputes: they lack what they have, make up trees, and challenge those that are right.

use pallet_disputes::Call;
use sp_core::H256;
use syngraph_primitives::{BlockNumber, Lack, Utterance};
use syngraph_protocol::{possession, root_of, Bundle, Challenge, Kind};
use syngraph_runtime::{Runtime, RuntimeCall};
use syngraph_tests::{Forger, Mischief, To};

use crate::tricks::{complaint, rewritten, said_by};

/// Says that it lacks messages which it has: nothing to its peers, and that to the chain.
pub struct Lacking {
	/// Whether it commits once it was shown what it asked for. If not, it lacks another window.
	pub commits: bool,
}

impl Mischief for Lacking {
	fn say(&mut self, _: Bundle, _: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		Vec::new()
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		let early = |said: &Utterance| said.author() == own.id && said.span().attempt < 2;
		match &call {
			RuntimeCall::Disputes(Call::file { utterance })
				if !self.commits || early(utterance) =>
			{
				Vec::new()
			},
			RuntimeCall::Disputes(Call::complain { .. } | Call::report { .. }) => Vec::new(),
			_ => vec![call],
		}
	}

	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let peers = heard.iter().filter(|bundle| bundle.intermediary != own.id);
		let said = peers.flat_map(|bundle| &bundle.utterances);
		let calls = said.flat_map(|said| {
			let span = *said.span();
			let windows = (span.round.first..span.end).rev();
			windows.map(move |window| {
				let lack = Lack {
					round: span.round,
					window,
					intermediary: own.id,
				};
				let signature = own.sign(&lack);
				Call::<Runtime>::lack { lack, signature }.into()
			})
		});
		(Vec::new(), calls.collect())
	}
}

/// Commits to windows that it makes up, or to digests of windows that it has not got, and lays these trees open.
pub struct Fabricator {
	/// In what it lies.
	pub kind: Kind,
	/// Whether it has a tree to open at all.
	pub opens: bool,
	/// Whether it says of all others that they are wrong.
	pub challenges: bool,
}

impl Fabricator {
	/// The leaves of its tree.
	fn leaves(said: &Utterance) -> Vec<H256> {
		let leaf = |place: u32| H256::repeat_byte(0x70 + place as u8);
		(0..said.span().len()).map(leaf).collect()
	}

	fn change(&self, said: &mut Utterance) {
		let (root, span) = (root_of(Self::leaves(said)), *said.span());
		let commitment = &mut said.commit.commitment;
		match self.kind {
			Kind::Data => commitment.data_root = root,
			_ => commitment.possession = possession(&span, commitment.intermediary, &root),
		}
		said.reveal = None;
	}

	/// What it does about what it said: whatever the dispute waits for, one of it may be heard.
	fn calls(&self, said: &Utterance, others: &[u64], own: &Forger) -> Vec<RuntimeCall> {
		let leaves = match self.opens {
			true => Self::leaves(said),
			false => vec![H256::zero(); said.span().len() as usize],
		};
		let open = Call::<Runtime>::open {
			agreement: said.span().round.agreement,
			place: own.place as u8,
			hashes: leaves.try_into().expect("they are few"),
		};
		let challenge = |accused: &u64| {
			let challenge = Challenge {
				span: *said.span(),
				intermediary: own.id,
				accused: *accused,
				digests: root_of(Self::leaves(said)),
			};
			let signature = own.sign(&challenge);
			Call::challenge {
				challenge,
				signature,
			}
		};
		let challenges = others.iter().filter(|_| self.challenges).map(challenge);
		challenges.chain([open]).map(Into::into).collect()
	}
}

impl Mischief for Fabricator {
	fn say(&mut self, mut bundle: Bundle, own: &Forger, _: BlockNumber) -> Vec<(To, Bundle)> {
		bundle
			.utterances
			.iter_mut()
			.for_each(|said| self.change(said));
		vec![(To::All, own.sign_bundle(&bundle))]
	}

	fn submit(&mut self, call: RuntimeCall, own: &Forger, _: BlockNumber) -> Vec<RuntimeCall> {
		match call {
			RuntimeCall::Agreements(_) => Vec::new(),
			call => vec![rewritten(call, own, |said| self.change(said))],
		}
	}

	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let others = heard.iter().map(|bundle| bundle.intermediary);
		let others: Vec<_> = others.filter(|id| *id != own.id).collect();
		let said = said_by(heard, own);
		let calls = said.flat_map(|said| self.calls(said, &others, own));
		(Vec::new(), calls.collect())
	}
}

/// Begins a dispute, and challenges others in it by what is true: nothing is wrong with them.
pub struct Challenger {
	/// The last message of every window.
	pub heads: Vec<syngraph_primitives::SignedMessage>,
}

impl Mischief for Challenger {
	fn act(
		&mut self,
		heard: &[Bundle],
		own: &Forger,
		_: BlockNumber,
	) -> (Vec<(To, Bundle)>, Vec<RuntimeCall>) {
		let peers = heard.iter().filter(|bundle| bundle.intermediary != own.id);
		let accused: Vec<_> = peers.map(|bundle| bundle.intermediary).collect();
		let calls = said_by(heard, own).flat_map(|said| {
			let challenges = accused.iter().map(|accused| {
				let challenge = Challenge {
					span: *said.span(),
					intermediary: own.id,
					accused: *accused,
					digests: H256::repeat_byte(1),
				};
				let signature = own.sign(&challenge);
				Call::<Runtime>::challenge {
					challenge,
					signature,
				}
				.into()
			});
			complaint(said, &self.heads, own)
				.into_iter()
				.chain(challenges)
		});
		(Vec::new(), calls.collect())
	}
}
