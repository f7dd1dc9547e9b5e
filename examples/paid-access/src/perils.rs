//! Everybody is killed in turn, at every step of a purchase, and nobody loses more than a slot by it.
//!
//! The access server, the node and the device are killed while the client is at work. The client is killed
//! as the command that it is, ever later. Each time, whoever was killed is started again, the client goes
//! on from what is on its disk, and there is one more slot.

use std::{
	cell::Cell,
	collections::BTreeSet,
	fs,
	future::Future,
	io,
	path::{Path, PathBuf},
	process::{Child, Command},
	time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context, Result};
use syngraph_payer::{
	Answer, ChannelInfo, ChannelState, Environment, Error, Info, Live, Order, Password, Pending,
	Record, Records, SignedReceipt,
};
use syngraph_primitives::ChannelId;
use syngraph_runtime::Balance;
use tokio::time::sleep;

use crate::{
	args::Args,
	command::Payer,
	parties::{Party, VAN},
	play::pay,
};

/// How often the client is killed in the course of a purchase.
const DEATHS: u32 = 12;
/// How often to look whether somebody is back.
const PAUSE: Duration = Duration::from_millis(100);

/// Something that is killed at a step of a purchase, by the name of its process.
pub struct Peril {
	folder: PathBuf,
	name: &'static str,
	/// How many steps are left until then. None when it has happened.
	fuse: Cell<Option<u32>>,
}

impl Peril {
	/// Kills the process if it is time to. It dies while the step is under way.
	fn step(&self) -> Option<Child> {
		let fuse = self.fuse.get()?;
		self.fuse.set(fuse.checked_sub(1));
		let killed = match fuse {
			0 => signal(&self.folder, self.name, "-KILL"),
			_ => return None,
		};
		killed
			.inspect_err(|error| eprintln!("{} could not be killed: {error}", self.name))
			.ok()
	}
}

/// Sends a process a signal, such as `-KILL`. It takes effect in a moment.
pub fn signal(folder: &Path, name: &str, signal: &str) -> io::Result<Child> {
	let pid = fs::read_to_string(folder.join(format!("{name}.pid")))?;
	Command::new("kill").args([signal, pid.trim()]).spawn()
}

/// The environment as it is, in which something may be killed at any step.
pub struct Perilous<'a> {
	/// The environment.
	pub environment: Live,
	/// What is killed, if anything.
	pub peril: Option<&'a Peril>,
}

impl Perilous<'_> {
	async fn during<T>(&self, step: impl Future<Output = T>) -> T {
		let killer = self.peril.and_then(Peril::step);
		let outcome = step.await;
		if let Some(mut killer) = killer {
			killer.wait().ok();
		}
		outcome
	}
}

impl Environment for Perilous<'_> {
	async fn info(&self) -> Result<Info, Error> {
		self.during(self.environment.info()).await
	}

	async fn channel_info(&self, channel: ChannelId) -> Result<ChannelInfo, Error> {
		self.during(self.environment.channel_info(channel)).await
	}

	async fn channel(&self, channel: ChannelId) -> Result<ChannelState, Error> {
		self.during(self.environment.channel(channel)).await
	}

	async fn buy(&self, pending: &Pending) -> Result<Password, Error> {
		self.during(self.environment.buy(pending)).await
	}

	async fn remind(
		&self,
		order: &Order,
		receipt: &SignedReceipt,
		price: Balance,
	) -> Result<(), Error> {
		self.during(self.environment.remind(order, receipt, price))
			.await
	}

	async fn show(
		&self,
		address: &str,
		service: &str,
		password: &Password,
		following: Option<&Password>,
	) -> Result<Answer, Error> {
		self.during(self.environment.show(address, service, password, following))
			.await
	}

	fn save(&self, record: &Record) -> Result<(), Error> {
		let killer = self.peril.and_then(Peril::step);
		let saved = self.environment.save(record);
		if let Some(mut killer) = killer {
			killer.wait().ok();
		}
		saved
	}
}

/// Lets everybody die who has to do with the lock, of which so many slots were used before. Returns how many
/// were paid for meanwhile.
pub async fn suffer(args: &Args, party: &Party, used: u32) -> Result<u32> {
	let folder = match &args.processes {
		Some(folder) if party.service.device == "lock" => folder,
		_ => return Ok(0),
	};
	let mut slots = 0;
	for name in ["access", "lock", "node"] {
		let begun = slots;
		loop {
			let peril = Peril {
				folder: folder.clone(),
				name,
				fuse: Cell::new(Some(slots - begun)),
			};
			let before = pid(folder, name)?;
			pay(args, party, &party.clients[0], Some(&peril)).await?;
			slots += 1;
			// The purchase had fewer steps.
			if peril.fuse.get().is_some() {
				break;
			}
			returned(args, folder, name, &before).await?;
		}
		let deaths = slots - begun - 1;
		println!("{name} was killed at each of the {deaths} steps of a purchase");
		ensure!(deaths >= 8, "a purchase has more steps");
	}
	slots += client_dies(args, party).await?;
	ask_lock(folder, used + slots)?;
	Ok(slots)
}

fn pid(folder: &Path, name: &str) -> Result<String> {
	let path = folder.join(format!("{name}.pid"));
	fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Waits until another process has taken the place of one that was killed.
async fn returned(args: &Args, folder: &Path, name: &str, before: &str) -> Result<()> {
	let begun = Instant::now();
	while pid(folder, name)? == before {
		ensure!(begun.elapsed() < args.patience(), "{name} is not back");
		sleep(PAUSE).await;
	}
	Ok(())
}

/// Kills the client, as a command, at moments that are spread over the time that a purchase takes.
async fn client_dies(args: &Args, party: &Party) -> Result<u32> {
	let payer = Payer::new(args, "van", VAN)?;
	let records = args.records.join(&party.clients[0].name);
	let begun = Instant::now();
	payer.pay(party, &records)?.wait()?;
	let mut whole = begun.elapsed();
	let mut slots = 1;
	let mut died = 0;
	for death in 0..DEATHS {
		let before = Records::peek(&records, party.channel)?.paid();
		let mut client = payer.pay(party, &records)?;
		sleep(whole * death / DEATHS).await;
		client.kill()?;
		match client.wait()?.success() {
			// The one before it had less of the machine.
			true => whole = whole * 3 / 4,
			false => died += 1,
		}
		let record = Records::peek(&records, party.channel)?;
		if record.pending.is_some() || record.paid() == before {
			pay(args, party, &party.clients[0], None).await?;
		}
		slots += 1;
		let paid = Records::peek(&records, party.channel)?.paid();
		ensure!(
			paid == before + party.service.price,
			"a slot was paid for twice"
		);
	}
	println!("the client was killed {died} times in the course of a purchase");
	ensure!(died >= DEATHS / 2, "the client was too fast to be killed");
	Ok(slots)
}

/// Whether the lock itself says that it has served these slots, by what it printed: none twice, and none that
/// was not paid for. What it was serving when it was killed it may not have come to say.
fn ask_lock(folder: &Path, slots: u32) -> Result<()> {
	let log = fs::read_to_string(folder.join("lock.log")).context("the lock's log")?;
	let numbers = log.lines().filter_map(|line| {
		let (_, rest) = line.split_once("password ")?;
		rest.strip_suffix(" accepted")
	});
	let all: Vec<_> = numbers.collect();
	let distinct = BTreeSet::from_iter(&all).len();
	if distinct < all.len() {
		bail!("the lock has taken a password twice");
	}
	println!("the lock says that it served {distinct} of {slots} slots that were paid for");
	// It died once at each step, and at one of them it served.
	ensure!(
		(slots.saturating_sub(1)..=slots).contains(&u32::try_from(distinct)?),
		"that is not what was paid for"
	);
	Ok(())
}
