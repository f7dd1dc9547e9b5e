//! An access server that wants more than it gives.

use std::cell::{Cell, RefCell};

use syngraph_payer::{
	Answer, ChannelInfo, ChannelState, Environment, Error, Hex, Info, Order, Password, Payments,
	Pending, Problem, Record, Service, SignedReceipt, Signer,
};
use syngraph_primitives::{ChannelId, GenesisHash, Payer};
use syngraph_runtime::Balance;

use crate::machine::{block_on, channel, key, on_chain, order, payee, FUNDS, GENESIS, PRICE};

/// A server that says whatever a test wants, and keeps what it is given.
struct Liar {
	info: Info,
	claims: Cell<Balance>,
	shows: RefCell<Option<SignedReceipt>>,
	/// How it refuses every receipt.
	problem: &'static str,
	/// Whether it goes on from what it was given.
	greedy: bool,
	given: RefCell<Vec<SignedReceipt>>,
}

impl Liar {
	fn new(problem: &'static str) -> Self {
		let service = Service {
			device: "charger".into(),
			service: "fast".into(),
			price: PRICE,
			slot_seconds: 5,
		};
		Self {
			info: Info {
				genesis: GENESIS,
				payee: payee(),
				margin: 0,
				services: vec![service],
			},
			claims: Cell::new(0),
			shows: RefCell::default(),
			problem,
			greedy: false,
			given: RefCell::default(),
		}
	}

	/// The most that it was given a receipt for.
	fn best(&self) -> Balance {
		let given = self.given.borrow();
		let amounts = given.iter().map(|receipt| receipt.receipt.amount);
		amounts.max().unwrap_or(0)
	}
}

impl Environment for &Liar {
	async fn info(&self) -> Result<Info, Error> {
		Ok(self.info.clone())
	}

	async fn channel_info(&self, _: ChannelId) -> Result<ChannelInfo, Error> {
		Ok(ChannelInfo {
			amount: self.claims.get(),
			receipt: self.shows.borrow().clone().map(Hex),
			expires: 1_000,
			closing: None,
			accepts_until: 1_000,
		})
	}

	async fn channel(&self, _: ChannelId) -> Result<ChannelState, Error> {
		Ok(ChannelState {
			genesis: GENESIS,
			block: 100,
			channel: on_chain(Payer::Direct),
		})
	}

	async fn buy(&self, pending: &Pending) -> Result<Password, Error> {
		self.remind(&pending.order, &pending.receipt.0, pending.price)
			.await?;
		unreachable!("it refuses everything")
	}

	async fn remind(&self, _: &Order, receipt: &SignedReceipt, _: Balance) -> Result<(), Error> {
		self.given.borrow_mut().push(receipt.clone());
		if self.greedy {
			self.claims.set(receipt.receipt.amount);
			self.shows.replace(Some(receipt.clone()));
		}
		Err(Error::Refused(Problem {
			kind: format!("/problems/{}", self.problem),
			title: String::new(),
			status: 409,
			detail: None,
			retry_after: None,
		}))
	}

	async fn show(
		&self,
		_: &str,
		_: &str,
		_: &Password,
		_: Option<&Password>,
	) -> Result<Answer, Error> {
		Ok(Answer::Wrong)
	}

	fn save(&self, _: &Record) -> Result<(), Error> {
		Ok(())
	}
}

fn signer() -> Signer {
	Signer::alone(key("Client"))
}

fn payments(liar: &Liar) -> Payments<&Liar> {
	Payments::new(liar, signer(), Record::new(channel()))
}

fn buy(payments: &mut Payments<&Liar>) -> Error {
	block_on(payments.buy(&order(), PRICE)).unwrap_err()
}

#[test]
fn whoever_withholds_passwords_gets_one_receipt() {
	for problem in ["stale-amount", "wrong-price", "quota-exceeded", "closing"] {
		let liar = Liar {
			greedy: true,
			..Liar::new(problem)
		};
		let mut payments = payments(&liar);
		for _ in 0..20 {
			buy(&mut payments);
			assert_eq!(liar.best(), PRICE, "{problem}");
		}
		// Whoever gives it up risks one more.
		payments.complete().unwrap();
		for _ in 0..20 {
			buy(&mut payments);
			assert_eq!(liar.best(), 2 * PRICE, "{problem}");
		}
	}
}

#[test]
fn a_rising_price_is_not_paid_twice() {
	let mut liar = Liar::new("wrong-price");
	let mut record = Record::new(channel());
	for price in [1, 5, 3, 9] {
		liar.info.services[0].price = price;
		let mut payments = Payments::new(&liar, signer(), record);
		buy(&mut payments);
		record = payments.record().clone();
	}
	assert_eq!(liar.best(), 9);
	liar.info.services[0].price = PRICE + 1;
	let mut payments = Payments::new(&liar, signer(), record);
	assert!(matches!(buy(&mut payments), Error::TooExpensive { .. }));
	assert_eq!(liar.best(), 9);
}

#[test]
fn what_is_claimed_must_be_shown() {
	let liar = Liar::new("stale-amount");
	liar.claims.set(50);
	let other = Signer::alone(key("Other"));
	let here = channel();
	let shown = [
		None,
		Some(other.sign(&GENESIS, here, 50)),
		Some(signer().sign(&GENESIS, here, 49)),
		Some(signer().sign(&GenesisHash::zero(), here, 50)),
		Some(signer().sign(&GENESIS, ChannelId::zero(), 50)),
	];
	for receipt in shown {
		liar.shows.replace(receipt);
		assert!(matches!(
			buy(&mut payments(&liar)),
			Error::Unproven { claimed: 50, .. }
		));
	}
	assert!(liar.given.borrow().is_empty());
	liar.shows.replace(Some(signer().sign(&GENESIS, here, 50)));
	assert!(matches!(buy(&mut payments(&liar)), Error::Withheld(_)));
	assert_eq!(liar.best(), 50 + PRICE);
}

#[test]
fn a_server_of_another_chain_or_account_gets_nothing() {
	let mut liar = Liar::new("closing");
	liar.info.genesis = GenesisHash::zero();
	assert!(matches!(buy(&mut payments(&liar)), Error::OtherChain));
	liar.info.genesis = GENESIS;
	liar.info.payee = key("Other").client();
	assert!(matches!(buy(&mut payments(&liar)), Error::OtherPayee));
	liar.info.services.clear();
	assert!(matches!(
		buy(&mut payments(&liar)),
		Error::NotOffered { .. }
	));
	assert!(liar.given.borrow().is_empty());
}

#[test]
fn nobody_signs_for_more_than_there_is() {
	let liar = Liar::new("closing");
	liar.claims.set(FUNDS);
	liar.shows
		.replace(Some(signer().sign(&GENESIS, channel(), FUNDS)));
	assert!(matches!(buy(&mut payments(&liar)), Error::Overdrawn { .. }));
	assert!(liar.given.borrow().is_empty());
}

#[test]
fn another_slot_waits_for_the_pending_one() {
	let liar = Liar::new("closing");
	let other = Order {
		service: "slow".into(),
		..order()
	};
	let mut record = Record::new(channel());
	let payments_of = |record: &Record| Payments::new(&liar, signer(), record.clone());
	let mut payments = payments_of(&record);
	buy(&mut payments);
	record = payments.record().clone();
	// It was refused: something else may be bought instead, if there is such a thing.
	let refused = block_on(payments_of(&record).buy(&other, PRICE));
	assert!(matches!(refused, Err(Error::NotOffered { .. })));
	record.pending.as_mut().unwrap().stage = syngraph_payer::Stage::Signed;
	let refused = block_on(payments_of(&record).buy(&other, PRICE));
	assert!(matches!(refused, Err(Error::PendingElsewhere(_))));
}
