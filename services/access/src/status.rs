//! How a running server is, asked over HTTP beside everybody else.

use std::{
	io::{stdout, ErrorKind, Write},
	net::SocketAddr,
	time::Duration,
};

use anyhow::{ensure, Context};
use axum::{body::Bytes, http::StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::{client::conn::http1, header, Request};
use hyper_util::rt::TokioIo;
use syngraph_access::config::Config;
use tokio::{net::TcpStream, time::timeout};

/// How long the server may take for each answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Prints what the server says, and fails if it is not well.
pub async fn print(config: &Config) -> anyhow::Result<()> {
	let (health, text) = get(config.admin(), "/healthz").await?;
	say(text.trim_end())?;
	let (_, metrics) = get(config.admin(), "/metrics").await?;
	let is_figure = |line: &&str| !line.starts_with('#') && !line.contains("_bucket{");
	let figures: Vec<_> = metrics.lines().filter(is_figure).collect();
	say(&figures.join("\n"))?;
	ensure!(health.is_success(), "the server is not well");
	Ok(())
}

fn say(text: &str) -> std::io::Result<()> {
	match writeln!(stdout(), "{text}") {
		// Whoever reads only the first lines has read enough.
		Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
		said => said,
	}
}

async fn get(address: SocketAddr, path: &str) -> anyhow::Result<(StatusCode, String)> {
	timeout(TIMEOUT, ask(address, path))
		.await
		.with_context(|| format!("the server at {address} does not answer in time"))?
}

async fn ask(address: SocketAddr, path: &str) -> anyhow::Result<(StatusCode, String)> {
	let stream = TcpStream::connect(address)
		.await
		.with_context(|| format!("no server answers at {address}"))?;
	let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
	tokio::spawn(connection);
	let request = Request::get(path)
		.header(header::HOST, address.to_string())
		.body(Empty::<Bytes>::new())?;
	let response = sender.send_request(request).await?;
	let status = response.status();
	let body = response.into_body().collect().await?.to_bytes();
	Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
