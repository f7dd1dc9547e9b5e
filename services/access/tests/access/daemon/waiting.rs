//! A server whose node is away, and those who hold connections.

use std::{
	fs,
	process::{Child, Command},
	sync::{
		atomic::{AtomicU16, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use syngraph_access::{Ledger, Metrics};
use tempfile::TempDir;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

use super::{prepare, CONFIG};
use crate::common::identity;

/// A real server whose node is away.
struct Waiting {
	process: Child,
	port: u16,
	_folder: TempDir,
}

impl Waiting {
	fn start(lines: &str) -> Self {
		Self::with_limit(lines, "ulimit -S -n 1024")
	}

	/// The same with a limit of open files, as a shell sets it.
	fn with_limit(lines: &str, limit: &str) -> Self {
		let folder = TempDir::new().unwrap();
		let port = free_ports();
		let config = CONFIG
			.replace("ws://127.0.0.1:9944", "ws://127.0.0.1:2")
			.replace("127.0.0.1:1\"", &format!("127.0.0.1:{port}\""));
		let path = prepare(folder.path(), &format!("{lines}\n{config}"));
		let metrics = Arc::new(Metrics::new().unwrap());
		fs::create_dir(folder.path().join("data")).unwrap();
		let data = folder.path().join("data");
		drop(Ledger::create(&data, &identity(), metrics).unwrap());
		let process = limited(limit)
			.args(["serve", "--config", &path])
			.env("RUST_LOG", "off")
			.spawn()
			.unwrap();
		Self {
			process,
			port,
			_folder: folder,
		}
	}

	/// Asks at the port for everybody, or at that for operators.
	async fn ask(&self, is_operator: bool, request: &str) -> String {
		let port = self.port + u16::from(is_operator);
		let mut stream = loop {
			match TcpStream::connect(("127.0.0.1", port)).await {
				Ok(stream) => break stream,
				Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
			}
		};
		let request = format!("{request} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
		stream.write_all(request.as_bytes()).await.unwrap();
		let mut answer = String::new();
		stream.read_to_string(&mut answer).await.unwrap();
		answer
	}
}

impl Drop for Waiting {
	fn drop(&mut self) {
		self.process.kill().unwrap();
		self.process.wait().unwrap();
	}
}

/// The program, with a limit of open files.
fn limited(limit: &str) -> Command {
	let mut shell = Command::new("sh");
	let script = format!("{limit} && exec \"$0\" \"$@\"");
	shell.args(["-c", &script, env!("CARGO_BIN_EXE_syngraph-access")]);
	shell
}

/// A port that is free, as is the one after it.
fn free_ports() -> u16 {
	static NEXT: AtomicU16 = AtomicU16::new(22_100);
	loop {
		let port = NEXT.fetch_add(2, Ordering::Relaxed);
		let free = |port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
		if free(port) && free(port + 1) {
			return port;
		}
	}
}

#[tokio::test]
async fn without_its_node_it_says_so_at_an_open_port() {
	let server = Waiting::start("");
	for (is_operator, request) in [
		(false, "GET /v1/info"),
		(false, "POST /v1/slots"),
		(false, "GET /healthz"),
		(true, "GET /healthz"),
	] {
		let answer = server.ask(is_operator, request).await;
		assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
		assert!(
			answer.contains("/problems/unavailable") && answer.contains("retry-after"),
			"{answer}"
		);
		// Where the node is, is for operators.
		assert_eq!(answer.contains("ws://127.0.0.1:2"), is_operator, "{answer}");
	}
}

#[tokio::test]
async fn as_many_files_as_connections_take_may_be_open() {
	let lines = "connections = 300\nconnections_per_address = 300";
	let server = Waiting::with_limit(lines, "ulimit -S -n 64");
	server.ask(false, "GET /healthz").await;
	let mut held = Vec::new();
	for _ in 0..300 {
		held.push(
			TcpStream::connect(("127.0.0.1", server.port))
				.await
				.unwrap(),
		);
	}
	// Each has a place, and operators have theirs.
	for stream in &mut held {
		let request = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
		stream.write_all(request).await.unwrap();
		let mut bytes = [0; 12];
		let read = tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut bytes));
		read.await.expect("it has a place").unwrap();
		assert_eq!(&bytes, b"HTTP/1.1 503");
	}
	let answer = server.ask(true, "GET /healthz").await;
	assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
}

#[test]
fn more_connections_than_files_may_be_open_are_refused() {
	let folder = TempDir::new().unwrap();
	let path = prepare(folder.path(), CONFIG);
	for command in ["check", "serve"] {
		let output = limited("ulimit -S -n 500 && ulimit -H -n 1000")
			.args([command, "--config", &path])
			.output()
			.unwrap();
		let text = String::from_utf8(output.stderr).unwrap();
		let complaint = "connections = 1024: takes 1152 open files, and this process may have 1000 (ulimit -H -n): it \
			must be at most 872";
		assert!(
			!output.status.success() && text.contains(complaint),
			"{text}"
		);
	}
	let path = prepare(folder.path(), &format!("connections = 872\n{CONFIG}"));
	let output = limited("ulimit -S -n 500 && ulimit -H -n 1000")
		.args(["check", "--config", &path])
		.output()
		.unwrap();
	assert!(output.status.success(), "{output:?}");
}

/// Whoever asks and never reads takes its own places only, and those not for ever.
#[tokio::test(flavor = "multi_thread")]
async fn who_never_reads_holds_neither_the_server_nor_its_operator() {
	let server = Waiting::start("connections = 8\nconnections_per_address = 8");
	server.ask(false, "GET /healthz").await;
	let mut deaf = Vec::new();
	for _ in 0..8 {
		let stream = TcpStream::connect(("127.0.0.1", server.port))
			.await
			.unwrap();
		deaf.push(tokio::spawn(async move {
			let mut stream = stream;
			let request = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n".repeat(1000);
			// Until the server does not take any more, and then cuts the connection.
			while stream.write_all(&request).await.is_ok() {}
		}));
	}
	tokio::time::sleep(Duration::from_secs(2)).await;
	let begun = Instant::now();
	let answer = server.ask(true, "GET /healthz").await;
	assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
	assert!(
		begun.elapsed() < Duration::from_secs(5),
		"{:?}",
		begun.elapsed()
	);
	let answer = tokio::time::timeout(Duration::from_secs(60), server.ask(false, "GET /healthz"));
	let answer = answer.await.expect("those that never read were cut");
	assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
	for task in deaf {
		let cut = tokio::time::timeout(Duration::from_secs(60), task);
		cut.await.expect("each was cut").unwrap();
	}
}
