//! The agreements between the rental service and its insurer.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{bail, ensure, Context, Result};
use pallet_agreements::{Agreements, Call, Pallet, Phase, Prices, Terms as TermsOnChain};
use sp_core::{sr25519, Pair};
use sp_runtime::{BoundedVec, MultiSignature};
use syngraph_client::{account, Head};
use syngraph_primitives::{
	AgreementId, Amount, Function, OnFailure, Party, Payload, QualityOfService, RoundTerms, Source,
	Step, Terms, TimeLimits, WindowShape, MAX_KEPT,
};
use syngraph_runtime::{AccountId, Balance, BlockNumber, Runtime, RuntimeCall, DAYS, MINUTES};

use crate::{
	figures,
	network::{self, text, Network, ABSENCE_FEE, PENALTY, REWARD},
};

/// The rental seconds in a window: the time from every unlocking to the next locking.
pub const FUNCTION: &str = r#"{
	"select": {"kind": "lock"},
	"take": {"durations": {"variable": "locked", "from": false, "to": true, "unit": "second"}},
	"aggregate": "sum"
}"#;
/// How many locks the agreement about several covers.
pub const JOINT: usize = 3;
/// The most seconds of one trip that the insurer is paid for.
const LONGEST_TRIP: u64 = 24 * 60 * 60;
/// How many disputes at their dearest each user can bear besides what the windows of the trips cost it.
const DISPUTES: Balance = 3;
/// How many windows settle at once at most, and for how many blocks the first of them waits for others.
const ROUND: (u32, BlockNumber) = (16, 5);
/// The rental service's place among an agreement's users.
pub const RENTAL: usize = 0;
/// The insurer's.
pub const INSURER: usize = 1;

/// The terms of an agreement on this chain.
pub type ChainTerms = Terms<AccountId, Balance, BlockNumber>;

/// How the users signed an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
	/// The rental service proposed it and the insurer signed it, each by a transaction.
	OnChain,
	/// Both signed the terms off-chain, and a third party created it with their signatures.
	OffChain,
}

/// An agreement of this run.
pub struct Deal {
	/// Its id.
	pub id: AgreementId,
	/// Its terms.
	pub terms: ChainTerms,
	/// The locks it is about, by their place in the network.
	pub locks: Vec<usize>,
	/// How many windows the trips fill.
	pub windows: u64,
	/// How it was signed.
	pub signing: Signing,
}

impl Deal {
	/// What the insurer is paid for so many rental seconds in one window.
	pub fn payment(&self, seconds: u64) -> Balance {
		let (rate, at_most) = self.price();
		rate.saturating_mul(seconds.into()).min(at_most)
	}

	/// The price of a rental second, and the most that one window can cost.
	fn price(&self) -> (Balance, Balance) {
		self.terms
			.reaction
			.iter()
			.find_map(|step| match step {
				Step::Transfer {
					amount: Amount::PerUnit { rate, at_most },
					..
				} => Some((*rate, *at_most)),
				_ => None,
			})
			.unwrap_or_default()
	}
}

/// Makes the agreements of this run, ends those of earlier ones, and has all signed.
pub async fn conclude(network: &Network, shape: WindowShape, rate: Balance) -> Result<Vec<Deal>> {
	let (now, _) = network.client.head(Head::Best).await?;
	let drafts = Drafts {
		network,
		shape,
		rate,
		now,
		nonce: nonce(),
	};
	let mut deals: Vec<_> = (0..network.locks.len())
		.map(|lock| drafts.deal(vec![lock]))
		.collect();
	if network.locks.len() >= JOINT {
		deals.push(drafts.deal((0..JOINT).collect()));
	}
	for deal in &deals {
		if let Err(error) = deal.terms.check() {
			bail!("agreements on these terms make no sense: {error:?}");
		}
	}
	end_earlier(network).await?;
	let penalties = deals.iter().map(|deal| deal.terms.penalty).sum();
	network.bond(penalties).await?;
	let escrow = |user: usize| {
		deals
			.iter()
			.map(|deal| deal.terms.users[user].escrow)
			.sum::<Balance>()
	};
	network.fund(escrow(RENTAL), escrow(INSURER)).await?;
	let (signed, created) = tokio::join!(sign_on_chain(network, &deals), create(network, &deals));
	signed.context("cannot propose and sign the agreements")?;
	created.context("cannot create the agreements")?;
	Ok(deals)
}

/// What all agreements of a run have in common.
struct Drafts<'a> {
	network: &'a Network,
	shape: WindowShape,
	rate: Balance,
	now: BlockNumber,
	nonce: u64,
}

impl Drafts<'_> {
	/// The agreement about these locks.
	fn deal(&self, locks: Vec<usize>) -> Deal {
		let bikes = locks.iter().map(|lock| &self.network.locks[*lock].bike);
		let windows = bikes
			.clone()
			.map(|bike| figures::full_windows(self.shape, bike.trips.len()))
			.min()
			.unwrap_or(0);
		let seconds: u64 = (0..windows)
			.flat_map(|window| bikes.clone().map(move |bike| (window, bike)))
			.map(|(window, bike)| {
				let trips = figures::trips_in(self.shape, window);
				bike.trips[trips]
					.iter()
					.map(|trip| trip.elapsed())
					.sum::<u64>()
			})
			.sum();
		let mut terms = self.terms(&locks);
		// As many as there will be, so that they can be compared with what settled.
		terms.rounds.kept = windows.clamp(1, MAX_KEPT.into()) as u32;
		let prices = Pallet::<Runtime>::prices(&terms, &vec![network::schema(); locks.len()]);
		terms.limits.answer = Pallet::<Runtime>::least_answer(&terms).max(MINUTES);
		terms.penalty = prices.dispute.max(PENALTY);
		self.put_escrow(&mut terms, &prices, windows, seconds);
		// Every other one is signed off-chain.
		let signing = match locks[0] % 2 {
			0 => Signing::OnChain,
			_ => Signing::OffChain,
		};
		Deal {
			id: terms.id(&self.network.client.genesis()),
			terms,
			locks,
			windows,
			signing,
		}
	}

	fn terms(&self, locks: &[usize]) -> ChainTerms {
		let trips = u64::from(self.shape.size / 2).max(1) * locks.len() as u64;
		let sources = locks
			.iter()
			.map(|lock| &self.network.locks[*lock])
			.map(|lock| Source {
				sensor: lock.sensor,
				start: lock.start,
			});
		Terms {
			users: BoundedVec::truncate_from(self.parties()),
			sensors: BoundedVec::truncate_from(sources.collect()),
			window: self.shape,
			function: Function::Pipeline(BoundedVec::truncate_from(FUNCTION.into())),
			quality_of_service: QualityOfService::NoProof,
			reaction: BoundedVec::truncate_from(vec![
				Step::Transfer {
					from: RENTAL as u8,
					to: INSURER as u8,
					amount: Amount::PerUnit {
						rate: self.rate,
						at_most: self.rate.saturating_mul((LONGEST_TRIP * trips).into()),
					},
				},
				Step::Log {
					label: text("rental seconds"),
				},
			]),
			reward: REWARD,
			// An agreement of a day that settles or not: what counts here is what is done.
			retainer: 0,
			spare_retainer: 0,
			penalty: PENALTY,
			absence_fee: ABSENCE_FEE,
			on_failure: OnFailure::GoOn,
			rounds: RoundTerms {
				most: ROUND.0,
				patience: ROUND.1,
				leader: None,
				kept: MAX_KEPT,
			},
			limits: TimeLimits {
				sign_by: self.now + 10 * MINUTES,
				starts_at: self.now,
				ends_at: self.now + DAYS,
				notice: MINUTES,
				// It would cost less to be paid by the hour, but there would be less to see.
				payout: MINUTES,
				answer: MINUTES,
				// The trips are of another year.
				drift: u64::MAX,
			},
			// So that two runs, or two agreements of one run, are never the same.
			nonce: self.nonce,
		}
	}

	/// The two users; the intermediaries are theirs in turn.
	fn parties(&self) -> Vec<Party<AccountId, Balance>> {
		let users = [&self.network.rental, &self.network.insurer];
		let of = |user: usize| {
			self.network
				.intermediaries
				.iter()
				.map(|(id, _)| *id)
				.skip(user)
				.step_by(users.len())
		};
		users
			.iter()
			.enumerate()
			.map(|(index, user)| Party {
				user: account(user),
				intermediaries: BoundedVec::truncate_from(of(index).collect()),
				spares: BoundedVec::new(),
				escrow: 0,
			})
			.collect()
	}

	/// Has each user put in what the windows of the trips cost it if each of them is a round and is paid for at once,
	/// and a few disputes, and one more window with any result.
	fn put_escrow(
		&self,
		terms: &mut ChainTerms,
		prices: &Prices<Balance>,
		windows: u64,
		seconds: u64,
	) {
		let rental: Balance = self.rate.saturating_mul(seconds.into());
		for index in [RENTAL, INSURER] {
			let least = Pallet::<Runtime>::least_escrow(terms, prices, index, self.now);
			let each = terms
				.cost(index, 0)
				.saturating_add(prices.settlement)
				.saturating_add(prices.payout);
			let paid = if index == RENTAL { rental } else { 0 };
			terms.users[index].escrow = each
				.saturating_mul(windows.into())
				.saturating_add(paid)
				.saturating_add(prices.dispute.saturating_mul(DISPUTES))
				.saturating_add(least);
		}
	}
}

/// Proposes agreements as the rental service, and signs them as the insurer.
async fn sign_on_chain(network: &Network, deals: &[Deal]) -> Result<()> {
	let chosen = || deals.iter().filter(|deal| deal.signing == Signing::OnChain);
	let propose = |deal: &Deal| {
		Call::<Runtime>::propose {
			terms: deal.terms.clone(),
		}
		.into()
	};
	let sign = |deal: &Deal| Call::<Runtime>::sign { agreement: deal.id }.into();
	network
		.execute_all(&network.rental, chosen().map(propose).collect())
		.await?;
	network
		.execute_all(&network.insurer, chosen().map(sign).collect())
		.await?;
	println!(
		"agreements proposed by the rental service and signed by the insurer: {}",
		chosen().count()
	);
	Ok(())
}

/// Creates agreements with the signatures that both users made off-chain.
async fn create(network: &Network, deals: &[Deal]) -> Result<()> {
	let signatures = |terms: &ChainTerms| {
		let bytes = terms.signing_bytes(&network.client.genesis());
		let by = |key: &sr25519::Pair| MultiSignature::Sr25519(key.sign(&bytes));
		BoundedVec::truncate_from(vec![by(&network.rental), by(&network.insurer)])
	};
	let calls: Vec<RuntimeCall> = deals
		.iter()
		.filter(|deal| deal.signing == Signing::OffChain)
		.map(|deal| {
			let (terms, signatures) = (deal.terms.clone(), signatures(&deal.terms));
			let consents = BoundedVec::new();
			Call::<Runtime>::create {
				terms,
				signatures,
				consents,
			}
			.into()
		})
		.collect();
	let count = calls.len();
	network.execute_all(&network.funder, calls).await?;
	println!("agreements created with both users' off-chain signatures: {count}");
	Ok(())
}

/// Has all that is owed paid out, at the cost of somebody who has no part in it. Returns a block by which that is done.
pub async fn pay_out(network: &Network, deals: &[Deal]) -> Result<BlockNumber> {
	loop {
		let mut calls = Vec::<RuntimeCall>::new();
		for Deal { id, .. } in deals {
			let agreement = network
				.client
				.map::<Agreements<Runtime>, _, _>(id, None)
				.await?;
			if agreement.is_some_and(|agreement| !agreement.accrued.is_nothing()) {
				calls.push(Call::<Runtime>::payout { agreement: *id }.into());
			}
		}
		if calls.is_empty() {
			return Ok(network.client.head(Head::Best).await?.0);
		}
		// A dispute that is closed meanwhile may have paid out what is asked for here.
		network.try_all(&network.funder, calls).await?;
	}
}

/// An agreement of an earlier run that has not ended.
struct Earlier {
	id: AgreementId,
	phase: Phase<BlockNumber>,
	/// How many blocks after its last one it can be closed.
	answer: BlockNumber,
}

/// Ends the agreements of earlier runs: they would go on with the new messages.
async fn end_earlier(network: &Network) -> Result<()> {
	let earlier = earlier(network).await?;
	if earlier.is_empty() {
		return Ok(());
	}
	let (now, _) = network.client.head(Head::Best).await?;
	let mut calls = [Vec::<RuntimeCall>::new(), Vec::new()];
	for Earlier { id, phase, .. } in &earlier {
		let agreement = *id;
		match phase {
			Phase::Proposed { .. } => {
				calls[RENTAL].push(Call::<Runtime>::cancel { agreement }.into());
			},
			Phase::Active { consents, ends, .. } if now < *ends => {
				for index in [RENTAL, INSURER] {
					if !consents.contains(index) {
						calls[index].push(Call::<Runtime>::consent_to_end { agreement }.into());
					}
				}
			},
			_ => (),
		}
	}
	let [rental, insurer] = calls;
	network.execute_all(&network.rental, rental).await?;
	network.execute_all(&network.insurer, insurer).await?;
	close(network, &earlier).await?;
	println!(
		"agreements of earlier runs that were ended, with their escrow back: {}",
		earlier.len()
	);
	Ok(())
}

/// The agreements of earlier runs that have not ended.
async fn earlier(network: &Network) -> Result<Vec<Earlier>> {
	let users = [account(&network.rental), account(&network.insurer)];
	let mut earlier = Vec::new();
	for (id, agreement) in network.client.list::<Agreements<Runtime>>(None).await? {
		let terms = network
			.client
			.map::<TermsOnChain<Runtime>, _, _>(&id, None)
			.await?;
		let ours = terms
			.filter(|terms| terms.users.iter().map(|party| &party.user).eq(users.iter()))
			.filter(|_| !matches!(agreement.phase, Phase::Ended { .. }));
		earlier.extend(ours.map(|terms| Earlier {
			id,
			phase: agreement.phase,
			answer: terms.limits.answer,
		}));
	}
	Ok(earlier)
}

/// Closes those that were in force, whose last block has come: once the rounds that may be under way had their time.
async fn close(network: &Network, earlier: &[Earlier]) -> Result<()> {
	let in_force = |earlier: &&Earlier| matches!(earlier.phase, Phase::Active { .. });
	let in_force = earlier.iter().filter(in_force);
	if let Some(answer) = in_force.clone().map(|earlier| earlier.answer).max() {
		let (now, _) = network.client.head(Head::Best).await?;
		println!("waiting for what is under way in agreements of earlier runs ...");
		let mut later = network.client.blocks(Head::Best, now + answer);
		later.next().await?;
		let close = |earlier: &Earlier| {
			let agreement = earlier.id;
			Call::<Runtime>::close { agreement }.into()
		};
		// One whose escrow was used up meanwhile has ended.
		network
			.try_all(&network.rental, in_force.map(close).collect())
			.await?;
	}
	let left = self::earlier(network).await?;
	ensure!(
		left.is_empty(),
		"agreements of earlier runs cannot be ended"
	);
	Ok(())
}

fn nonce() -> u64 {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |elapsed| elapsed.as_millis() as u64)
}
