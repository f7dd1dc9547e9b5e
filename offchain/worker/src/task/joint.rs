//! Contributions to joint signatures, and shares of them.

use syngraph_primitives::Contribution;
use syngraph_protocol::{Input, Plan};

use super::Task;
use crate::{chain::Chain, host::Host, joint::Purse, LOG};

impl<C: Chain, H: Host> Task<'_, C, H> {
	/// What this intermediary contributes to a joint signature in an attempt that begins, if it does.
	pub(super) fn contribute(&mut self, plan: &Plan) -> Option<Contribution> {
		self.drop_if_estranged();
		let session = self.session();
		if !session.contributes(plan) {
			return None;
		}
		let keeps = |span: &_| session.is_open(span);
		self.purse()
			.contribute(self.key, &session.seat(), plan.span, keeps)
	}

	/// Adds the own shares to joint signatures. Tells whether there was any to which one was to be added.
	pub(super) fn sign_jointly(&mut self) -> bool {
		self.drop_if_estranged();
		let mut any = false;
		while let Some(joining) = self.session().joining() {
			let share = self.purse().sign(&self.session().seat(), &joining);
			if share.is_none() {
				let span = &joining.span;
				log::debug!(
					target: LOG, "{:?}: windows {}..{}: there is nothing to sign jointly with",
					self.agreement, span.round.first, span.end,
				);
			}
			self.step(Input::Share(joining.span, share));
			any = true;
		}
		any
	}

	/// Drops what it would sign jointly with if it was heard to say what it does not know of: somebody else may have
	/// that, too.
	fn drop_if_estranged(&mut self) {
		if self.record.session.take_estrangement() {
			log::warn!(
				target: LOG,
				"{:?}: heard of something that was said here and is not known: the state was lost, or is an old one, or \
				 another machine has the same key. Another share of the joint key is drawn",
				self.agreement,
			);
			self.purse().forget();
		}
	}

	fn purse(&self) -> Purse<'_, H> {
		Purse::new(self.host, &self.name())
	}
}
