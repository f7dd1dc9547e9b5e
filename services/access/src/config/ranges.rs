//! The range of every field, so that no configuration is accepted that makes no sense.

use std::{collections::HashSet, fmt::Display, ops::RangeInclusive};

use anyhow::{ensure, Context};
use axum::http::Uri;
use sp_core::Get;
use syngraph_primitives::BlockNumber;
use syngraph_runtime::{Runtime, MINUTES};
use syngraph_worker::tower::LAST_BLOCKS;

use super::{Config, Device, Service};
use crate::{Balance, Closing};

/// How many bytes the name of a device or service has.
const NAME: RangeInclusive<usize> = 1..=64;
/// A node may take a close and lose it. What became of it is known when no block can include it any more, which is
/// half a margin and somewhat more after it was sent; then there must be time for another.
const LEAST_MARGIN: BlockNumber = 36;
/// How many blocks it takes at least to close, and how long one is.
const TIME_TO_CLOSE: BlockNumber = 6;
const SECONDS_PER_BLOCK: u64 = 60 / MINUTES as u64;
/// Three blocks, to an hour.
const STALE_SECONDS: RangeInclusive<u64> = 6..=3600;
const CLOSINGS_PER_BLOCK: RangeInclusive<u32> = 1..=Closing::MOST_PER_BLOCK;
/// Up to half of it.
const TIP_PERCENT: RangeInclusive<u8> = 0..=50;
const CONNECTIONS: RangeInclusive<u32> = 1..=65_536;
const QUOTA_SLOTS: RangeInclusive<u32> = 1..=1_000_000;
/// Up to a month.
const QUOTA_SECONDS: RangeInclusive<u64> = 1..=31 * 24 * 3600;
/// Up to a thousand million million SYN.
const PRICE: RangeInclusive<Balance> = 1..=1_000_000_000_000_000_000_000_000_000;
/// Up to a week.
const SLOT_SECONDS: RangeInclusive<u32> = 1..=7 * 24 * 3600;
const DIGITS: RangeInclusive<u8> = 6..=8;

impl Config {
	/// Fails with the first field that is out of its range, its value, and the range.
	pub(super) fn ensure_in_range(&self) -> anyhow::Result<()> {
		ensure_address("node", &self.node)?;
		if let Some(tower) = &self.tower {
			ensure_address("tower", tower)?;
		}
		self.ensure_ports()?;
		ensure_in("margin", self.margin, &self.margins()).context(
			"margin is the time for closing, which begins anew when a node has lost a close, and has to be over \
			 before a depositor that asks to close gets its funds back",
		)?;
		ensure_in(
			"closings_per_block",
			self.closings_per_block,
			&CLOSINGS_PER_BLOCK,
		)?;
		ensure_in("tip_percent", self.tip_percent, &TIP_PERCENT)?;
		self.ensure_stale_in_time()?;
		ensure_in("connections", self.connections, &CONNECTIONS)?;
		let all = 1..=self.connections;
		if let Some(connections) = self.connections_per_address {
			ensure_in("connections_per_address", connections, &all)?;
		}
		ensure_in("quota.slots", self.quota.slots, &QUOTA_SLOTS)?;
		ensure_in("quota.seconds", self.quota.seconds, &QUOTA_SECONDS)?;
		self.ensure_devices()
	}

	/// Which margins leave time to close, and time to sell: what a depositor leaves that asks to close is more.
	/// A watchtower must not be faster than the server.
	fn margins(&self) -> RangeInclusive<BlockNumber> {
		let least = match self.tower {
			Some(_) => LAST_BLOCKS.saturating_add(1),
			None => LEAST_MARGIN,
		};
		let close: BlockNumber = <Runtime as pallet_channels::Config>::ClosePeriod::get();
		least..=close.saturating_sub(1)
	}

	/// What is sold while nobody knows yet that the chain stands still has to be closed before it expires.
	fn ensure_stale_in_time(&self) -> anyhow::Result<()> {
		ensure_in("stale_seconds", self.stale_seconds, &STALE_SECONDS)?;
		let time = self.margin.saturating_sub(TIME_TO_CLOSE);
		let most = u64::from(time)
			.saturating_mul(SECONDS_PER_BLOCK)
			.saturating_sub(1);
		ensure!(
			self.stale_seconds <= most,
			"stale_seconds = {}: with margin = {} must be at most {most}, so that there are {TIME_TO_CLOSE} blocks \
			 left to close in when the chain was away for so long",
			self.stale_seconds,
			self.margin
		);
		Ok(())
	}

	fn ensure_ports(&self) -> anyhow::Result<()> {
		ensure_in("the port of listen", self.listen.port(), &(1..=u16::MAX))?;
		let admin = self.admin();
		let hint = "the port of admin, which is by default the one after that of listen,";
		ensure_in(hint, admin.port(), &(1..=u16::MAX))?;
		ensure!(
			admin.port() != self.listen.port(),
			"admin = {admin}: must have a different port from listen, {}",
			self.listen
		);
		Ok(())
	}

	fn ensure_devices(&self) -> anyhow::Result<()> {
		ensure!(!self.devices.is_empty(), "devices: nothing is sold");
		let mut names = HashSet::new();
		for device in &self.devices {
			let what = || format!("device {:?}", device.name);
			device.ensure_in_range().with_context(what)?;
			ensure!(names.insert(&device.name), "{} occurs twice", what());
		}
		Ok(())
	}
}

impl Device {
	fn ensure_in_range(&self) -> anyhow::Result<()> {
		ensure_name(&self.name)?;
		ensure!(!self.services.is_empty(), "services: nothing is sold");
		let mut names = HashSet::new();
		for service in &self.services {
			let what = || format!("service {:?}", service.name);
			service.ensure_in_range().with_context(what)?;
			ensure!(names.insert(&service.name), "{} occurs twice", what());
		}
		Ok(())
	}
}

impl Service {
	fn ensure_in_range(&self) -> anyhow::Result<()> {
		ensure_name(&self.name)?;
		ensure_in("price", self.price, &PRICE)?;
		ensure_in("slot_seconds", self.slot_seconds, &SLOT_SECONDS)?;
		ensure_in("digits", self.digits, &DIGITS)
	}
}

fn ensure_in<T: PartialOrd + Display>(
	field: &str,
	value: T,
	range: &RangeInclusive<T>,
) -> anyhow::Result<()> {
	ensure!(
		range.contains(&value),
		"{field} = {value}: must be from {} to {}",
		range.start(),
		range.end()
	);
	Ok(())
}

/// Devices are told the name of a service in a line of words, and people type both.
fn ensure_name(name: &str) -> anyhow::Result<()> {
	let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
	ensure!(
		NAME.contains(&name.len()) && name.bytes().all(is_plain),
		"name = {name:?}: must be {} to {} letters, digits, `-`, `_` and `.`",
		NAME.start(),
		NAME.end()
	);
	Ok(())
}

fn ensure_address(field: &str, address: &str) -> anyhow::Result<()> {
	let uri = address.parse::<Uri>().ok();
	let is_sound = uri.is_some_and(|uri| {
		matches!(uri.scheme_str(), Some("ws" | "wss"))
			&& uri.host().is_some_and(|host| !host.is_empty())
	});
	ensure!(
		is_sound,
		"{field} = {address:?}: must be a ws:// or wss:// address"
	);
	Ok(())
}
