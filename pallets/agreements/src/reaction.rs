//! What follows at once from a settled result: what the reaction logs, and what it asks of devices.

use syngraph_primitives::{AgreementId, ResultValue, SensorId, Step, WindowIndex};

use crate::{AgreementOf, Config, Event, Pallet, TermsOf};

/// A result that settles.
pub(crate) struct SettledResult<'a, T: Config> {
	pub(crate) id: AgreementId,
	pub(crate) window: WindowIndex,
	pub(crate) result: ResultValue,
	pub(crate) terms: &'a TermsOf<T>,
	pub(crate) agreement: &'a AgreementOf<T>,
}

impl<T: Config> SettledResult<'_, T> {
	/// Takes the steps of the reaction, in their order. What they move has accrued, and is paid out later.
	pub(crate) fn react(&self) {
		let (agreement, window, result) = (self.id, self.window, self.result);
		for step in &self.terms.reaction {
			match step {
				Step::Transfer { .. } => (),
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
}
