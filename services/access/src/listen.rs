//! Connections: how many, how long, and over TLS if there is a certificate.

use std::{
	convert::Infallible,
	future::Future,
	path::PathBuf,
	sync::Arc,
	time::{Duration, Instant},
};

use anyhow::Context;
use axum::{
	http::{header, HeaderValue, StatusCode},
	response::Response,
	Router,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn, Request};
use hyper_util::{
	rt::{TokioIo, TokioTimer},
	server::graceful::{GracefulShutdown, Watcher},
	service::TowerToHyperService,
};
use rustls::{
	pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
	ServerConfig,
};
use serde::Deserialize;
use syngraph_client::secret;
use syngraph_net::{Connections, Impatient};
use tokio::{
	io::{AsyncRead, AsyncWrite},
	net::{TcpListener, TcpStream},
	sync::Semaphore,
	time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::reply::plain;

mod files;

/// How long a client may take for a handshake, or for the head of a request: also how long a connection
/// may be idle.
const HEAD: Duration = Duration::from_secs(30);
/// How many bytes that head may have, and how many are kept of what a connection reads or sends.
const BUFFER: usize = 16 * 1024;
/// How long a request may take, its body included.
const REQUEST: Duration = Duration::from_secs(30);
/// How long a connection may last. The answer after that is its last.
const LIFE: Duration = Duration::from_secs(600);
/// How long it may last if even that answer is not taken: with time for one more request.
const WHOLE: Duration = Duration::from_secs(600 + 2 * 30);
/// How long requests under way have when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take nothing at all of what is sent.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after a connection could not be accepted, for lack of files perhaps.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections are served at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
	/// From all addresses.
	pub connections: u32,
	/// From one address, or one network of IPv6 of 64 bits. Any more of them are closed at once.
	pub per_address: u32,
}

impl Limits {
	/// How many are from one site of IPv6, of 48 bits, within which somebody may have very many networks: as many as
	/// several addresses have, and no more than half of all, unless one address may have more.
	fn per_site(&self) -> u32 {
		let times = syngraph_net::SITE_TIMES.get();
		let several = self.per_address.saturating_mul(times);
		several.min(self.connections / 2).max(self.per_address)
	}

	fn each(&self) -> syngraph_net::Limits {
		syngraph_net::Limits {
			per_address: self.per_address,
			per_site: self.per_site(),
		}
	}
}

/// A certificate and its key, in PEM.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
	/// The file with the certificate, followed by those that certify it.
	pub certificate: PathBuf,
	/// The file with its key.
	pub key: PathBuf,
}

/// Reads a certificate and its key.
pub fn tls(files: &Tls) -> anyhow::Result<TlsAcceptor> {
	let certificate =
		|| -> Result<Vec<_>, _> { CertificateDer::pem_file_iter(&files.certificate)?.collect() };
	let certificate =
		certificate().with_context(|| format!("in {}", files.certificate.display()))?;
	let key = secret::read(&files.key).context("tls.key")?;
	let key = PrivateKeyDer::from_pem_slice(&key)
		.with_context(|| format!("in {}", files.key.display()))?;
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let mut config = ServerConfig::builder_with_provider(provider)
		.with_safe_default_protocol_versions()?
		.with_no_client_auth()
		.with_single_cert(certificate, key)?;
	config.alpn_protocols = vec![b"http/1.1".to_vec()];
	Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves so many connections at a time until `stop`, then finishes what is under way.
pub async fn serve(
	listener: TcpListener,
	tls: Option<TlsAcceptor>,
	app: Router,
	limits: Limits,
	stop: impl Future<Output = ()>,
) {
	let places = Arc::new(Semaphore::new(limits.connections as usize));
	let (connections, each) = (Connections::default(), limits.each());
	let graceful = GracefulShutdown::new();
	let accept = async {
		// The semaphore is never closed.
		while let Ok(place) = places.clone().acquire_owned().await {
			let (stream, address) = match listener.accept().await {
				Ok(accepted) => accepted,
				Err(error) => {
					tracing::warn!("cannot accept a connection: {error}");
					sleep(PAUSE).await;
					continue;
				},
			};
			let Some(held) = connections.hold(address.ip(), &each) else {
				tracing::debug!("too many connections from {}", address.ip());
				continue;
			};
			let connection = connection(stream, tls.clone(), app.clone(), graceful.watcher());
			tokio::spawn(async move {
				if let Err(error) = timeout(WHOLE, connection)
					.await
					.map_err(Into::into)
					.flatten()
				{
					tracing::debug!("a connection ended: {error:#}");
				}
				drop((place, held));
			});
		}
	};
	tokio::select! {
		() = accept => {},
		() = stop => {},
	}
	drop(listener);
	if timeout(GRACE, graceful.shutdown()).await.is_err() {
		tracing::warn!("some connections were cut");
	}
}

async fn connection(
	stream: TcpStream,
	tls: Option<TlsAcceptor>,
	app: Router,
	watcher: Watcher,
) -> anyhow::Result<()> {
	stream.set_nodelay(true)?;
	let stream = Impatient::new(stream, TIMEOUT);
	match tls {
		None => talk(stream, app, watcher).await,
		Some(tls) => talk(timeout(HEAD, tls.accept(stream)).await??, app, watcher).await,
	}
}

async fn talk<S>(stream: S, app: Router, watcher: Watcher) -> anyhow::Result<()>
where
	S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
	let app = TowerToHyperService::new(app);
	let begun = Instant::now();
	let service = service_fn(move |request| answer(app.clone(), request, begun));
	let connection = http1::Builder::new()
		.timer(TokioTimer::new())
		.header_read_timeout(HEAD)
		.max_buf_size(BUFFER)
		.serve_connection(TokioIo::new(stream), service);
	Ok(watcher.watch(connection).await?)
}

/// Answers a request of a connection that has lasted since `begun`.
async fn answer(
	app: TowerToHyperService<Router>,
	request: Request<Incoming>,
	begun: Instant,
) -> Result<Response, Infallible> {
	use hyper::service::Service;
	let mut response = match timeout(REQUEST, app.call(request)).await {
		Ok(Ok(response)) => response,
		Err(_) => plain(StatusCode::REQUEST_TIMEOUT),
	};
	if begun.elapsed() > LIFE {
		let close = HeaderValue::from_static("close");
		response.headers_mut().insert(header::CONNECTION, close);
	}
	Ok(response)
}

#[cfg(test)]
mod tests {
	use super::Limits;

	#[test]
	fn a_site_of_ipv6_does_not_take_all_places() {
		let per_site = |per_address| {
			let connections = 1024;
			let limits = Limits {
				connections,
				per_address,
			};
			limits.each().per_site
		};
		assert_eq!(
			[1, 64, 300, 511, 512].map(per_site),
			[4, 256, 512, 512, 512]
		);
		// Behind a proxy all come from one address.
		assert_eq!(per_site(1024), 1024);
	}
}
