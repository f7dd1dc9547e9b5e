//! What the registry tells.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
	/// What happened in the registry.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A user was registered.
		UserRegistered {
			/// The user.
			user: T::AccountId,
			/// The account that signs terms off-chain in its name.
			signer: T::AccountId,
		},
		/// A user changed its name.
		UserUpdated {
			/// The user.
			user: T::AccountId,
		},
		/// A user's terms will be signed by another account.
		UserKeyRotated {
			/// The user.
			user: T::AccountId,
			/// The first block in which the new signer counts.
			from_block: BlockNumberFor<T>,
			/// The new signer.
			signer: T::AccountId,
		},
		/// Nobody will sign terms for a user any more.
		UserRevoked {
			/// The user.
			user: T::AccountId,
			/// The first block in which it has no signer.
			from_block: BlockNumberFor<T>,
		},
		/// A user was deregistered.
		UserDeregistered {
			/// The user.
			user: T::AccountId,
		},
		/// A sensor was registered.
		SensorRegistered {
			/// The sensor.
			sensor: SensorId,
			/// Its owner.
			owner: T::AccountId,
			/// The key that signs its messages.
			key: ed25519::Public,
		},
		/// A sensor's schema was replaced.
		SensorUpdated {
			/// The sensor.
			sensor: SensorId,
		},
		/// A sensor's messages will be signed with another key.
		SensorKeyRotated {
			/// The sensor.
			sensor: SensorId,
			/// The sequence number of the first message signed with the new key.
			from_sequence: Sequence,
			/// The new key.
			key: ed25519::Public,
		},
		/// A sensor signed two messages with one number. No new message of it is accepted until its owner
		/// rotates its key.
		SensorSuspended {
			/// The sensor.
			sensor: SensorId,
			/// The number, which counts as never sent from now on; none if it is not known which one it is.
			sequence: Option<Sequence>,
			/// What the owner paid out of the sensor's deposit.
			fee: BalanceOf<T>,
		},
		/// Numbers under which a sensor signed different messages count as never sent. Its owner does not answer for
		/// them: the key that signed them is not its own any more.
		SensorDisowned {
			/// The sensor.
			sensor: SensorId,
			/// The first of the numbers.
			from_sequence: Sequence,
		},
		/// No more messages of a sensor are valid: its owner said so, or it signed two messages with one
		/// number again and again.
		SensorRevoked {
			/// The sensor.
			sensor: SensorId,
			/// The sequence number of the first message that is not valid.
			from_sequence: Sequence,
			/// What the owner paid out of the sensor's deposit.
			fee: BalanceOf<T>,
		},
		/// A sensor was deregistered.
		SensorDeregistered {
			/// The sensor.
			sensor: SensorId,
		},
		/// An intermediary was registered.
		IntermediaryRegistered {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The account that runs it.
			operator: T::AccountId,
			/// The key with which it signs.
			key: sr25519::Public,
			/// Its bond.
			bond: BalanceOf<T>,
		},
		/// An intermediary's endpoint was replaced.
		IntermediaryUpdated {
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// An intermediary will sign with another key.
		IntermediaryKeyRotated {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The first block in which the new key counts.
			from_block: BlockNumberFor<T>,
			/// The new key.
			key: sr25519::Public,
		},
		/// What an intermediary signs will not be valid any more.
		IntermediaryRevoked {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The first block in which it has no key.
			from_block: BlockNumberFor<T>,
		},
		/// An intermediary may be named on these terms, whatever it offered before.
		OfferPublished {
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// An intermediary may only be named with its operator's consent from now on.
		OfferWithdrawn {
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// An intermediary was deregistered.
		IntermediaryDeregistered {
			/// The intermediary.
			intermediary: IntermediaryId,
		},
		/// An intermediary's bond has grown.
		Bonded {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// By how much.
			amount: BalanceOf<T>,
		},
		/// A part of an intermediary's bond is being unbonded.
		Unbonding {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// How much.
			amount: BalanceOf<T>,
			/// The first block in which it can be withdrawn.
			due: BlockNumberFor<T>,
		},
		/// Parts of an intermediary's bond went back to its operator.
		Withdrawn {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// How much in all.
			amount: BalanceOf<T>,
		},
		/// An intermediary's bond was paid to those that a verdict names.
		Slashed {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The agreement that it was liable to.
			agreement: AgreementId,
			/// How much of it in all.
			amount: BalanceOf<T>,
		},
		/// A fee was taken out of an intermediary's bond.
		Charged {
			/// The intermediary.
			intermediary: IntermediaryId,
			/// The agreement that it was liable to.
			agreement: AgreementId,
			/// How much.
			fee: BalanceOf<T>,
		},
	}
}
