//! Showing passwords to a device.

use std::{io, time::Duration};

use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::timeout,
};

use crate::Error;

/// How long a device may take for each step.
const PATIENCE: Duration = Duration::from_secs(5);
/// No answer is longer.
const MAX_ANSWER: u64 = 256;

/// What a device says of a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
	/// It is good, for so many seconds.
	Accepted(u64),
	/// It is not good, or not any more.
	Wrong,
	/// It was not looked at, for this reason.
	NotNow(String),
}

/// Shows a device a password.
pub async fn show(address: &str, service: &str, password: &str) -> Result<Answer, Error> {
	let stream = bounded(TcpStream::connect(address)).await;
	let stream = stream.map_err(|error| Error::DeviceAway {
		address: address.into(),
		reason: error.to_string(),
	})?;
	let answer = converse(stream, &format!("{service} {password}\n")).await;
	answer
		.and_then(|line| parse(&line))
		.map_err(|error| Error::DeviceSilent {
			address: address.into(),
			reason: error.to_string(),
		})
}

async fn converse(mut stream: TcpStream, line: &str) -> io::Result<String> {
	bounded(stream.write_all(line.as_bytes())).await?;
	let mut answer = String::new();
	bounded(stream.take(MAX_ANSWER).read_to_string(&mut answer)).await?;
	Ok(answer)
}

fn parse(line: &str) -> io::Result<Answer> {
	let line = line.strip_suffix('\n').unwrap_or_default().trim();
	match line.split_once(' ') {
		Some(("ok", seconds)) => seconds
			.parse()
			.map(Answer::Accepted)
			.map_err(io::Error::other),
		Some(("no", "wrong")) => Ok(Answer::Wrong),
		Some(("no", reason)) => Ok(Answer::NotNow(reason.into())),
		_ => Err(io::Error::other(format!("unreadable answer `{line}`"))),
	}
}

async fn bounded<T>(step: impl std::future::Future<Output = io::Result<T>>) -> io::Result<T> {
	timeout(PATIENCE, step).await?
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn answers_are_whole_lines() {
		assert_eq!(parse("ok 5\n").unwrap(), Answer::Accepted(5));
		assert_eq!(parse("no wrong\n").unwrap(), Answer::Wrong);
		assert_eq!(
			parse("no busy 3\n").unwrap(),
			Answer::NotNow("busy 3".into())
		);
		for broken in ["", "ok", "ok 5", "ok x\n", "maybe\n"] {
			assert!(parse(broken).is_err(), "{broken}");
		}
	}
}
