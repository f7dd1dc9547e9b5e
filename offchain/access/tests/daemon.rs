//! The command line, and connections.

mod common;

use std::{fs, path::Path, process::Command, sync::Arc, time::Duration};

use axum::body::Bytes;
use common::*;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use syngraph_access::{config::Tls, listen};
use tempfile::TempDir;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{TcpListener, TcpStream},
	sync::oneshot,
};

fn run(arguments: &[&str]) -> (bool, String) {
	let output = Command::new(env!("CARGO_BIN_EXE_syngraph-access"))
		.args(arguments)
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

fn check(folder: &Path, config: &str) -> (bool, String) {
	fs::write(folder.join("payee"), "//Alice\n").unwrap();
	fs::write(
		folder.join("secret"),
		"0x3132333435363738393031323334353637383930\n",
	)
	.unwrap();
	let path = folder.join("access.toml");
	fs::write(&path, config).unwrap();
	run(&["check", "--config", path.to_str().unwrap()])
}

#[test]
fn it_explains_itself() {
	let (success, text) = run(&["--help"]);
	assert!(success);
	for command in ["serve", "check", "status", "skip"] {
		assert!(text.contains(command), "{text}");
	}
}

#[test]
fn it_checks_its_configuration() {
	let folder = TempDir::new().unwrap();
	let (success, text) = check(folder.path(), CONFIG);
	assert!(success, "{text}");
	assert!(
		text.contains("door open: 1000000000000000000000 for 30 s"),
		"{text}"
	);
	let twice = CONFIG.split_once("[[devices]]").unwrap().1;
	for (config, complaint) in [
		(
			CONFIG.replace("\"1000000000000000000000\"", "\"0\""),
			"the price must not be zero",
		),
		(
			CONFIG.replace("\"secret\"", "\"payee\""),
			"does not hold 16..=64 bytes",
		),
		(CONFIG.replace("\"secret\"", "\"nothing\""), "cannot read"),
		(CONFIG.replace("slot_seconds", "slot"), "unknown field"),
		(format!("margin = 0\n{CONFIG}"), "at least one block"),
		(
			format!("closings_per_block = 0\n{CONFIG}"),
			"closings_per_block must be from 1 to 1000",
		),
		(
			format!("closings_per_block = 1001\n{CONFIG}"),
			"closings_per_block must be from 1 to 1000",
		),
		(
			format!("tower = \"ws://127.0.0.1:1\"\nmargin = 40\n{CONFIG}"),
			"more than 40 blocks",
		),
		(format!("{CONFIG}digits = 9\n"), "cannot have 9 digits"),
		(format!("{CONFIG}[[devices]]{twice}"), "is there twice"),
	] {
		let (success, text) = check(folder.path(), &config);
		assert!(!success && text.contains(complaint), "{complaint}: {text}");
	}
}

#[test]
fn it_says_when_no_server_answers() {
	let folder = TempDir::new().unwrap();
	check(folder.path(), CONFIG);
	let path = folder.path().join("access.toml");
	let (success, text) = run(&["status", "--config", path.to_str().unwrap()]);
	assert!(
		!success && text.contains("no server answers at 127.0.0.1:1"),
		"{text}"
	);
}

/// A server that listens, and what stops it.
async fn listening(tls: Option<&Tls>) -> (std::net::SocketAddr, oneshot::Sender<()>, TempDir) {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let address = listener.local_addr().unwrap();
	let (stop, stopped) = oneshot::channel();
	let tls = tls.map(|files| listen::tls(files).unwrap());
	tokio::spawn(listen::serve(listener, tls, scene.app, 8, async move {
		stopped.await.ok();
	}));
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
	fs::write(&files.key, certificate.serialize_private_key_pem()).unwrap();
	(certificate, files)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_how_it_is_over_tls_as_well() {
	let folder = TempDir::new().unwrap();
	let (_, files) = certificate(folder.path());
	let (address, _stop, _folder) = listening(Some(&files)).await;
	let tls = "[tls]\ncertificate = \"certificate\"\nkey = \"key\"\n[[devices]]";
	let config = CONFIG
		.replace("127.0.0.1:1", &address.to_string())
		.replacen("[[devices]]", tls, 1);
	let (success, text) = check(folder.path(), &config);
	assert!(success, "{text}");
	let path = folder.path().join("access.toml");
	let status = ["status", "--config", path.to_str().unwrap()];
	let (success, text) = run(&status);
	assert!(success && text.starts_with("ok\n"), "{text}");
	assert!(text.contains("access_slots_sold_total 0"), "{text}");
	// Somebody else's server is not asked.
	certificate(folder.path());
	let (success, text) = run(&status);
	assert!(!success && text.contains("no TLS"), "{text}");
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
