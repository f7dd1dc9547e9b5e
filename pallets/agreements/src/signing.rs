//! How an agreement comes about: proposed and signed by its users, or created with all signatures.

use alloc::{vec, vec::Vec};
use codec::Encode;
use frame_support::{
	ensure,
	traits::{Get, Time},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::ConstU32;
use sp_runtime::{
	traits::Saturating, BoundedVec, DispatchError, DispatchResult, SaturatedConversion,
};
use syngraph_primitives::{
	verify_wrapped, AgreementId, Binding, Consent, Directory, DisputeCosts, Entity, Feed,
	IntermediaryId, Payload, QualityOfService, Schema, SensorId, Timestamp, MAX_USERS,
};
use syngraph_protocol::{grounds, Fold};

use crate::{
	lifecycle::MaxNamed, roster::bound, Accrued, Agreement, AgreementOf, Agreements, AgreementsOf,
	AgreementsOfSensor, BalanceOf, Config, Error, Event, Pallet, Phase, Prices, Terms, TermsOf,
};

type Signatures<T> = BoundedVec<<T as Config>::Signature, ConstU32<MAX_USERS>>;
type Consents<T> = BoundedVec<(IntermediaryId, <T as Config>::Signature), MaxNamed>;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(proposer: T::AccountId, terms: TermsOf<T>) -> DispatchResult {
		let prices = Self::check_terms(&terms)?;
		let index = Self::index_of(&terms, &proposer)?;
		let id = Self::new_id(&terms)?;
		let mut agreement = Self::enter(id, proposer, &terms, prices, Phase::default())?;
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
				agreement.prices = Self::check_circumstances(terms)?;
				Self::activate(id, terms, agreement)?;
			}
			Ok(())
		})
	}

	pub(crate) fn do_create(
		proposer: T::AccountId,
		terms: TermsOf<T>,
		signatures: Signatures<T>,
		consents: Consents<T>,
	) -> DispatchResult {
		let prices = Self::check_terms(&terms)?;
		let id = Self::new_id(&terms)?;
		Self::check_signatures(&terms, &signatures)?;
		let phase = Phase::active(&terms.limits);
		let mut agreement = Self::enter(id, proposer, &terms, prices, phase)?;
		for (intermediary, signature) in consents {
			Self::check_consent(id, intermediary, &signature)?;
			Self::note_consent(id, &terms, &mut agreement, intermediary)?;
		}
		for index in 0..terms.users.len() {
			Self::take_signature(id, &terms, &mut agreement, index)?;
		}
		Self::activate(id, &terms, &mut agreement)?;
		Agreements::<T>::insert(id, agreement);
		Terms::<T>::insert(id, terms);
		Ok(())
	}

	pub(crate) fn do_accept(
		operator: T::AccountId,
		id: AgreementId,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		Self::ensure_operator(&operator, intermediary)?;
		Self::with_agreement(&id, |terms, agreement| {
			Self::ensure_proposed(agreement)?;
			Self::note_consent(id, terms, agreement, intermediary)
		})
	}

	/// From then on it depends again on the operator's offer whether its intermediary can be bound. Without this, users
	/// could hold a consent until the terms suit nobody but them.
	pub(crate) fn do_withdraw_consent(
		operator: T::AccountId,
		id: AgreementId,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		Self::ensure_operator(&operator, intermediary)?;
		Self::with_agreement(&id, |_, agreement| {
			Self::ensure_proposed(agreement)?;
			let known = agreement.consented.contains(&intermediary);
			ensure!(known, Error::<T>::NotConsented);
			agreement.consented.retain(|other| *other != intermediary);
			Self::deposit_event(Event::ConsentWithdrawn {
				agreement: id,
				intermediary,
			});
			Ok(())
		})
	}

	/// Consents of operators only matter until all users have signed.
	fn ensure_proposed(agreement: &AgreementOf<T>) -> DispatchResult {
		let proposed = matches!(agreement.phase, Phase::Proposed { .. });
		ensure!(proposed, Error::<T>::NotProposed);
		Ok(())
	}

	/// Notes that the operator of an intermediary lets it be named in these terms.
	fn note_consent(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &mut AgreementOf<T>,
		intermediary: IntermediaryId,
	) -> DispatchResult {
		ensure!(terms.named_by(intermediary).is_some(), Error::<T>::NotBound);
		let known = agreement.consented.contains(&intermediary);
		ensure!(!known, Error::<T>::AlreadyConsented);
		let noted = agreement.consented.try_push(intermediary);
		noted.map_err(|_| Error::<T>::TooManyIntermediaries)?;
		Self::deposit_event(Event::Accepted {
			agreement: id,
			intermediary,
		});
		Ok(())
	}

	/// Whether the operator of an intermediary signed that it may be named in the agreement.
	fn check_consent(
		id: AgreementId,
		intermediary: IntermediaryId,
		signature: &T::Signature,
	) -> DispatchResult {
		let operator = T::Directory::operator(intermediary);
		let operator = operator.ok_or(Error::<T>::UnknownIntermediary)?;
		let consent = Consent {
			agreement: id,
			intermediary,
		};
		let bytes = consent.signing_bytes(&Self::genesis());
		ensure!(
			verify_wrapped(signature, &bytes, &operator),
			Error::<T>::BadSignature
		);
		Ok(())
	}

	pub(crate) fn do_cancel(user: T::AccountId, id: AgreementId) -> DispatchResult {
		Self::with_agreement(&id, |terms, agreement| {
			Self::index_of(terms, &user)?;
			let reason = agreement.phase.cancel().map_err(Error::<T>::from)?;
			Self::end(id, terms, agreement, reason)
		})
	}

	/// Whether the terms make sense, and could be signed and come into force now. Returns what they cost.
	fn check_terms(terms: &TermsOf<T>) -> Result<Prices<BalanceOf<T>>, DispatchError> {
		Self::check_form(terms)?;
		let reasonable = Self::least_answer(terms)..=T::MaxAnswer::get();
		ensure!(
			reasonable.contains(&terms.limits.answer),
			Error::<T>::InvalidAnswer
		);
		Self::check_circumstances(terms)
	}

	/// Whether the terms make sense, and could be signed now, as far as that depends neither on who is registered nor
	/// on prices.
	pub(crate) fn check_form(terms: &TermsOf<T>) -> DispatchResult {
		terms.check().map_err(Error::<T>::from)?;
		ensure!(
			terms.quality_of_service == QualityOfService::NoProof,
			Error::<T>::UnsupportedQualityOfService
		);
		let (now, limits) = (Self::now(), &terms.limits);
		ensure!(now <= limits.sign_by, Error::<T>::SigningOver);
		let length = limits.ends_at.saturating_sub(now);
		ensure!(length <= T::MaxDuration::get(), Error::<T>::TooLong);
		Ok(())
	}

	/// The fewest blocks in which an intermediary can answer: it may have been started again, and it must
	/// still be able to show the whole window, transaction after transaction, in half of them.
	pub fn least_answer(terms: &TermsOf<T>) -> BlockNumberFor<T> {
		let chunks = T::Disputes::chunks(terms.window_messages()).max(1);
		let more = T::AnswerPerChunk::get().saturating_mul(chunks.saturating_sub(1).into());
		T::MinAnswer::get().saturating_add(more)
	}

	/// Whether the terms fit who is registered, and what settlements and disputes cost. Returns that.
	fn check_circumstances(terms: &TermsOf<T>) -> Result<Prices<BalanceOf<T>>, DispatchError> {
		let prices = Self::priced(terms)?;
		Self::check_amounts(terms, &prices)?;
		Ok(prices)
	}

	/// What the agreement costs, if the terms fit who is registered.
	pub(crate) fn priced(terms: &TermsOf<T>) -> Result<Prices<BalanceOf<T>>, DispatchError> {
		Self::check_people(terms)?;
		let schemas = Self::schemas_of(terms.sensors.iter().map(|source| source.sensor))?;
		Fold::prepare(&terms.function, &schemas).map_err(Error::<T>::from)?;
		Ok(Self::prices(terms, &schemas))
	}

	/// Whether a lie costs as much as it can cost others, and every escrow covers what it must.
	fn check_amounts(terms: &TermsOf<T>, prices: &Prices<BalanceOf<T>>) -> DispatchResult {
		ensure!(terms.penalty >= prices.dispute, Error::<T>::PenaltyTooLow);
		ensure!(
			terms.absence_fee <= terms.penalty,
			Error::<T>::AbsenceFeeTooHigh
		);
		let now = Self::now();
		let enough = |(index, party): (usize, &syngraph_primitives::Party<_, _>)| {
			party.escrow >= Self::least_escrow(terms, prices, index, now)
		};
		ensure!(
			terms.users.iter().enumerate().all(enough),
			Error::<T>::EscrowTooSmall
		);
		Ok(())
	}

	/// Whether everybody whom the terms name is registered.
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
			Self::check_answers(source)?;
		}
		let mut named = terms.intermediaries().chain(terms.spares());
		ensure!(
			named.all(|intermediary| T::Directory::operator(intermediary).is_some()),
			Error::<T>::UnknownIntermediary
		);
		Ok(())
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
		prices: Prices<BalanceOf<T>>,
		phase: Phase<BlockNumberFor<T>>,
	) -> Result<AgreementOf<T>, DispatchError> {
		let bytes = T::ByteDeposit::get().saturating_mul((terms.encoded_size() as u32).into());
		let deposit = T::ProposalDeposit::get().saturating_add(bytes);
		Self::hold_deposit(&proposer, deposit)?;
		let nothing = BoundedVec::truncate_from(vec![0u32.into(); terms.users.len()]);
		Self::deposit_event(Event::Proposed {
			agreement: id,
			proposer: proposer.clone(),
		});
		Ok(Agreement {
			proposer,
			deposit,
			prices,
			phase,
			funds: nothing.clone(),
			accrued: Accrued::nothing(terms.reaction.len()),
			paid: nothing,
			paid_at: Self::now(),
			consented: BoundedVec::new(),
			roster: Default::default(),
			left: BoundedVec::new(),
			resignations: BoundedVec::new(),
			absences: BoundedVec::new(),
			retained: Self::now(),
			feeds: BoundedVec::new(),
			replaced: 0,
			replacing: None,
			times: (0, Timestamp::MAX),
			grounds: Default::default(),
			progress: Default::default(),
			history: Default::default(),
			disputed: None,
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
		Self::deposit_rounds(terms, agreement)?;
		for entity in Self::entities(terms, agreement) {
			T::Directory::acquire(&entity)?;
		}
		for party in &terms.users {
			let spares = party.spares.iter().map(|spare| (*spare, true));
			let members = party.intermediaries.iter().map(|member| (*member, false));
			for (intermediary, is_spare) in members.chain(spares) {
				Self::bind(id, terms, agreement, &party.user, intermediary, is_spare)?;
			}
		}
		let feeds: Vec<Feed> = terms.sensors.iter().copied().map(Feed::from).collect();
		agreement.feeds = BoundedVec::truncate_from(feeds);
		for source in &terms.sensors {
			T::Directory::acquire(&Entity::Sensor(source.sensor))?;
			AgreementsOfSensor::<T>::insert(source.sensor, id, source.start);
		}
		agreement.roster = Self::first_roster(terms);
		agreement.retained = Self::now();
		agreement.paid_at = Self::now();
		agreement.times = Self::times_of(terms);
		let schemas = Self::schemas_of(agreement.feeds.iter().map(|feed| feed.sensor))?;
		agreement.grounds = grounds(agreement.times, &schemas);
		Self::deposit_event(Event::Activated { agreement: id });
		Ok(())
	}

	/// What the sensors declared. It stays so while agreements need them, and a sensor that takes another's place
	/// declared the same.
	pub(crate) fn schemas_of(
		sensors: impl Iterator<Item = SensorId>,
	) -> Result<Vec<Schema>, Error<T>> {
		let schemas = sensors.map(T::Directory::sensor_schema);
		schemas.collect::<Option<_>>().ok_or(Error::UnknownSensor)
	}

	/// Binds an intermediary that is alive, and whose operator offers or accepted these terms.
	fn bind(
		id: AgreementId,
		terms: &TermsOf<T>,
		agreement: &AgreementOf<T>,
		user: &T::AccountId,
		intermediary: IntermediaryId,
		is_spare: bool,
	) -> DispatchResult {
		let consented = agreement.consented.contains(&intermediary);
		if !consented {
			let offer = T::Directory::offer(intermediary).ok_or(Error::<T>::NoOffer)?;
			let fits = offer.check(terms, is_spare, Self::now());
			fits.map_err(Error::<T>::from)?;
		}
		ensure!(T::Directory::is_alive(intermediary), Error::<T>::NotAlive);
		let binding = Binding {
			agreement: id,
			intermediary,
			user: user.clone(),
			consented,
		};
		T::Directory::bind(&binding, terms.penalty)?;
		AgreementsOf::<T>::insert(intermediary, id, ());
		Ok(())
	}

	/// The earliest and the latest time of a message that counts, if the agreement comes into force now.
	fn times_of(terms: &TermsOf<T>) -> (Timestamp, Timestamp) {
		let (now, drift) = (T::Time::now(), terms.limits.drift);
		let blocks = terms.limits.ends_at.saturating_sub(Self::now());
		let blocks: u64 = blocks.saturated_into();
		let length = blocks.saturating_mul(T::SlotMillis::get());
		(
			now.saturating_sub(drift),
			now.saturating_add(length).saturating_add(drift),
		)
	}

	/// Sets free what an agreement that was active needed.
	pub(crate) fn deactivate(id: AgreementId, terms: &TermsOf<T>, agreement: &AgreementOf<T>) {
		for entity in Self::entities(terms, agreement) {
			T::Directory::relinquish(&entity);
		}
		for intermediary in bound::<T>(terms, agreement) {
			T::Directory::release(&id, intermediary);
			AgreementsOf::<T>::remove(intermediary, id);
		}
		for feed in &agreement.feeds {
			AgreementsOfSensor::<T>::remove(feed.sensor, id);
		}
	}

	/// The users and sensors that the agreement needs.
	fn entities<'a>(
		terms: &'a TermsOf<T>,
		agreement: &'a AgreementOf<T>,
	) -> impl Iterator<Item = Entity<T::AccountId>> + 'a {
		let users = terms
			.users
			.iter()
			.map(|party| Entity::User(party.user.clone()));
		let sensors = agreement.feeds.iter();
		users.chain(sensors.map(|feed| Entity::Sensor(feed.sensor)))
	}
}
