//! JSON over HTTP and HTTPS, with a bound on everything.

use std::{path::Path, time::Duration};

use http::{header, request::Builder, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
	client::legacy::{connect::HttpConnector, Client},
	rt::TokioExecutor,
};
use rustls::{
	crypto::ring,
	pki_types::{pem::PemObject, CertificateDer},
	ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
};
use serde::{de::DeserializeOwned, Serialize};
use sp_core::H256;

use crate::{Error, Problem};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The most bytes of an answer.
const MAX_ANSWER: usize = 1024 * 1024;
/// Carries what a server knows a repeated request by.
const KEY_HEADER: &str = "idempotency-key";

/// A web server that speaks JSON.
pub struct Http {
	base: String,
	client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Http {
	/// The server at an `http://` or `https://` address. Its certificate is vouched for by one of those in
	/// a file, in PEM, or else by one that the system trusts.
	pub fn new(base: &str, authorities: Option<&Path>) -> Result<Self, Error> {
		let refused = || Error::Address(base.into());
		let base = base.trim_end_matches('/');
		let uri: Uri = base.parse().map_err(|_| refused())?;
		let tls = match (uri.scheme_str(), authorities) {
			(Some("https"), Some(file)) => tls(read_roots(file)?),
			// The system's certificates are needed only for addresses that ask for it.
			(Some("https"), None) => tls_of_system(),
			(Some("http"), _) => tls(RootCertStore::empty()),
			_ => return Err(refused()),
		};
		let tls = tls.map_err(|reason| Error::Unreachable {
			url: base.into(),
			reason,
		})?;
		let connector = HttpsConnectorBuilder::new()
			.with_tls_config(tls)
			.https_or_http()
			.enable_http1()
			.build();
		Ok(Self {
			base: base.into(),
			client: Client::builder(TokioExecutor::new()).build(connector),
		})
	}

	/// Where the server is.
	pub fn base(&self) -> &str {
		&self.base
	}

	/// Asks for what is at a path.
	pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
		self.send(Request::builder().method(Method::GET), path, Bytes::new())
			.await
	}

	/// Sends something to a path, with a key by which the server knows it again.
	pub async fn post<T: DeserializeOwned>(
		&self,
		path: &str,
		key: H256,
		content: &impl Serialize,
	) -> Result<T, Error> {
		let content = serde_json::to_vec(content)
			.map_err(|error| self.unreachable(path, error.to_string()))?;
		let request = Request::builder()
			.method(Method::POST)
			.header(KEY_HEADER, format!("{key:?}"));
		self.send(request, path, content.into()).await
	}

	async fn send<T: DeserializeOwned>(
		&self,
		request: Builder,
		path: &str,
		content: Bytes,
	) -> Result<T, Error> {
		let request = request
			.uri(format!("{}{path}", self.base))
			.header(header::ACCEPT, "application/json, application/problem+json")
			.header(header::CONTENT_TYPE, "application/json")
			.body(Full::new(content))
			.map_err(|error| self.unreachable(path, error.to_string()))?;
		let answer = async {
			let response = self.client.request(request).await.map_err(explain)?;
			read(response).await
		};
		let answer = tokio::time::timeout(TIMEOUT, answer)
			.await
			.unwrap_or_else(|_| Err("no answer in time".into()))
			.map_err(|reason| self.unreachable(path, reason))?;
		answer
			.into_content()?
			.map_err(|reason| self.unreachable(path, reason))
	}

	fn unreachable(&self, path: &str, reason: String) -> Error {
		Error::Unreachable {
			url: format!("{}{path}", self.base),
			reason,
		}
	}
}

/// A whole answer.
struct Answer {
	status: StatusCode,
	retry_after: Option<u64>,
	content: Bytes,
}

impl Answer {
	/// What was asked for; or that the server refuses; or, inside, that this is no proper answer.
	fn into_content<T: DeserializeOwned>(self) -> Result<Result<T, String>, Error> {
		if self.status.is_success() {
			let content = serde_json::from_slice(&self.content);
			return Ok(content.map_err(|error| format!("unreadable answer: {error}")));
		}
		match serde_json::from_slice::<Problem>(&self.content) {
			Ok(problem) => Err(Error::Refused(Problem {
				status: self.status.as_u16(),
				retry_after: self.retry_after.or(problem.retry_after),
				..problem
			})),
			// Not from the access server, which always says what the problem is.
			Err(_) => Ok(Err(format!("answered {}", self.status))),
		}
	}
}

async fn read(response: Response<Incoming>) -> Result<Answer, String> {
	let (head, body) = response.into_parts();
	let content = Limited::new(body, MAX_ANSWER)
		.collect()
		.await
		.map_err(|error| error.to_string())?;
	let retry_after = head.headers.get(header::RETRY_AFTER);
	Ok(Answer {
		status: head.status,
		retry_after: retry_after.and_then(|value| value.to_str().ok()?.parse().ok()),
		content: content.to_bytes(),
	})
}

/// An error with what lies behind it: the client's own words are "client error (Connect)".
fn explain(error: hyper_util::client::legacy::Error) -> String {
	let mut last: &dyn std::error::Error = &error;
	while let Some(source) = last.source() {
		last = source;
	}
	last.to_string()
}

/// The certificates in a file.
fn read_roots(file: &Path) -> Result<RootCertStore, Error> {
	let malformed = |reason: String| Error::Malformed {
		path: file.into(),
		reason,
	};
	let certificates = CertificateDer::pem_file_iter(file);
	let certificates: Vec<_> = certificates
		.and_then(Iterator::collect)
		.map_err(|error| malformed(error.to_string()))?;
	let mut roots = RootCertStore::empty();
	match roots.add_parsable_certificates(certificates) {
		(0, _) => Err(malformed("no certificate".into())),
		_ => Ok(roots),
	}
}

fn tls(roots: RootCertStore) -> Result<ClientConfig, String> {
	Ok(builder()?
		.with_root_certificates(roots)
		.with_no_client_auth())
}

fn tls_of_system() -> Result<ClientConfig, String> {
	let roots = builder()?.with_native_roots();
	let roots = roots.map_err(|error| format!("no certificates on this machine: {error}"))?;
	Ok(roots.with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, String> {
	ClientConfig::builder_with_provider(ring::default_provider().into())
		.with_safe_default_protocol_versions()
		.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn only_the_web_is_spoken_to() {
		for address in ["", "127.0.0.1:80", "ftp://a", "file:///etc/passwd", "/path"] {
			assert!(
				matches!(Http::new(address, None), Err(Error::Address(_))),
				"{address}"
			);
		}
		assert_eq!(Http::new("http://a/b/", None).unwrap().base(), "http://a/b");
	}
}
