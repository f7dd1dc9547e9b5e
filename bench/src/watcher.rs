//! Sees rounds settle.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, Result};
use frame_system::Phase;
use pallet_agreements::Event;
use syngraph_client::{Client, Head};
use syngraph_primitives::{AgreementId, WindowIndex};
use syngraph_runtime::{Balance, BlockNumber, Hash, RuntimeEvent};
use tokio::{sync::watch, task::JoinHandle};

/// Where the round of a window settled.
#[derive(Clone, Copy, Debug)]
pub struct Place {
	/// The block.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: Hash,
	/// The settlement's place in it.
	pub index: u32,
	/// What it cost.
	pub cost: Balance,
	/// How many windows the round has.
	pub windows: u32,
}

type Places = HashMap<(AgreementId, WindowIndex), Place>;

/// Follows the best blocks, and remembers where windows settled.
pub struct Watcher {
	places: watch::Receiver<Places>,
	task: JoinHandle<()>,
}

impl Drop for Watcher {
	fn drop(&mut self) {
		self.task.abort();
	}
}

impl Watcher {
	/// Watches from the next block on.
	pub async fn start(client: &Client) -> Result<Self> {
		let (now, _) = client.head(Head::Best).await?;
		let mut blocks = client.blocks(Head::Best, now + 1);
		let (report, places) = watch::channel(Places::new());
		let task = tokio::spawn(async move {
			// A failure ends the task, and with it all waiting.
			while let Ok(block) = blocks.next().await {
				report.send_if_modified(|places| {
					let before = places.len();
					for record in &block.events {
						let (Phase::ApplyExtrinsic(index), RuntimeEvent::Agreements(event)) =
							(record.phase.clone(), &record.event)
						else {
							continue;
						};
						let Event::Settled {
							agreement,
							first,
							outcomes,
							cost,
							..
						} = event
						else {
							continue;
						};
						let place = Place {
							number: block.number,
							hash: block.hash,
							index,
							cost: *cost,
							windows: outcomes.len(),
						};
						let windows = *first..first.saturating_add(outcomes.len().into());
						places.extend(windows.map(|window| ((*agreement, window), place)));
					}
					places.len() > before
				});
			}
		});
		Ok(Self { places, task })
	}

	/// Waits until a window settles.
	pub async fn settled(
		&self,
		agreement: AgreementId,
		window: WindowIndex,
		patience: Duration,
	) -> Result<Place> {
		let mut places = self.places.clone();
		let there = places.wait_for(|places| places.contains_key(&(agreement, window)));
		let places = tokio::time::timeout(patience, there)
			.await
			.with_context(|| format!("window {window} of agreement {agreement:?} did not settle"))?
			.context("the chain cannot be followed any more")?;
		places
			.get(&(agreement, window))
			.copied()
			.context("a settlement was forgotten")
	}
}
