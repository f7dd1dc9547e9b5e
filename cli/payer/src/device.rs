//! Showing passwords to a device.

use std::{io, time::Duration};

use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::timeout,
};

use crate::{Error, Password};

/// How long a device may take for each step.
const TIMEOUT: Duration = Duration::from_secs(5);
/// No answer is longer.
const MAX_ANSWER: u64 = 256;

/// What a device says of a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
	/// It is good, for so many seconds.
	Accepted(u64),
	/// It is not the password of this number.
	Wrong,
	/// This number was used, or a later one: this is the lowest that is good.
	Passed(u64),
	/// This number is too far ahead of the lowest that is good, which this is, to be taken alone.
	TooFar(u64),
	/// It was not looked at, for this reason.
	NotNow(String),
}

/// Shows a device a password with its number, or with the one that follows it as well.
pub async fn show(
	address: &str,
	service: &str,
	password: &Password,
	following: Option<&Password>,
) -> Result<Answer, Error> {
	let stream = bounded(TcpStream::connect(address)).await;
	let stream = stream.map_err(|error| Error::DeviceAway {
		address: address.into(),
		reason: error.to_string(),
	})?;
	let following = following.map_or(String::new(), |following| {
		format!(" {}", following.password)
	});
	let Password {
		counter, password, ..
	} = password;
	let line = format!("{service} {counter} {password}{following}\n");
	let answer = converse(stream, &line).await;
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
		Some(("no", reason)) => Ok(not_accepted(reason)),
		_ => Err(io::Error::other(format!("unreadable answer `{line}`"))),
	}
}

fn not_accepted(reason: &str) -> Answer {
	let mut words = reason.split(' ');
	let number = |word: Option<&str>| word.and_then(|word| word.parse().ok());
	match (words.next(), number(words.next()), words.next()) {
		(Some("wrong"), None, None) => Answer::Wrong,
		(Some("passed"), Some(next), None) => Answer::Passed(next),
		(Some("ahead"), Some(next), None) => Answer::TooFar(next),
		_ => Answer::NotNow(reason.into()),
	}
}

async fn bounded<T>(step: impl std::future::Future<Output = io::Result<T>>) -> io::Result<T> {
	timeout(TIMEOUT, step).await?
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn answers_are_whole_lines() {
		assert_eq!(parse("ok 5\n").unwrap(), Answer::Accepted(5));
		assert_eq!(parse("no wrong\n").unwrap(), Answer::Wrong);
		assert_eq!(parse("no passed 7\n").unwrap(), Answer::Passed(7));
		assert_eq!(parse("no ahead 7\n").unwrap(), Answer::TooFar(7));
		for other in ["passed", "passed x", "passed 7 8", "ahead"] {
			let answer = parse(&format!("no {other}\n")).unwrap();
			assert_eq!(answer, Answer::NotNow(other.into()));
		}
		assert_eq!(
			parse("no busy 3\n").unwrap(),
			Answer::NotNow("busy 3".into())
		);
		for broken in ["", "ok", "ok 5", "ok x\n", "maybe\n"] {
			assert!(parse(broken).is_err(), "{broken}");
		}
	}
}
