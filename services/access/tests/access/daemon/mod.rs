//! The command line, and connections.

mod configuration;
mod offline;
mod waiting;

use std::{
	fs::{self, Permissions},
	os::unix::fs::PermissionsExt,
	path::Path,
	process::Command,
	sync::Arc,
	time::Duration,
};

use axum::body::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use syngraph_access::{
	http,
	listen::{self, Limits, Tls},
};
use tempfile::TempDir;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{TcpListener, TcpStream},
	sync::oneshot,
};

use crate::common::*;

fn run(arguments: &[&str]) -> (bool, String) {
	let output = Command::new(env!("CARGO_BIN_EXE_syngraph-access"))
		.args(arguments)
		.env("RUST_BACKTRACE", "1")
		.output()
		.unwrap();
	let text = [output.stdout, output.stderr].concat();
	(output.status.success(), String::from_utf8(text).unwrap())
}

const CONFIG: &str = r#"
node = "ws://127.0.0.1:9944"
listen = "127.0.0.1:1"
payee = "payee"
data = "data"

[[devices]]
name = "door"

[[devices.services]]
name = "open"
secret = "secret"
price = "1000000000000000000000"
slot_seconds = 30
"#;

/// A seed, and a secret, that nobody else has.
const SEED: &str = "0x7d4b1e0f7a8c9b3d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c7\n";
const DEVICE: &str = "0x9f2e65e1b7704d5f0f4ab1f1d1c3b2a09c8d7e6f\n";

/// Writes a file that only its owner can read.
fn private(path: &Path, content: &str) {
	fs::write(path, content).unwrap();
	fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

fn prepare(folder: &Path, config: &str) -> String {
	private(&folder.join("payee"), SEED);
	private(&folder.join("secret"), DEVICE);
	let path = folder.join("access.toml");
	fs::write(&path, config).unwrap();
	path.to_str().unwrap().into()
}

fn check(folder: &Path, config: &str) -> (bool, String) {
	run(&["check", "--config", &prepare(folder, config)])
}

#[test]
fn it_explains_itself() {
	let (success, text) = run(&["--help"]);
	assert!(success);
	for command in ["init", "serve", "check", "status", "skip", "pair"] {
		assert!(text.contains(command), "{text}");
	}
}

/// A server whose data is gone does not begin anew by itself.
#[test]
fn it_does_not_start_without_its_data() {
	let folder = TempDir::new().unwrap();
	let path = prepare(folder.path(), CONFIG);
	for command in [
		&["serve"][..],
		&["skip", "--slots", "5"],
		&["pair", "--device", "door", "--service", "open"],
	] {
		let (success, text) = run(&[command, &["--config", &path]].concat());
		assert!(!success && text.contains("syngraph-access init"), "{text}");
		assert!(!folder.path().join("data").exists());
	}
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let address = listener.local_addr().unwrap();
	let limits = Limits {
		connections: 8,
		per_address: 3,
	};
	tokio::spawn(listen::serve(
		listener,
		None,
		scene.app,
		limits,
		std::future::pending(),
	));
	let mut held = Vec::new();
	for _ in 0..3 {
		held.push(TcpStream::connect(address).await.unwrap());
	}
	let mut fourth = TcpStream::connect(address).await.unwrap();
	let mut byte = [0];
	let read = fourth.read(&mut byte);
	let read = tokio::time::timeout(Duration::from_secs(5), read)
		.await
		.unwrap();
	assert!(matches!(read, Ok(0) | Err(_)));
	drop(held.pop());
	tokio::time::sleep(Duration::from_millis(200)).await;
	let mut again = TcpStream::connect(address).await.unwrap();
	again
		.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
		.await
		.unwrap();
	let mut text = String::new();
	again.read_to_string(&mut text).await.unwrap();
	assert!(text.starts_with("HTTP/1.1 200"), "{text}");
}

/// Who sends a head that never ends does not fill the memory.
#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
	let (address, _stop, _folder) = listening(None).await;
	for (bytes, is_taken) in [(14 * 1024, true), (17 * 1024, false), (400 * 1024, false)] {
		let mut stream = TcpStream::connect(address).await.unwrap();
		let mut head = b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\nlong: ".to_vec();
		head.resize(bytes, b'a');
		// The connection may be closed before all of it is sent.
		let sent = stream.write_all(&head).await;
		if is_taken {
			sent.unwrap();
			stream.write_all(b"\r\n\r\n").await.unwrap();
		}
		let mut answer = Vec::new();
		let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer));
		let ended = ended.await.expect("it is not held");
		let answer = String::from_utf8_lossy(&answer);
		match is_taken {
			true => assert!(answer.starts_with("HTTP/1.1 200"), "{answer}"),
			false => assert!(
				answer.starts_with("HTTP/1.1 431") || ended.is_err(),
				"{answer}"
			),
		}
	}
}

#[test]
fn it_says_when_no_server_answers() {
	let folder = TempDir::new().unwrap();
	check(folder.path(), CONFIG);
	let path = folder.path().join("access.toml");
	let (success, text) = run(&["status", "--config", path.to_str().unwrap()]);
	assert!(
		!success && text.contains("error: no server answers at 127.0.0.1:2"),
		"{text}"
	);
	assert!(!text.contains("backtrace"), "{text}");
}

/// A server that listens, and what stops it.
async fn listening(tls: Option<&Tls>) -> (std::net::SocketAddr, oneshot::Sender<()>, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let address = listener.local_addr().unwrap();
	let (stop, stopped) = oneshot::channel();
	let tls = tls.map(|files| listen::tls(files).unwrap());
	let limits = Limits {
		connections: 8,
		per_address: 8,
	};
	tokio::spawn(listen::serve(
		listener,
		tls,
		scene.app,
		limits,
		async move {
			stopped.await.ok();
		},
	));
	(address, stop, folder)
}

/// A certificate for `localhost`, and its files in a folder.
fn certificate(folder: &Path) -> (rcgen::Certificate, Tls) {
	let certificate = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
	let files = Tls {
		certificate: folder.join("certificate"),
		key: folder.join("key"),
	};
	fs::write(&files.certificate, certificate.serialize_pem().unwrap()).unwrap();
	private(&files.key, &certificate.serialize_private_key_pem());
	(certificate, files)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_how_it_is() {
	let data = TempDir::new().unwrap();
	let scene = Scene::new(data.path()).await;
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let admin = format!("admin = \"{}\"", listener.local_addr().unwrap());
	let limits = Limits {
		connections: 8,
		per_address: 8,
	};
	let app = http::admin(scene.server.clone());
	tokio::spawn(listen::serve(
		listener,
		None,
		app,
		limits,
		std::future::pending(),
	));
	let folder = TempDir::new().unwrap();
	let path = prepare(folder.path(), &format!("{admin}\n{CONFIG}"));
	let (success, text) = run(&["status", "--config", &path]);
	assert!(success && text.starts_with("ok\n"), "{text}");
	assert!(text.contains("access_slots_sold_total 0"), "{text}");
	assert!(text.contains("access_info{instance="), "{text}");
}

#[tokio::test]
async fn it_speaks_tls() {
	let folder = TempDir::new().unwrap();
	let (certificate, files) = certificate(folder.path());
	let (address, _stop, _folder) = listening(Some(&files)).await;

	let mut roots = rustls::RootCertStore::empty();
	roots
		.add(certificate.serialize_der().unwrap().into())
		.unwrap();
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let config = rustls::ClientConfig::builder_with_provider(provider)
		.with_safe_default_protocol_versions()
		.unwrap()
		.with_root_certificates(roots)
		.with_no_client_auth();
	let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
	let stream = TcpStream::connect(address).await.unwrap();
	let name = ServerName::try_from("localhost").unwrap();
	let stream = connector.connect(name, stream).await.unwrap();
	let io = TokioIo::new(stream);
	let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
	tokio::spawn(connection);
	let request = hyper::Request::get("/healthz").header("host", "localhost");
	let request = request.body(Empty::<Bytes>::new()).unwrap();
	let response = sender.send_request(request).await.unwrap();
	assert_eq!(response.status(), 200);
	assert_eq!(
		response.into_body().collect().await.unwrap().to_bytes(),
		"ok\n"
	);
}

#[tokio::test]
async fn idle_connections_do_not_pile_up_and_a_stop_is_clean() {
	let (address, stop, _folder) = listening(None).await;
	// As many as there may be, and one that has to wait for a place.
	let mut idle = Vec::new();
	for _ in 0..8 {
		idle.push(TcpStream::connect(address).await.unwrap());
	}
	let mut waiting = TcpStream::connect(address).await.unwrap();
	waiting
		.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
		.await
		.unwrap();
	let mut text = String::new();
	let early = waiting.read_to_string(&mut text);
	assert!(tokio::time::timeout(Duration::from_millis(200), early)
		.await
		.is_err());
	drop(idle.pop());
	waiting.read_to_string(&mut text).await.unwrap();
	assert!(text.starts_with("HTTP/1.1 200"), "{text}");
	// A stop closes what is idle, and nobody is let in any more.
	stop.send(()).unwrap();
	for stream in &mut idle {
		let mut byte = [0];
		let read = stream.read(&mut byte);
		let read = tokio::time::timeout(Duration::from_secs(5), read)
			.await
			.unwrap();
		assert!(matches!(read, Ok(0) | Err(_)));
	}
	assert!(TcpStream::connect(address).await.is_err());
}
