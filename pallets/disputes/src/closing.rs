//! How a dispute closes: who pays for it, and who is punished.

use alloc::{vec, vec::Vec};
use core::ops::Range;
use frame_support::dispatch::DispatchResult;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{AtLeast32BitUnsigned, One, Saturating, Zero};
use syngraph_primitives::{
	Agreements, Closing, Directory, Entity, Failure, IntermediaryId, Ruling, SensorId, Sequence,
	WindowIndex,
};
use syngraph_protocol::{Docket, Verdict};

use crate::{
	bearing::{Bill, Member, Part},
	Cause, Config, Dispute, DisputeOf, Error, Event, Exposure, Pallet, SharesOf, TermsOf,
};

/// Why a dispute closes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ground {
	/// It is judged.
	Verdict,
	/// What is known of the sensors has changed since it was opened.
	Stale,
	/// All users consent.
	Consent,
}

impl<T: Config> Pallet<T> {
	/// What the chain itself found out that settles with a verdict, and what that costs, if the terms let it.
	pub(crate) fn ruling(
		docket: &Docket<BlockNumberFor<T>>,
		verdict: &Verdict,
	) -> Option<(Ruling, T::Balance)> {
		// It found that out of what was known when the dispute was opened.
		if Self::is_settled(docket) || Self::is_stale(docket) {
			return None;
		}
		let ruling = docket.ruling(verdict)?;
		let fee = T::Agreements::ruling_fee(&docket.agreement, &verdict.convicted())?;
		Some((ruling, fee))
	}

	/// Closes a dispute: has everyone bear its part of the cost, punishes those who failed, lets a ruling settle if
	/// there is one, and forgets the rest.
	pub(crate) fn close(
		dispute: &DisputeOf<T>,
		verdict: &Verdict,
		ground: Ground,
		ruling: Option<Ruling>,
	) -> DispatchResult {
		let docket = &dispute.docket;
		let terms = Self::terms(&docket.agreement).map_err(Error::<T>::from)?;
		let exposed = dispute.exposed.filter(|_| verdict.sensor_at_fault);
		let owners = match (exposed, ground) {
			(Some(exposed), _) if exposed.answers => Self::owners(&terms, &[exposed.sensor]),
			(_, Ground::Stale) => Self::owners(&terms, &Self::altered(dispute)),
			// A sensor signed twice that does not answer for it: whose doing it is nobody can tell.
			_ if verdict.sensor_at_fault => (0..terms.users.len()).collect(),
			_ => vec![],
		};
		let shares = Self::bill(dispute, verdict, ground, &terms, owners).shares();
		let charged = Self::charge(docket, &shares.bonds);
		Self::punish(docket, verdict, &terms, &charged);
		if let Some(exposed) = exposed {
			Self::expose(docket, exposed, &terms);
		}
		Self::tell(docket, &charged, &shares.users, &terms);
		let closing = Closing {
			convicted: verdict.convicted(),
			absent: verdict.absent.clone(),
			bears: shares.users,
			ruling,
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
		let asked = match ground {
			Ground::Verdict => Asked::of(dispute),
			Ground::Stale | Ground::Consent => Asked::default(),
		};
		let members = docket.roster.members.iter().map(|member| Member {
			user: terms.named_by(*member).unwrap_or(usize::MAX),
			liability: T::Directory::liability(&docket.agreement, *member),
			failure: failure(verdict, *member),
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
			first: docket.first,
			shares: taken.chain(users).collect(),
		});
	}

	/// Suspends a sensor that signed different messages with one number of a window, nobody knows which; or, of one
	/// that does not answer for all of these, has those count as never sent for which it does not. Unless the chain has
	/// learnt something of these meanwhile: then that is known already.
	///
	/// After either, less of the window counts than before: the same is not disputed again.
	fn expose(docket: &Docket<BlockNumberFor<T>>, exposed: Exposure, terms: &TermsOf<T>) {
		let Exposure {
			sensor,
			window,
			answers,
		} = exposed;
		let numbers = Self::numbers(docket, sensor, window, terms);
		let keys = T::Directory::sensor_keys(sensor);
		if let (Some(numbers), Some(keys)) = (numbers, keys) {
			match (keys.altered_since(&numbers, docket.opened), answers) {
				(true, _) => (),
				(false, true) => T::Directory::suspend_sensor(sensor, numbers.start),
				(false, false) => T::Directory::disown_sensor(sensor, numbers.start),
			}
		}
		if !answers {
			return;
		}
		Self::deposit_event(Event::SensorAtFault {
			agreement: docket.agreement,
			first: docket.first,
			window,
			sensor,
		});
	}

	/// The numbers of a sensor in a window.
	fn numbers(
		docket: &Docket<BlockNumberFor<T>>,
		sensor: SensorId,
		window: WindowIndex,
		terms: &TermsOf<T>,
	) -> Option<Range<Sequence>> {
		let feeds = T::Agreements::feeds(&docket.agreement)?;
		let feed = feeds.iter().find(|feed| feed.sensor == sensor)?;
		feed.range(&terms.window, window)
	}

	/// The sensors of whose messages something else is known than when the dispute was opened, by their own doing or
	/// their owners'. What was disowned is nobody's: another dispute did it.
	fn altered(dispute: &DisputeOf<T>) -> Vec<SensorId> {
		let docket = &dispute.docket;
		let feeds = T::Agreements::feeds(&docket.agreement).unwrap_or_default();
		// It may have become known later in the block of the opening.
		let before = docket.opened.saturating_sub(One::one());
		let altered = feeds
			.iter()
			.zip(&dispute.changes)
			.filter(|(feed, changes)| {
				let keys = T::Directory::sensor_keys(feed.sensor);
				keys.is_some_and(|keys| keys.changes() != **changes && keys.changed_since(before))
			});
		altered.map(|(feed, _)| feed.sensor).collect()
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

/// Those that asked for something in a dispute in which nobody failed and no sensor is to blame, and those that were
/// asked.
///
/// Who complains asks all others. Two that contradict each other ask nobody: if neither fails in the end, they differed
/// about nothing, and their users pay for it.
///
/// An honest one of the two does not have to, unless somebody lacks messages:
///
/// - If it differs from the other in data, both commitments are on file at once, and one of the two fails.
/// - If it differs in outcomes, it has revealed, and before that it has heard all others commit to one range and to its
///   data. That binds each of them: later the other one reveals the same lie, or is absent; or one of them contradicts
///   itself.
/// - If the round settles all the same, the other one told it something else than what was reported. It holds both, and
///   the dispute stays open for long enough to report that, too.
#[derive(Default)]
struct Asked {
	asking: Vec<IntermediaryId>,
	asked: Vec<IntermediaryId>,
}

impl Asked {
	/// If some lacked messages, that is what it was about; otherwise it is why the dispute was opened.
	fn of<Balance, BlockNumber>(dispute: &Dispute<Balance, BlockNumber>) -> Self
	where
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
		let asked = match dispute.cause {
			// Who asks is not asked, see [`Self::part`].
			Cause::Silence { .. } => docket.roster.members.to_vec(),
			Cause::Conflict { .. } => vec![],
		};
		Self {
			asking: dispute.cause.openers().to_vec(),
			asked,
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

/// What was taken from bonds, as events tell it.
fn intermediaries<T: Config>(charged: &[(IntermediaryId, T::Balance)]) -> SharesOf<T> {
	let taken = charged.iter().filter(|(_, taken)| !taken.is_zero());
	taken
		.map(|(member, taken)| (Entity::Intermediary(*member), *taken))
		.collect()
}
