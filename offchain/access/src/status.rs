//! How a running server is, asked over HTTP like anybody could.

use std::sync::Arc;

use anyhow::{ensure, Context};
use axum::{body::Bytes, http::StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::{client::conn::http1, header, Request};
use hyper_util::rt::TokioIo;
use rustls::{
	client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
	crypto::{ring, verify_tls12_signature, verify_tls13_signature, CryptoProvider},
	pki_types::{pem::PemObject, CertificateDer, ServerName, UnixTime},
	CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
};
use syngraph_access::config::{Config, Tls};
use tokio::{
	io::{AsyncRead, AsyncWrite},
	net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// Prints what the server says, and fails if it is not well.
pub async fn print(config: &Config) -> anyhow::Result<()> {
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
	match &config.tls {
		None => ask(config, stream, path).await,
		Some(tls) => {
			let connector = TlsConnector::from(Arc::new(trusting(tls)?));
			// Whatever it is called: what counts is that it has our certificate.
			let name = ServerName::from(config.listen.ip());
			let stream = connector.connect(name, stream).await;
			ask(config, stream.context("no TLS")?, path).await
		},
	}
}

async fn ask<S>(config: &Config, stream: S, path: &str) -> anyhow::Result<(StatusCode, String)>
where
	S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
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

/// Trusts the server that has the certificate in the configuration.
fn trusting(tls: &Tls) -> anyhow::Result<ClientConfig> {
	let certificate = CertificateDer::from_pem_file(&tls.certificate)
		.with_context(|| format!("in {}", tls.certificate.display()))?;
	let provider = Arc::new(ring::default_provider());
	let ours = Ours {
		certificate,
		provider: provider.clone(),
	};
	Ok(ClientConfig::builder_with_provider(provider)
		.with_safe_default_protocol_versions()?
		.dangerous()
		.with_custom_certificate_verifier(Arc::new(ours))
		.with_no_client_auth())
}

/// Accepts one certificate. It is the server's own, so it does not matter who vouches for it, for how long,
/// and under which name.
#[derive(Debug)]
struct Ours {
	certificate: CertificateDer<'static>,
	provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Ours {
	fn verify_server_cert(
		&self,
		shown: &CertificateDer<'_>,
		_: &[CertificateDer<'_>],
		_: &ServerName<'_>,
		_: &[u8],
		_: UnixTime,
	) -> Result<ServerCertVerified, Error> {
		match *shown == self.certificate {
			true => Ok(ServerCertVerified::assertion()),
			// It was replaced, and the server not restarted.
			false => Err(CertificateError::ApplicationVerificationFailure.into()),
		}
	}

	fn verify_tls12_signature(
		&self,
		message: &[u8],
		certificate: &CertificateDer<'_>,
		signed: &DigitallySignedStruct,
	) -> Result<HandshakeSignatureValid, Error> {
		let algorithms = &self.provider.signature_verification_algorithms;
		verify_tls12_signature(message, certificate, signed, algorithms)
	}

	fn verify_tls13_signature(
		&self,
		message: &[u8],
		certificate: &CertificateDer<'_>,
		signed: &DigitallySignedStruct,
	) -> Result<HandshakeSignatureValid, Error> {
		let algorithms = &self.provider.signature_verification_algorithms;
		verify_tls13_signature(message, certificate, signed, algorithms)
	}

	fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
		let algorithms = &self.provider.signature_verification_algorithms;
		algorithms.supported_schemes()
	}
}
