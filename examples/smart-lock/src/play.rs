//! The trips as the locks tell them.

use std::{convert::Infallible, time::Duration};

use anyhow::{Context, Result};
use syngraph_client::{Delivery, Device, Head, Outbox};
use syngraph_primitives::{BlockNumber, Timestamp, Value};
use tokio::{sync::watch, time::Instant};

use crate::{
	network::{Lock, Network},
	trips::Bike,
};

/// What a lock says at one point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
	at: Timestamp,
	lock: usize,
	locked: bool,
}

/// How far the locks are.
#[derive(Clone, Debug, Default)]
pub struct Played {
	/// How many messages were sent.
	pub sent: usize,
	/// How many there are.
	pub total: usize,
	/// How many of them some node does not have yet that was not given up.
	pub waiting: usize,
	/// The best block right after the last message was sent.
	pub last_message: Option<BlockNumber>,
	/// Which nodes cannot be reached, refuse messages or were given up, and why.
	pub troubles: Vec<String>,
}

impl Played {
	/// Nothing was sent of what these locks have to say.
	pub fn before(locks: &[Lock]) -> Self {
		Self {
			total: timeline(locks.iter().map(|lock| &lock.bike)).len(),
			..Default::default()
		}
	}

	/// Whether every message was sent, and every node that was not given up has it.
	pub fn is_delivered(&self) -> bool {
		self.last_message.is_some() && self.waiting == 0
	}
}

/// Sends every trip's messages to every node, in the order of time over all locks, and after that keeps
/// them for nodes that lose them. Ends only with an error.
pub async fn play(
	network: &Network,
	speed: u32,
	patience: Duration,
	report: watch::Sender<Played>,
) -> Result<Infallible> {
	let bikes = network.locks.iter().map(|lock| &lock.bike);
	let moments = timeline(bikes);
	let mut devices: Vec<_> = network
		.locks
		.iter()
		.map(|lock| lock.device(&network.client))
		.collect();
	let mut outbox = Outbox::new(network.nodes.iter().map(|node| node.url()), patience);
	let begun = Instant::now();
	let first = moments.first().map_or(0, |moment| moment.at);
	for (index, moment) in moments.iter().enumerate() {
		if let Some(millis) = (moment.at - first).checked_div(speed.into()) {
			let due = begun + Duration::from_millis(millis);
			while Instant::now() < due {
				let pause = Duration::from_millis(500);
				tokio::time::sleep_until(due.min(Instant::now() + pause)).await;
				tell(&report, &outbox, index, moments.len(), None);
			}
		}
		send(&mut devices, &mut outbox, moment).await?;
		tell(&report, &outbox, index + 1, moments.len(), None);
	}
	let (last, _) = network.client.head(Head::Best).await?;
	loop {
		tell(&report, &outbox, moments.len(), moments.len(), Some(last));
		let failure = outbox.failure();
		if let Ok(error) = tokio::time::timeout(Duration::from_millis(500), failure).await {
			return Err(error.into());
		}
	}
}

async fn send(devices: &mut [Device], outbox: &mut Outbox, moment: &Moment) -> Result<()> {
	let message = devices[moment.lock]
		.say(moment.at, vec![Value::Bool(moment.locked)])
		.context("a lock has run out of sequence numbers")?;
	Ok(outbox.send(&message).await?)
}

fn tell(
	report: &watch::Sender<Played>,
	outbox: &Outbox,
	sent: usize,
	total: usize,
	last_message: Option<BlockNumber>,
) {
	let deliveries = outbox.deliveries();
	let trouble = |delivery: &Delivery| match delivery {
		Delivery {
			given_up: Some(reason),
			..
		} => Some(format!("given up: {reason}")),
		Delivery { trouble, lost, .. } if *lost > 0 => {
			let trouble = trouble.as_deref().unwrap_or("it was too far behind");
			Some(format!("{lost} messages are left to its peers: {trouble}"))
		},
		Delivery { trouble, .. } => trouble.clone(),
	};
	let played = Played {
		sent,
		total,
		waiting: deliveries
			.iter()
			.map(|(_, delivery)| delivery.waiting)
			.max()
			.unwrap_or(0),
		last_message,
		troubles: deliveries
			.iter()
			.filter_map(|(url, delivery)| Some(format!("{url}: {}", trouble(delivery)?)))
			.collect(),
	};
	report.send_replace(played);
}

/// All that the locks of these bicycles say, in the order of time.
fn timeline<'a>(bikes: impl Iterator<Item = &'a Bike>) -> Vec<Moment> {
	let mut moments = Vec::new();
	for (lock, bike) in bikes.enumerate() {
		for trip in &bike.trips {
			for (at, locked) in [(trip.start, false), (trip.end, true)] {
				moments.push(Moment { at, lock, locked });
			}
		}
	}
	// Stable, so that what one lock says at one time keeps its order.
	moments.sort_by_key(|moment| moment.at);
	moments
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::trips::Trip;

	fn bike(trips: &[(Timestamp, Timestamp)]) -> Bike {
		Bike {
			id: String::new(),
			trips: trips
				.iter()
				.map(|(start, end)| Trip {
					start: *start,
					end: *end,
					seconds: 0,
					line: 0,
				})
				.collect(),
		}
	}

	#[test]
	fn time_runs_forward_over_all_locks() {
		let bikes = [bike(&[(0, 10), (10, 30)]), bike(&[(5, 20), (25, 25)])];
		let told: Vec<_> = timeline(bikes.iter())
			.iter()
			.map(|moment| (moment.at, moment.lock, moment.locked))
			.collect();
		assert_eq!(
			told,
			[
				(0, 0, false),
				(5, 1, false),
				(10, 0, true),
				(10, 0, false),
				(20, 1, true),
				(25, 1, false),
				(25, 1, true),
				(30, 0, true),
			]
		);
	}
}
