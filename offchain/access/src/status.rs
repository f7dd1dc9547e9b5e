//! How a running server is, asked over HTTP like anybody could.

use anyhow::{bail, ensure, Context};
use axum::{body::Bytes, http::StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::{client::conn::http1, header, Request};
use hyper_util::rt::TokioIo;
use syngraph_access::config::Config;
use tokio::net::TcpStream;

/// Prints what the server says, and fails if it is not well.
pub async fn print(config: &Config) -> anyhow::Result<()> {
	if config.tls.is_some() {
		bail!("the server speaks TLS: ask for https://<its name>/healthz and /metrics");
	}
	let (health, text) = get(config, "/healthz").await?;
	println!("{}", text.trim_end());
	let (_, metrics) = get(config, "/metrics").await?;
	let is_figure = |line: &&str| !line.starts_with('#') && !line.contains("_bucket{");
	metrics
		.lines()
		.filter(is_figure)
		.for_each(|line| println!("{line}"));
	ensure!(health.is_success(), "the server is not well");
	Ok(())
}

async fn get(config: &Config, path: &str) -> anyhow::Result<(StatusCode, String)> {
	let stream = TcpStream::connect(config.listen)
		.await
		.with_context(|| format!("no server answers at {}", config.listen))?;
	let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
	tokio::spawn(connection);
	let request = Request::get(path)
		.header(header::HOST, config.listen.to_string())
		.body(Empty::<Bytes>::new())?;
	let response = sender.send_request(request).await?;
	let status = response.status();
	let body = response.into_body().collect().await?.to_bytes();
	Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
