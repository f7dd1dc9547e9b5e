//! Connections: how many, how long, and over TLS if there is a certificate.

use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{http::StatusCode, response::Response, Router};
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
use tokio::{
	io::{AsyncRead, AsyncWrite},
	net::{TcpListener, TcpStream},
	sync::Semaphore,
	time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::{config::Tls, http::plain};

/// How long a client may take for a handshake, or for the head of a request: also how long a connection
/// may be idle.
const HEAD: Duration = Duration::from_secs(30);
/// How long a request may take, its body included.
const REQUEST: Duration = Duration::from_secs(30);
/// How long requests under way have when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// The pause after a connection could not be accepted, for lack of files perhaps.
const PAUSE: Duration = Duration::from_millis(100);

/// Reads a certificate and its key.
pub fn tls(files: &Tls) -> anyhow::Result<TlsAcceptor> {
	let certificate =
		|| -> Result<Vec<_>, _> { CertificateDer::pem_file_iter(&files.certificate)?.collect() };
	let certificate =
		certificate().with_context(|| format!("in {}", files.certificate.display()))?;
	let key = PrivateKeyDer::from_pem_file(&files.key)
		.with_context(|| format!("in {}", files.key.display()))?;
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let mut config = ServerConfig::builder_with_provider(provider)
		.with_safe_default_protocol_versions()?
		.with_no_client_auth()
		.with_single_cert(certificate, key)?;
	config.alpn_protocols = vec![b"http/1.1".to_vec()];
	Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves at most so many connections at a time until `stop`, then finishes what is under way.
pub async fn serve(
	listener: TcpListener,
	tls: Option<TlsAcceptor>,
	app: Router,
	connections: u32,
	stop: impl Future<Output = ()>,
) {
	let places = Arc::new(Semaphore::new(connections as usize));
	let graceful = GracefulShutdown::new();
	let accept = async {
		// The semaphore is never closed.
		while let Ok(place) = places.clone().acquire_owned().await {
			let stream = match listener.accept().await {
				Ok((stream, _)) => stream,
				Err(error) => {
					tracing::warn!("cannot accept a connection: {error}");
					sleep(PAUSE).await;
					continue;
				},
			};
			let connection = connection(stream, tls.clone(), app.clone(), graceful.watcher());
			tokio::spawn(async move {
				if let Err(error) = connection.await {
					tracing::debug!("a connection ended: {error:#}");
				}
				drop(place);
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
	let service = service_fn(move |request| answer(app.clone(), request));
	let connection = http1::Builder::new()
		.timer(TokioTimer::new())
		.header_read_timeout(HEAD)
		.serve_connection(TokioIo::new(stream), service);
	Ok(watcher.watch(connection).await?)
}

async fn answer(
	app: TowerToHyperService<Router>,
	request: Request<Incoming>,
) -> Result<Response, Infallible> {
	use hyper::service::Service;
	match timeout(REQUEST, app.call(request)).await {
		Ok(response) => response,
		Err(_) => Ok(plain(StatusCode::REQUEST_TIMEOUT)),
	}
}
