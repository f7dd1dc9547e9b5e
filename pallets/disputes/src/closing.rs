//! How a dispute closes: who pays for it, who is punished, and what becomes of the window.

use alloc::{vec, vec::Vec};
use frame_support::dispatch::DispatchResult;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{AtLeast32BitUnsigned, One, Saturating, Zero};
use syngraph_primitives::{
	Agreements, Closing, Directory, Entity, Failure, IntermediaryId, SensorId,
};
use syngraph_protocol::{Docket, Verdict};

use crate::{
	bearing::{Bill, Member, Part},
	Config, Dispute, DisputeOf, Error, Event, Pallet, SharesOf, TermsOf,
};

/// Why a dispute closes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ground {
	/// It is judged.
	Verdict,
	/// All members are done with its window.
	Dismissal,
	/// What is known of the window's sources has changed since it was opened.
	Stale,
	/// All users consent.
	Consent,
}

impl<T: Config> Pallet<T> {
	/// Closes a dispute: has everyone bear its part of the cost, punishes those who failed, and forgets the
	/// rest.
	pub(crate) fn close(
		dispute: &DisputeOf<T>,
		verdict: &Verdict,
		ground: Ground,
	) -> DispatchResult {
		let docket = &dispute.docket;
		let terms = Self::terms(&docket.agreement).map_err(Error::<T>::from)?;
		let sensor = dispute.exposed.filter(|_| verdict.sensor_at_fault);
		let owners = match (sensor, ground) {
			(Some(sensor), _) => Self::owners(&terms, &[sensor]),
			(None, Ground::Stale) => Self::owners(&terms, &Self::altered(docket, &terms)),
			// A sensor signed twice that does not answer for it: whose doing it is nobody can tell.
			(None, _) if verdict.sensor_at_fault => (0..terms.users.len()).collect(),
			(None, _) => vec![],
		};
		let shares = Self::bill(dispute, verdict, ground, &terms, owners).shares();
		let charged = Self::charge(docket, &shares.bonds);
		Self::punish(docket, verdict, &terms, &charged);
		if let Some(sensor) = sensor {
			// What the chain has learnt of it meanwhile, it is suspended for already, or has been.
			let known = ground == Ground::Stale && Self::altered(docket, &terms).contains(&sensor);
			Self::expose(docket, sensor, &terms, known);
		}
		Self::tell(docket, &charged, &shares.users, &terms);
		let closing = Closing {
			window: docket.window,
			convicted: verdict.faults.iter().map(|(member, _)| *member).collect(),
			absent: verdict.absent.clone(),
			reopen: verdict.reopen,
			bears: shares.users,
		};
		T::Agreements::close_dispute(&docket.agreement, &closing)?;
		Self::forget(dispute);
		Ok(())
	}

	/// What a dispute cost, and all that tells on whom it falls.
	fn bill(
		dispute: &DisputeOf<T>,
		verdict: &Verdict,
		ground: Ground,
		terms: &TermsOf<T>,
		owners: Vec<usize>,
	) -> Bill<T::Balance> {
		let docket = &dispute.docket;
		let heard = matches!(ground, Ground::Verdict | Ground::Dismissal);
		let asked = match heard {
			true => Asked::of(dispute),
			false => Asked::default(),
		};
		let members = docket.roster.members.iter().zip(&dispute.shown_by);
		let members = members
			.enumerate()
			.map(|(place, (member, showing))| Member {
				user: terms.named_by(*member).unwrap_or(usize::MAX),
				liability: T::Directory::liability(&docket.agreement, *member),
				failure: failure(verdict, *member),
				needless: match heard && is_needless(docket, place) {
					true => *showing,
					false => Zero::zero(),
				},
				part: asked.part(*member),
			});
		Bill {
			spent: dispute.spent,
			users: terms.users.len(),
			members: members.collect(),
			absence_fee: terms.absence_fee,
			owners,
		}
	}

	/// Takes from each bond what it bears. Returns what was taken, by place.
	fn charge(
		docket: &Docket<BlockNumberFor<T>>,
		bonds: &[T::Balance],
	) -> Vec<(IntermediaryId, T::Balance)> {
		let members = docket.roster.members.iter().zip(bonds);
		let charge = |(member, fee): (&IntermediaryId, &T::Balance)| {
			let taken = match fee.is_zero() {
				true => Zero::zero(),
				false => T::Directory::charge(&docket.agreement, *member, *fee),
			};
			(*member, taken)
		};
		members.map(charge).collect()
	}

	/// Tells who bore what.
	fn tell(
		docket: &Docket<BlockNumberFor<T>>,
		charged: &[(IntermediaryId, T::Balance)],
		users: &[T::Balance],
		terms: &TermsOf<T>,
	) {
		let users = terms.users.iter().zip(users);
		let users = users.map(|(party, share)| (Entity::User(party.user.clone()), *share));
		let users = users.filter(|(_, share)| !share.is_zero());
		let taken = intermediaries::<T>(charged).into_iter();
		Self::deposit_event(Event::Borne {
			agreement: docket.agreement,
			window: docket.window,
			shares: taken.chain(users).collect(),
		});
	}

	/// Suspends a sensor that signed different messages with one number of the window: nobody knows which.
	fn expose(
		docket: &Docket<BlockNumberFor<T>>,
		sensor: SensorId,
		terms: &TermsOf<T>,
		known: bool,
	) {
		let feeds = T::Agreements::feeds(&docket.agreement).unwrap_or_default();
		let feed = feeds.iter().find(|feed| feed.sensor == sensor);
		let range = feed.and_then(|feed| feed.range(&terms.window, docket.window));
		if let Some(range) = range.filter(|_| !known) {
			T::Directory::suspend_sensor(sensor, range.start);
		}
		Self::deposit_event(Event::SensorAtFault {
			agreement: docket.agreement,
			window: docket.window,
			sensor,
		});
	}

	/// The sensors of whose messages in the window something else is known than when the dispute was opened. It
	/// may have become known later in the same block: then nothing tells it from what was known before.
	fn altered(docket: &Docket<BlockNumberFor<T>>, terms: &TermsOf<T>) -> Vec<SensorId> {
		let later = Self::altered_since(docket, terms, docket.opened);
		match later.is_empty() {
			false => later,
			true => Self::altered_since(docket, terms, docket.opened.saturating_sub(One::one())),
		}
	}

	/// The sensors of whose messages in the window something has become known after a block.
	pub(crate) fn altered_since(
		docket: &Docket<BlockNumberFor<T>>,
		terms: &TermsOf<T>,
		block: BlockNumberFor<T>,
	) -> Vec<SensorId> {
		let feeds = T::Agreements::feeds(&docket.agreement).unwrap_or_default();
		let altered = feeds.iter().filter(|feed| {
			let range = feed.range(&terms.window, docket.window);
			let keys = T::Directory::sensor_keys(feed.sensor);
			let known = keys.zip(range);
			known.is_some_and(|(keys, range)| keys.altered_since(&range, block))
		});
		altered.map(|feed| feed.sensor).collect()
	}

	/// The users that own these sensors, each once.
	fn owners(terms: &TermsOf<T>, sensors: &[SensorId]) -> Vec<usize> {
		let mut owners: Vec<usize> = sensors
			.iter()
			.filter_map(|sensor| terms.user_index(&T::Directory::sensor_owner(*sensor)?))
			.collect();
		owners.sort_unstable();
		owners.dedup();
		owners
	}
}

/// Those that asked for something in a dispute in which nothing is contested, and those that were asked.
#[derive(Default)]
struct Asked {
	asking: Vec<IntermediaryId>,
	asked: Vec<IntermediaryId>,
}

impl Asked {
	/// If some lacked messages, that is what it was about; otherwise it is the complaint, if it is one.
	fn of<Balance, BlockNumber>(dispute: &Dispute<Balance, BlockNumber>) -> Self
	where
		Balance: AtLeast32BitUnsigned + Copy,
		BlockNumber: AtLeast32BitUnsigned + Copy,
	{
		let docket = &dispute.docket;
		let lackers: Vec<_> = docket.lackers().collect();
		if !lackers.is_empty() {
			return Self {
				asking: lackers,
				asked: docket.asked().collect(),
			};
		}
		let Some(complainer) = dispute.complainer() else {
			return Self::default();
		};
		let others = docket.roster.members.iter().copied();
		Self {
			asking: vec![complainer],
			asked: others.filter(|member| *member != complainer).collect(),
		}
	}

	fn part(&self, member: IntermediaryId) -> Part {
		if self.asking.contains(&member) {
			Part::Asks
		} else if self.asked.contains(&member) {
			Part::IsAsked
		} else {
			Part::None
		}
	}
}

/// How a member failed, if it did.
fn failure(verdict: &Verdict, member: IntermediaryId) -> Option<Failure> {
	if verdict.faults.iter().any(|(faulty, _)| *faulty == member) {
		return Some(Failure::Lie);
	}
	let absent = verdict.absent.contains(&member);
	absent.then_some(Failure::Absence)
}

/// Whether it was needless that the member at `place` showed its window: all of it was shown, nobody lacked
/// messages, and nothing on file contradicts anything.
///
/// As long as only a part was shown, nobody can tell what the rest would have refuted: a member must show its
/// window as soon as it sees that another has not got it, and others could have the dispute end before it is
/// through.
fn is_needless<BlockNumber>(docket: &Docket<BlockNumber>, place: usize) -> bool
where
	BlockNumber: AtLeast32BitUnsigned + Copy,
{
	let root = docket.commitment(place).map(|commitment| commitment.root);
	let is_shown = docket.shown.iter().any(|shown| Some(shown.root) == root);
	is_shown && !docket.is_contradicted() && docket.lackers().next().is_none()
}

/// What was taken from bonds, as events tell it.
fn intermediaries<T: Config>(charged: &[(IntermediaryId, T::Balance)]) -> SharesOf<T> {
	let taken = charged.iter().filter(|(_, taken)| !taken.is_zero());
	taken
		.map(|(member, taken)| (Entity::Intermediary(*member), *taken))
		.collect()
}
