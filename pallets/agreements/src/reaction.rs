//! What follows from a settled result: the intermediaries' rewards and the steps of the reaction.

use syngraph_primitives::{
	AgreementId, Directory, IntermediaryId, ResultValue, SensorId, Step, WindowIndex,
};

use crate::{AgreementOf, BalanceOf, Config, Event, Pallet, TermsOf};

/// A result that settles.
pub(crate) struct Outcome<'a, T: Config> {
	pub(crate) id: AgreementId,
	pub(crate) window: WindowIndex,
	pub(crate) result: ResultValue,
	pub(crate) terms: &'a TermsOf<T>,
	pub(crate) agreement: &'a mut AgreementOf<T>,
}

impl<T: Config> Outcome<'_, T> {
	/// Rewards every member of the roster from the escrow of the user on whose behalf it computes.
	pub(crate) fn reward(&mut self) {
		let members = self.agreement.roster.members.clone();
		for intermediary in members {
			if let Some(index) = self.terms.named_by(intermediary) {
				self.reward_one(index, intermediary);
			}
		}
	}

	/// Takes the steps of the reaction, in their order.
	pub(crate) fn react(&mut self) {
		let (agreement, window, result, terms) = (self.id, self.window, self.result, self.terms);
		for step in &terms.reaction {
			match step {
				Step::Transfer { from, to, amount } => {
					self.transfer((*from).into(), (*to).into(), amount.of(result))
				},
				Step::Log { label } => Pallet::<T>::deposit_event(Event::Logged {
					agreement,
					window,
					label: label.clone(),
					result,
				}),
				Step::Actuate { sensor, command } => {
					Pallet::<T>::deposit_event(Event::ActuationRequested {
						agreement,
						window,
						sensor: self.in_place_of(*sensor),
						command: command.clone(),
					})
				},
			}
		}
	}

	/// The sensor that is now in the place of one that the terms name.
	fn in_place_of(&self, sensor: SensorId) -> SensorId {
		let mut named = self.terms.sensors.iter();
		let place = named.position(|source| source.sensor == sensor);
		let feed = place.and_then(|place| self.agreement.feeds.get(place));
		feed.map_or(sensor, |feed| feed.sensor)
	}

	fn reward_one(&mut self, index: usize, intermediary: IntermediaryId) {
		// An intermediary of an active agreement is registered, so it has an operator.
		let Some(operator) = T::Directory::operator(intermediary) else {
			return;
		};
		let amount = self.terms.reward;
		if self.pay(index, &operator, amount) {
			Pallet::<T>::deposit_event(Event::Rewarded {
				agreement: self.id,
				window: self.window,
				intermediary,
				operator,
				amount,
			});
		}
	}

	fn transfer(&mut self, from: usize, to: usize, amount: BalanceOf<T>) {
		let users = &self.terms.users;
		let (Some(payer), Some(payee)) = (users.get(from), users.get(to)) else {
			return;
		};
		if self.pay(from, &payee.user, amount) {
			Pallet::<T>::deposit_event(Event::Paid {
				agreement: self.id,
				window: self.window,
				from: payer.user.clone(),
				to: payee.user.clone(),
				amount,
			});
		}
	}

	/// Pays from the escrow of the user at `index`, and says so if that is not possible.
	fn pay(&mut self, index: usize, to: &T::AccountId, amount: BalanceOf<T>) -> bool {
		let paid = Pallet::<T>::pay(self.terms, self.agreement, index, to, amount);
		if let (false, Some(party)) = (paid, self.terms.users.get(index)) {
			Pallet::<T>::deposit_event(Event::Unpaid {
				agreement: self.id,
				window: self.window,
				from: party.user.clone(),
				to: to.clone(),
				amount,
			});
		}
		paid
	}
}
