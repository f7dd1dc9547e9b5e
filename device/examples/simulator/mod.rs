//! What the simulated devices share: services with their secrets and records, and the line by which
//! a client shows passwords.
//!
//! A connection is one line, `<service> <password>` or, to resynchronise, `<service> <password>
//! <password>`; the answer is `ok <seconds>` or `no <reason>`.

mod store;

use std::{
	fs,
	io::{BufRead, BufReader, Read, Write},
	net::{SocketAddr, TcpListener, TcpStream},
	path::PathBuf,
	time::{Duration, Instant},
};

use anyhow::{bail, Context};
use clap::Parser;
use store::FileStore;
use syngraph_device::{Config, Digits, Secret, Verifier};

/// No request is longer.
const MAX_LINE: u64 = 128;
/// How long a client may take for its line.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a simulated device is started.
#[derive(Parser)]
pub struct Options {
	/// Where clients connect; port 0 takes any free one.
	#[arg(long, default_value = "127.0.0.1:0")]
	listen: SocketAddr,
	/// The file of secrets: a line `<service> <hexadecimal>` for each service.
	#[arg(long)]
	secrets: PathBuf,
	/// The folder of the counters: a file for each service.
	#[arg(long)]
	state: PathBuf,
	/// Create the counters that are missing, as for a new device.
	#[arg(long)]
	provision: bool,
	/// How long a slot is, in seconds.
	#[arg(long, default_value_t = 5)]
	slot: u64,
	/// How many digits a password has, 6 to 8.
	#[arg(long, default_value = "6", value_parser = digits)]
	digits: Digits,
	/// How many passwords may go unused before the next is refused.
	#[arg(long, default_value_t = Config::default().look_ahead)]
	look_ahead: u16,
	/// The same for two consecutive passwords.
	#[arg(long, default_value_t = Config::default().resync)]
	resync: u16,
	/// After how many wrong attempts in a row a service locks.
	#[arg(long, default_value_t = Config::default().max_failures)]
	max_failures: u8,
	/// For how many seconds.
	#[arg(long, default_value_t = Config::default().lock_out)]
	lock_out: u64,
}

fn digits(text: &str) -> Result<Digits, &'static str> {
	match text {
		"6" => Ok(Digits::Six),
		"7" => Ok(Digits::Seven),
		"8" => Ok(Digits::Eight),
		_ => Err("6, 7 or 8"),
	}
}

/// What the passwords are for.
pub trait Appliance {
	/// Why no slot of this service can begin now, if so. Asked before a password is looked at.
	fn busy(&self, service: &str) -> Option<String>;

	/// A slot of a service was paid for, and lasts so long.
	fn serve(&mut self, service: &str, time: Duration);
}

/// A device that waits for passwords.
pub struct Simulator<A> {
	services: Vec<(String, Verifier<FileStore>)>,
	appliance: A,
	slot: u64,
	/// The ticks of the verifiers are the seconds since then.
	started: Instant,
}

impl<A: Appliance> Simulator<A> {
	/// Serves clients until the process ends, one after the other as a small device does.
	pub fn run(options: &Options, appliance: A) -> anyhow::Result<()> {
		let services = open_services(options)?;
		let mut device = Self {
			services,
			appliance,
			slot: options.slot,
			started: Instant::now(),
		};
		let listener = TcpListener::bind(options.listen)?;
		println!("listening on {}", listener.local_addr()?);
		for stream in listener.incoming() {
			if let Err(error) = stream
				.map_err(Into::into)
				.and_then(|stream| device.answer(stream))
			{
				eprintln!("a client went away: {error:#}");
			}
		}
		Ok(())
	}

	fn answer(&mut self, mut stream: TcpStream) -> anyhow::Result<()> {
		let line = read_line(&stream)?;
		let answer = match self.request(&line) {
			Ok(seconds) => format!("ok {seconds}\n"),
			Err(reason) => format!("no {reason}\n"),
		};
		Ok(stream.write_all(answer.as_bytes())?)
	}

	/// How many seconds were paid for, or why the request is refused.
	fn request(&mut self, line: &str) -> Result<u64, String> {
		let words: Vec<&str> = line.split_whitespace().collect();
		let (service, passwords) = words.split_first().ok_or("malformed")?;
		let now = self.started.elapsed().as_secs();
		let (_, verifier) = self
			.services
			.iter_mut()
			.find(|(name, _)| name == service)
			.ok_or("unknown service")?;
		if let Some(reason) = self.appliance.busy(service) {
			return Err(reason);
		}
		let (accepted, slots) = match passwords {
			[password] => (verifier.check(password, now), 1),
			[first, second] => (verifier.resync(first, second, now), 2),
			_ => return Err("malformed".into()),
		};
		let number = accepted.map_err(|refusal| refusal.to_string())?;
		let seconds = self.slot.saturating_mul(slots);
		println!("{service}: password {number} accepted");
		self.appliance.serve(service, Duration::from_secs(seconds));
		Ok(seconds)
	}
}

/// A line of bounded length that came in bounded time.
fn read_line(stream: &TcpStream) -> anyhow::Result<String> {
	let deadline = Instant::now() + PATIENCE;
	let mut line = Vec::new();
	let mut reader = BufReader::new(stream.take(MAX_LINE));
	while !line.ends_with(b"\n") {
		let left = deadline.saturating_duration_since(Instant::now());
		if left.is_zero() {
			bail!("too slow");
		}
		stream.set_read_timeout(Some(left))?;
		let piece = reader.fill_buf().context("no whole line")?;
		if piece.is_empty() {
			break;
		}
		let length = piece
			.iter()
			.position(|byte| *byte == b'\n')
			.map_or(piece.len(), |at| at + 1);
		line.extend_from_slice(&piece[..length]);
		reader.consume(length);
	}
	Ok(String::from_utf8(line)?)
}

fn open_services(options: &Options) -> anyhow::Result<Vec<(String, Verifier<FileStore>)>> {
	let config = Config {
		digits: options.digits,
		look_ahead: options.look_ahead,
		resync: options.resync,
		max_failures: options.max_failures,
		lock_out: options.lock_out,
	};
	fs::create_dir_all(&options.state)?;
	let text = fs::read_to_string(&options.secrets).context("the file of secrets")?;
	text.lines()
		.map(|line| {
			let (service, secret) = parse_secret(line)?;
			let store = FileStore::new(&options.state, &service, options.provision)?;
			Ok((service, Verifier::open(secret, config, store, 0)?))
		})
		.collect()
}

fn parse_secret(line: &str) -> anyhow::Result<(String, Secret)> {
	let (service, hex) = line
		.split_once(' ')
		.context("a line is `<service> <hexadecimal>`")?;
	if service.is_empty() || !service.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
		bail!("the name of a service is of letters and digits");
	}
	let bytes = hex
		.trim()
		.as_bytes()
		.chunks(2)
		.map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?))
		.collect::<anyhow::Result<Vec<u8>>>()
		.with_context(|| format!("the secret of {service}"))?;
	let secret = Secret::new(&bytes).context("a secret has 16 to 64 bytes")?;
	Ok((service.into(), secret))
}
