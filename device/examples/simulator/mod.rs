//! What the simulated devices share: services with their secrets and records, and the line by which
//! a client shows passwords.
//!
//! A connection is one line, `<service> <number> <password>` or, with the password after it as well,
//! `<service> <number> <password> <password>`; the answer is `ok <seconds>` or `no <reason>`.

mod store;

use std::{
	collections::HashSet,
	fs,
	io::{BufRead, BufReader, Read, Write},
	net::{SocketAddr, TcpListener, TcpStream},
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::ExitCode,
	time::{Duration, Instant},
};

use anyhow::{anyhow, bail, Context};
use clap::{value_parser, Parser};
use store::FileStore;
use syngraph_device::{Config, Digits, Secret, Verifier};

/// No request is longer.
const MAX_LINE: u64 = 128;
/// How long a client may take for its line.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How a simulated device is started.
#[derive(Parser)]
pub struct Options {
	/// Where clients connect; port 0 takes any free one.
	#[arg(long, default_value = "127.0.0.1:0")]
	listen: SocketAddr,
	/// The file of secrets, which its owner alone can read: a line `<service> <hexadecimal>` for each service.
	#[arg(long)]
	secrets: PathBuf,
	/// The folder of the counters: a file for each service.
	#[arg(long)]
	state: PathBuf,
	/// Create the counters that are missing, as for a new device.
	#[arg(long)]
	provision: bool,
	/// How long a slot is, in seconds.
	#[arg(long, default_value_t = 5, value_parser = value_parser!(u64).range(1..))]
	slot: u64,
	/// How many digits a password has, 6 to 8.
	#[arg(long, default_value = "6", value_parser = digits)]
	digits: Digits,
	/// How far beyond the next password one may be that is shown alone.
	#[arg(long, default_value_t = Config::default().reach)]
	reach: u32,
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
	/// Serves clients until the process ends, or says why it cannot.
	pub fn run(options: &Options, appliance: A) -> ExitCode {
		match Self::serve(options, appliance) {
			Ok(()) => ExitCode::SUCCESS,
			Err(error) => {
				eprintln!("error: {error:#}");
				ExitCode::FAILURE
			},
		}
	}

	/// Serves clients one after the other, as a small device does.
	fn serve(options: &Options, appliance: A) -> anyhow::Result<()> {
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
		let [service, counter, passwords @ ..] = &words[..] else {
			return Err("malformed".into());
		};
		let counter = number(counter).ok_or("malformed")?;
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
			[password] => (verifier.check(counter, password, now), 1),
			[first, second] => (verifier.check_pair(counter, [first, second], now), 2),
			_ => return Err("malformed".into()),
		};
		accepted.map_err(|error| error.to_string())?;
		let seconds = self.slot.saturating_mul(slots);
		println!("{service}: password {counter} accepted");
		self.appliance.serve(service, Duration::from_secs(seconds));
		Ok(seconds)
	}
}

/// A number as it is written without anything else.
fn number(text: &str) -> Option<u64> {
	let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
	is_plain.then(|| text.parse().ok())?
}

/// A line of bounded length that came in bounded time.
fn read_line(stream: &TcpStream) -> anyhow::Result<String> {
	let deadline = Instant::now() + TIMEOUT;
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
		reach: options.reach,
		max_failures: options.max_failures,
		lock_out: options.lock_out,
	};
	fs::create_dir_all(&options.state)?;
	let text = read_secrets(&options.secrets)?;
	let mut services: Vec<(String, Verifier<FileStore>)> = Vec::new();
	let mut drawn = HashSet::new();
	for line in text.lines() {
		let (service, hex) = split(line)?;
		let secret =
			Secret::from_hex(hex).map_err(|reason| anyhow!("the secret of {service} {reason}"))?;
		if !drawn.insert(hex.trim_start_matches("0x").to_ascii_lowercase()) {
			bail!("the secret of {service} is that of another service");
		}
		if services.iter().any(|(name, _)| name == service) {
			bail!("{service} occurs twice");
		}
		let store = FileStore::new(&options.state, service, options.provision)?;
		services.push((service.into(), Verifier::open(secret, config, store, 0)?));
	}
	if services.is_empty() {
		bail!(
			"{} is empty: it must hold secrets",
			options.secrets.display()
		);
	}
	Ok(services)
}

/// The file of secrets, if nobody else can read it.
fn read_secrets(path: &Path) -> anyhow::Result<String> {
	let mode = fs::metadata(path)
		.with_context(|| path.display().to_string())?
		.permissions()
		.mode();
	if mode & 0o077 != 0 {
		bail!(
			"{0} holds secrets, and users other than its owner can read or change it: chmod 600 {0}",
			path.display()
		);
	}
	fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn split(line: &str) -> anyhow::Result<(&str, &str)> {
	let (service, hex) = line
		.split_once(' ')
		.context("a line is `<service> <hexadecimal>`")?;
	if service.is_empty() || !service.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
		bail!("the name of a service is of letters and digits");
	}
	Ok((service, hex))
}
