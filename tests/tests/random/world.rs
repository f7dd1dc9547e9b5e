//! A chain on which random things happen.

use sp_runtime::ApplyExtrinsicResult;
use syngraph_runtime::{AccountId, BlockNumber, RuntimeCall, UncheckedExtrinsic};
use syngraph_tests::{chain, Chain};

use crate::{
	cast::{Cast, Move},
	checks::{check_empty, Before},
	ending,
	heard::Seen,
	rng::Rng,
	rulings::Open,
	settled::{Book, Ledger},
	tally::Tally,
	watch::{Stand, Watch},
};

/// A chain, those who act on it, and what became of what they did.
pub struct World<'a> {
	/// The chain.
	pub chain: Chain,
	/// Those who act.
	pub cast: Cast,
	watch: Watch,
	book: Book,
	tally: &'a mut Tally,
	seed: u64,
	steps: u64,
	step: u64,
	last: Option<Move>,
}

impl<'a> World<'a> {
	/// A new chain, on which so many things will happen. All follows from the seed.
	pub fn new(seed: u64, steps: u64, tally: &'a mut Tally) -> Self {
		let mut chain = Chain::new();
		let cast = Cast::new(chain.genesis(), Rng::new(seed));
		chain.begin();
		Self {
			chain,
			cast,
			watch: Watch::default(),
			book: Book::default(),
			tally,
			seed,
			steps,
			step: 0,
			last: None,
		}
	}

	/// Does random things, and winds everything up.
	pub fn play(&mut self) {
		for _ in 0..self.steps {
			let next = self.chain.read(|| self.cast.next());
			self.take(next);
		}
		ending::wind_up(self);
		self.chain.read(check_empty);
	}

	/// Makes a move, and checks what must hold after it.
	fn take(&mut self, next: Move) -> Option<ApplyExtrinsicResult> {
		self.step += 1;
		self.tally.steps += 1;
		self.last = Some(next.clone());
		let mut before = self.chain.read(Before::now);
		let (stand, ledger) = self.chain.read(|| (Stand::now(), Ledger::now()));
		let (seen, open) = self.chain.read(|| (Seen::now(), Open::now()));
		let result = match next.clone() {
			Move::Pass(blocks) => {
				self.pass(blocks);
				before = before.another_block();
				None
			},
			Move::Signed(who, call) => {
				let pair = self.cast.pair(who.as_ref());
				let signed = self.chain.sign(pair, call.clone());
				Some(self.apply(&call, signed))
			},
			Move::General(call) => {
				let result = self.apply(&call, chain::general(call.clone()));
				// It could be tried again and again, at no cost: so it is refused, or it succeeds.
				assert!(!matches!(result, Ok(Err(_))), "{result:?}");
				Some(result)
			},
		};
		let events: Vec<_> = self.chain.read(|| before.events().collect());
		self.tally.note_events(&events);
		self.chain.read(|| {
			before.check();
			seen.check();
			self.watch.check(&stand, &next, &events);
			self.book.check(&ledger, &events);
			open.check(&next, &events);
		});
		result
	}

	fn apply(
		&mut self,
		call: &RuntimeCall,
		transaction: UncheckedExtrinsic,
	) -> ApplyExtrinsicResult {
		let result = self.chain.apply(transaction);
		self.tally.note(call, &result);
		result
	}

	/// Lets blocks pass: the one that was begun ends, nothing happens in all others but the last, and the
	/// last begins.
	fn pass(&mut self, blocks: BlockNumber) {
		self.chain.finish();
		self.chain.skip(blocks - 1);
		self.chain.begin();
		self.tally.blocks += 1;
	}

	/// Has an account sign a call that must succeed.
	pub fn must(&mut self, who: AccountId, call: impl Into<RuntimeCall>) {
		let result = self.take(Move::Signed(who, call.into()));
		assert_eq!(result, Some(Ok(Ok(()))), "it must be possible");
	}

	/// Submits a call that nobody signs and that must succeed.
	pub fn must_go(&mut self, call: impl Into<RuntimeCall>) {
		let result = self.take(Move::General(call.into()));
		assert_eq!(result, Some(Ok(Ok(()))), "it must be possible");
	}

	/// Lets all blocks before `number` pass.
	pub fn reach(&mut self, number: BlockNumber) {
		let now = self.chain.number();
		if number > now {
			self.take(Move::Pass(number - now));
		}
	}
}

impl Drop for World<'_> {
	fn drop(&mut self) {
		if std::thread::panicking() {
			let Self {
				seed,
				steps,
				step,
				last,
				..
			} = self;
			eprintln!("SEED={seed} STEPS={steps} fails in step {step}: {last:?}");
		}
	}
}
