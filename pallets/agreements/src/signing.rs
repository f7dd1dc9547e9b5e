//! How an agreement comes about: proposed and signed by its users, or created with all signatures.

use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_support::{ensure, traits::Get};
use sp_core::ConstU32;
use sp_runtime::{traits::Saturating, BoundedVec, DispatchError, DispatchResult};
use syngraph_primitives::{
	verify_wrapped, AgreementId, Directory, DisputeCosts, Entity, Payload, QualityOfService,
	Roster, Schema, MAX_USERS,
};
use syngraph_protocol::{longest_message, prepare};

use crate::{
	Agreement, AgreementOf, Agreements, AgreementsOf, AgreementsOfSensor, BalanceOf, Config, Error,
	Event, Pallet, Phase, Terms, TermsOf,
};

type Signatures<T> = BoundedVec<<T as Config>::Signature, ConstU32<MAX_USERS>>;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(proposer: T::AccountId, terms: TermsOf<T>) -> DispatchResult {
		Self::check_terms(&terms)?;
		let index = Self::index_of(&terms, &proposer)?;
		let id = Self::new_id(&terms)?;
		let mut agreement = Self::enter(id, proposer, &terms, Phase::default())?;
		Self::add_signature(id, &terms, &mut agreement, index)?;
		Agreements::<T>::insert(id, agreement);
		Terms::<T>::insert(id, terms);
		Ok(())
	}

	pub(crate) fn do_sign(user: T::AccountId, id: AgreementId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			let index = Self::index_of(terms, &user)?;
			if Self::add_signature(id, terms, agreement, index)? {
				// Much may have changed since the proposal.
				Self::check_circumstances(terms)?;
				Self::activate(id, terms, agreement)?;
			}
			Ok(())
		})
	}

	pub(crate) fn do_create(
		proposer: T::AccountId,
		terms: TermsOf<T>,
		signatures: Signatures<T>,
	) -> DispatchResult {
		Self::check_terms(&terms)?;
		let id = Self::new_id(&terms)?;
		Self::check_signatures(&terms, &signatures)?;
		let mut agreement = Self::enter(id, proposer, &terms, Phase::active(&terms.limits))?;
		for index in 0..terms.users.len() {
			Self::take_signature(id, &terms, &mut agreement, index)?;
		}
		Self::activate(id, &terms, &mut agreement)?;
		Agreements::<T>::insert(id, agreement);
		Terms::<T>::insert(id, terms);
		Ok(())
	}

	pub(crate) fn do_cancel(user: T::AccountId, id: AgreementId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			Self::index_of(terms, &user)?;
			let reason = agreement.phase.cancel().map_err(Error::<T>::from)?;
			Self::end(id, terms, agreement, reason)
		})
	}

	/// Whether the terms make sense, and could be signed and come into force now.
	fn check_terms(terms: &TermsOf<T>) -> DispatchResult {
		terms.check().map_err(Error::<T>::from)?;
		ensure!(
			terms.quality_of_service == QualityOfService::NoProof,
			Error::<T>::UnsupportedQualityOfService
		);
		let (now, limits) = (Self::now(), &terms.limits);
		ensure!(now <= limits.sign_by, Error::<T>::SigningOver);
		let longest = limits.ends_at.saturating_sub(now).max(limits.retention);
		ensure!(longest <= T::MaxDuration::get(), Error::<T>::TooLong);
		let reasonable = T::MinAnswer::get()..=T::MaxAnswer::get();
		ensure!(
			reasonable.contains(&limits.answer),
			Error::<T>::InvalidAnswer
		);
		Self::check_circumstances(terms)
	}

	/// Whether the terms fit who is registered, and what settlements and disputes cost.
	fn check_circumstances(terms: &TermsOf<T>) -> DispatchResult {
		Self::check_people(terms)?;
		let schemas: Option<Vec<_>> = terms
			.sensors
			.iter()
			.map(|source| T::Directory::sensor_schema(source.sensor))
			.collect();
		let schemas = schemas.ok_or(Error::<T>::UnknownSensor)?;
		prepare(&terms.function, &schemas).map_err(Error::<T>::from)?;
		ensure!(
			terms.penalty >= Self::least_penalty(terms, &schemas),
			Error::<T>::PenaltyTooLow
		);
		let share = Self::storage_share(terms);
		let enough = |(index, party): (usize, &syngraph_primitives::Party<_, _>)| {
			party.escrow >= Self::least_escrow(terms, share, index)
		};
		ensure!(
			terms.users.iter().enumerate().all(enough),
			Error::<T>::EscrowTooSmall
		);
		Ok(())
	}

	/// Whether everybody whom the terms name is registered, and works for the reward.
	fn check_people(terms: &TermsOf<T>) -> DispatchResult {
		let registered = |user: &T::AccountId| T::Directory::is_user(user);
		ensure!(
			terms.users.iter().all(|party| registered(&party.user)),
			Error::<T>::UnregisteredUser
		);
		for source in &terms.sensors {
			let owner =
				T::Directory::sensor_owner(source.sensor).ok_or(Error::<T>::UnknownSensor)?;
			ensure!(
				terms.user_index(&owner).is_some(),
				Error::<T>::ForeignSensor
			);
		}
		for intermediary in terms.intermediaries().chain(terms.spares()) {
			let asked =
				T::Directory::asked_reward(intermediary).ok_or(Error::<T>::UnknownIntermediary)?;
			ensure!(terms.reward >= asked, Error::<T>::RewardTooLow);
		}
		Ok(())
	}

	/// What an intermediary advances to show the largest window. It is liable for as much, so that its
	/// bond can always pay for proving that it is right.
	pub fn least_penalty(terms: &TermsOf<T>, schemas: &[Schema]) -> BalanceOf<T> {
		let size = terms.window.size;
		let messages = size.saturating_mul(schemas.len() as u32);
		let bytes = schemas
			.iter()
			.map(|schema| longest_message(schema).saturating_mul(size))
			.fold(0, u32::saturating_add);
		T::Disputes::showing(messages, bytes)
	}

	/// Whether every user's signer signed the terms.
	fn check_signatures(terms: &TermsOf<T>, signatures: &Signatures<T>) -> DispatchResult {
		ensure!(
			signatures.len() == terms.users.len(),
			Error::<T>::WrongSignatureCount
		);
		let bytes = terms.signing_bytes(&Self::genesis());
		for (party, signature) in terms.users.iter().zip(signatures) {
			let signer = T::Directory::user_signer(&party.user, Self::now())
				.ok_or(Error::<T>::SignerRevoked)?;
			ensure!(
				verify_wrapped(signature, &bytes, &signer),
				Error::<T>::BadSignature
			);
		}
		Ok(())
	}

	/// The id of an agreement that is not known yet.
	///
	/// Since it is the hash of the terms, and known as long as they can be signed, no signature can be
	/// used twice.
	fn new_id(terms: &TermsOf<T>) -> Result<AgreementId, DispatchError> {
		let id = terms.id(&Self::genesis());
		ensure!(
			!Agreements::<T>::contains_key(id),
			Error::<T>::AlreadyExists
		);
		Ok(id)
	}

	/// Takes the deposit for the terms.
	fn enter(
		id: AgreementId,
		proposer: T::AccountId,
		terms: &TermsOf<T>,
		phase: Phase<frame_system::pallet_prelude::BlockNumberFor<T>>,
	) -> Result<AgreementOf<T>, DispatchError> {
		let bytes = T::ByteDeposit::get().saturating_mul((terms.encoded_size() as u32).into());
		let deposit = T::ProposalDeposit::get().saturating_add(bytes);
		Self::hold_deposit(&proposer, deposit)?;
		let users = terms.users.len();
		Self::deposit_event(Event::Proposed {
			agreement: id,
			proposer: proposer.clone(),
		});
		Ok(Agreement {
			proposer,
			deposit,
			storage_share: Self::storage_share(terms),
			dispute_share: Self::dispute_share(terms),
			phase,
			funds: BoundedVec::truncate_from(vec![0u32.into(); users]),
			reserved: 0u32.into(),
			roster: Roster::default(),
			spares_used: BoundedVec::truncate_from(vec![0; users]),
			progress: Default::default(),
			results: 0,
			disputes: 0,
		})
	}

	/// The user at `index` signs. Tells whether now all have.
	fn add_signature(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		index: usize,
	) -> Result<bool, DispatchError> {
		let all = agreement
			.phase
			.sign(index, terms.users.len(), &terms.limits, Self::now())
			.map_err(Error::<T>::from)?;
		Self::take_signature(id, terms, agreement, index)?;
		Ok(all)
	}

	/// Takes the escrow of the user at `index`, who has signed.
	fn take_signature(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		index: usize,
	) -> DispatchResult {
		let party = terms.users.get(index).ok_or(Error::<T>::NotAUser)?;
		Self::put_in(terms, agreement, index, party.escrow)?;
		Self::deposit_event(Event::Signed {
			agreement: id,
			user: party.user.clone(),
		});
		Ok(())
	}

	/// Brings an agreement that all have signed into force.
	fn activate(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
	) -> DispatchResult {
		for (entity, liability) in Self::entities(terms) {
			T::Directory::acquire(&entity, liability)?;
		}
		for intermediary in terms.intermediaries().chain(terms.spares()) {
			AgreementsOf::<T>::insert(intermediary, id, ());
		}
		for source in &terms.sensors {
			AgreementsOfSensor::<T>::insert(source.sensor, id, source.start);
		}
		agreement.roster.members = BoundedVec::truncate_from(terms.intermediaries().collect());
		Self::deposit_event(Event::Activated { agreement: id });
		Ok(())
	}

	/// Sets free what an agreement that was active needed.
	pub(crate) fn deactivate(id: AgreementId, terms: &TermsOf<T>) {
		for (entity, liability) in Self::entities(terms) {
			T::Directory::release(&entity, liability);
		}
		for intermediary in terms.intermediaries().chain(terms.spares()) {
			AgreementsOf::<T>::remove(intermediary, id);
		}
		for source in &terms.sensors {
			AgreementsOfSensor::<T>::remove(source.sensor, id);
		}
	}

	/// Everything registered that the agreement needs, and what it is liable for.
	fn entities(
		terms: &TermsOf<T>,
	) -> impl Iterator<Item = (Entity<T::AccountId>, BalanceOf<T>)> + '_ {
		let users = terms
			.users
			.iter()
			.map(|party| Entity::User(party.user.clone()));
		let sensors = terms
			.sensors
			.iter()
			.map(|source| Entity::Sensor(source.sensor));
		let intermediaries = terms.intermediaries().chain(terms.spares());
		let not_liable = users.chain(sensors).map(|entity| (entity, 0u32.into()));
		not_liable.chain(intermediaries.map(|id| (Entity::Intermediary(id), terms.penalty)))
	}
}
