//! Which windows are to be worked on, and whose messages that takes.

use syngraph_primitives::{BlockNumber, WindowIndex};

use super::{Session, MAX_OPEN, PATIENCE};

impl Session {
	/// The windows that are to be computed next, whichever can be, the more urgent one first: that in dispute,
	/// and the lowest other one, if there is room for another round.
	///
	/// Windows that are decided are passed over, but not those that all others claim to be done with: they
	/// would only have to claim it of windows that are yet to come.
	pub fn wanted(&self) -> impl Iterator<Item = WindowIndex> {
		let disputed = self.disputed();
		let lowest = self.lowest().filter(|lowest| Some(*lowest) != disputed);
		disputed.into_iter().chain(lowest)
	}

	/// The window in dispute, if nothing was said about it here and it is not too late for it.
	pub fn disputed(&self) -> Option<WindowIndex> {
		let case = self.case.as_ref()?;
		let same = case.roster == self.epoch.roster.number
			&& self.version(case.window) == Some(case.version);
		let open = self.place().is_some() && !self.is_listening() && same;
		(open && self.can_open(case.window)).then_some(case.window)
	}

	/// The lowest window that is to be computed, if there is room for another round.
	pub(super) fn lowest(&self) -> Option<WindowIndex> {
		let full = self.open().count() >= MAX_OPEN;
		if self.place().is_none() || !self.in_force || self.is_listening() || full {
			return None;
		}
		let first = self.epoch.next.max(self.progress.base());
		let first = first.max(self.epoch.gone);
		self.reopenable()
			.chain(first..self.progress.end())
			.find(|window| self.can_open(*window))
	}

	/// The windows, in ascending order, for which a round can be opened although the next one was: those that all
	/// were done with are not opened again but in a dispute.
	pub(super) fn reopenable(&self) -> impl Iterator<Item = WindowIndex> + '_ {
		let known = self.epoch.said.range(self.epoch.gone..);
		known
			.filter(|(_, said)| !said.is_over())
			.map(|(window, _)| *window)
			.filter(|window| self.can_open(*window))
	}

	/// The lowest window that is neither over nor decided and is not worked on only because a sensor is suspended: it
	/// is taken up again when there is another key.
	fn waiting(&self) -> Option<WindowIndex> {
		let known = self.epoch.said.range(self.epoch.gone..);
		let mut waiting = known.filter(|(window, said)| {
			let open = self.epoch.rounds.contains_key(window);
			!open && !said.is_over() && self.progress.check(**window).is_ok()
		});
		let found = waiting.find(|(window, _)| self.versions.awaits_key(**window));
		found.map(|(window, _)| *window)
	}

	/// The lowest window that is to be taken up again although the next one was opened, now or when a sensor has
	/// another key.
	pub(super) fn unfinished(&self) -> Option<WindowIndex> {
		let reopenable = self.reopenable().next();
		reopenable.into_iter().chain(self.waiting()).min()
	}

	/// The windows, first and last, whose missing messages are to be asked for: a peer has them, and the
	/// sensors had the time to send them here, too.
	pub fn lacks(&self) -> Option<(WindowIndex, WindowIndex)> {
		let waited = |since: BlockNumber| self.now >= since.saturating_add(PATIENCE);
		let behind = self.behind.as_ref();
		let behind =
			behind.filter(|behind| waited(behind.since) && self.lowest() == Some(behind.window));
		let case = self.case.as_ref().filter(|case| waited(case.opened));
		let disputed = self.disputed().filter(|_| case.is_some());
		let first = behind.map(|behind| behind.window);
		let last = behind.map(|behind| behind.last);
		let first = first.into_iter().chain(disputed).min()?;
		Some((first, last.into_iter().chain(disputed).max()?))
	}

	/// The lowest window whose messages may still be needed, if any. A spare needs those with which it
	/// would begin if it stepped in.
	pub fn needs(&self) -> Option<WindowIndex> {
		let own = match self.place() {
			Some(_) => self.epoch.needs(self.unfinished()),
			None => self.epoch.roster.since,
		};
		let own = self.in_force.then(|| own.max(self.progress.base()));
		let disputed = self.case.as_ref().map(|case| case.window);
		own.into_iter().chain(disputed).min()
	}
}
