//! The HTTP API. `openapi.json` describes it.

use std::{
	ops::RangeInclusive,
	sync::{Arc, OnceLock},
};

use axum::{
	body::Bytes,
	extract::{rejection::BytesRejection, DefaultBodyLimit, Path, Request as HttpRequest, State},
	http::{header, HeaderMap, HeaderValue, StatusCode},
	response::{IntoResponse, Response},
	routing::{get, post, MethodRouter},
	Router,
};
use codec::DecodeAll;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};
use syngraph_primitives::ChannelId;
use tower::ServiceExt;

use crate::{
	problem::MAX_BODY,
	reply::{plain, reply},
	Chain, Problem, Request, Server, SignedReceipt,
};

/// The header by which a client makes sure that nobody else is told its password.
pub const KEY_HEADER: &str = "idempotency-key";
/// How many bytes it has: so many that nobody guesses it.
pub const KEY_BYTES: RangeInclusive<usize> = 16..=128;
/// The description of this interface.
pub const OPENAPI: &str = include_str!("../openapi.json");

type Shared<C> = State<Arc<Server<C>>>;

/// Everything there is to ask for.
pub fn routes<C: Chain>() -> Vec<(&'static str, MethodRouter<Arc<Server<C>>>)> {
	vec![
		("/v1/info", get(info)),
		("/v1/channels/{id}", get(channel)),
		("/v1/slots", post(slots)),
		("/openapi.json", get(openapi)),
		("/healthz", get(health)),
		("/metrics", get(metrics)),
	]
}

/// What operators ask for, and can ask for beside everybody else.
pub fn admin_routes<C: Chain>() -> Vec<(&'static str, MethodRouter<Arc<Server<C>>>)> {
	vec![("/healthz", get(health)), ("/metrics", get(metrics))]
}

/// The server as a web application.
pub fn router<C: Chain>(server: Arc<Server<C>>) -> Router {
	application(server, routes())
}

/// As a web application for its operator alone.
pub fn admin<C: Chain>(server: Arc<Server<C>>) -> Router {
	application(server, admin_routes())
}

fn application<C: Chain>(
	server: Arc<Server<C>>,
	routes: Vec<(&'static str, MethodRouter<Arc<Server<C>>>)>,
) -> Router {
	let router = routes
		.into_iter()
		.fold(Router::new(), |router, (path, method)| {
			router.route(path, method)
		});
	router
		.fallback(|| async { plain(StatusCode::NOT_FOUND) })
		.method_not_allowed_fallback(|| async { plain(StatusCode::METHOD_NOT_ALLOWED) })
		.layer(DefaultBodyLimit::max(MAX_BODY))
		.with_state(server)
}

/// A web application that answers that it is not available until it is opened. Clones are the same.
#[derive(Clone, Default)]
pub struct Door(Arc<Doorway>);

#[derive(Default)]
struct Doorway {
	/// What is behind it, once it is open.
	app: OnceLock<Router>,
	/// Why it is closed, if that is told here.
	reason: Mutex<Option<String>>,
}

impl Door {
	/// Lets everybody in, once.
	pub fn open(&self, app: Router) {
		self.0.app.get_or_init(|| app);
	}

	/// Tells from now on why it is closed. That is for operators: not everybody is to know where the node is.
	pub fn explain(&self, reason: String) {
		*self.0.reason.lock() = Some(reason);
	}

	/// The application.
	pub fn router(&self) -> Router {
		let door = self.clone();
		Router::new().fallback(move |request: HttpRequest| {
			let door = door.clone();
			async move {
				let app = door.0.app.get().cloned();
				match app {
					Some(app) => app.oneshot(request).await.into_response(),
					None => door.closed(),
				}
			}
		})
	}

	/// What is answered while it is closed.
	fn closed(&self) -> Response {
		let problem = Problem::Unavailable("the chain cannot be reached");
		let mut body = problem.body();
		let reason = self.0.reason.lock().clone();
		if let Some(reason) = reason {
			body["detail"] = json!(reason);
		}
		refusal(&problem, &body)
	}
}

async fn info<C: Chain>(State(server): Shared<C>) -> Response {
	let offers = server.terms().offers.iter().map(|offer| {
		json!({
			"device": offer.device,
			"service": offer.service,
			"price": offer.price.to_string(),
			"slot_seconds": offer.slot_seconds,
		})
	});
	ok(&json!({
		"genesis": server.watch().genesis(),
		"payee": server.payee(),
		"instance": server.ledger().instance(),
		"margin": server.terms().rules.margin,
		"services": offers.collect::<Value>(),
	}))
}

async fn channel<C: Chain>(
	State(server): Shared<C>,
	Path(id): Path<String>,
) -> Result<Response, Problem> {
	let bytes: [u8; 32] =
		array_bytes::hex2array(&id).map_err(|_| malformed("a channel is 0x and 64 digits"))?;
	Ok(ok(&server.channel(ChannelId::from(bytes)).await?))
}

/// The body of a request for a slot.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
	device: String,
	service: String,
	receipt: String,
	/// In decimal digits.
	price: Option<String>,
}

async fn slots<C: Chain>(
	State(server): Shared<C>,
	headers: HeaderMap,
	body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
	let request = read(&headers, body).inspect_err(|problem| server.metrics().refuse(problem))?;
	let slot = server.sell(request).await?;
	let mut response = ok(&slot);
	// A password is for whoever asked, and for nobody between.
	let no_store = HeaderValue::from_static("no-store");
	response
		.headers_mut()
		.insert(header::CACHE_CONTROL, no_store);
	Ok(response)
}

fn read(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Request, Problem> {
	let body = body.map_err(|rejection| match rejection.status() {
		StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
		_ => malformed("the body cannot be read"),
	})?;
	let body: Body =
		serde_json::from_slice(&body).map_err(|error| Problem::Malformed(error.to_string()))?;
	let receipt = array_bytes::hex2bytes(&body.receipt)
		.map_err(|_| malformed("the receipt is not hexadecimal"))?;
	let price = body.price.map(|price| price.parse()).transpose();
	let key = read_key(headers)?;
	Ok(Request {
		device: body.device,
		service: body.service,
		receipt: SignedReceipt::decode_all(&mut &receipt[..])
			.map_err(|_| malformed("the receipt is not a signed receipt in SCALE"))?,
		price: price.map_err(|_| malformed("the price is not an amount"))?,
		key: Some(key),
	})
}

/// The hash of what a client shows now, and has to show again to be told the same password again.
fn read_key(headers: &HeaderMap) -> Result<H256, Problem> {
	let mut keys = headers.get_all(KEY_HEADER).into_iter();
	match (keys.next().map(HeaderValue::as_bytes), keys.next()) {
		(Some(key), None) if KEY_BYTES.contains(&key.len()) => Ok(BlakeTwo256::hash(key)),
		_ => Err(malformed(
			"there must be one header Idempotency-Key, with 16 to 128 bytes that only this client knows",
		)),
	}
}

async fn openapi() -> Response {
	reply(StatusCode::OK, "application/json", OPENAPI.into())
}

async fn health<C: Chain>(State(server): Shared<C>) -> Result<Response, Problem> {
	server.ensure_healthy()?;
	let warnings = server.warnings();
	let warnings = warnings
		.iter()
		.map(|warning| format!("warning: {warning}\n"));
	let text = warnings.fold("ok\n".to_string(), |text, warning| text + &warning);
	Ok(reply(StatusCode::OK, "text/plain", text.into()))
}

async fn metrics<C: Chain>(State(server): Shared<C>) -> Response {
	match server.metrics().render() {
		Ok(text) => reply(StatusCode::OK, "text/plain; version=0.0.4", text.into()),
		Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
	}
}

fn malformed(what: &str) -> Problem {
	Problem::Malformed(what.into())
}

fn ok(value: &impl Serialize) -> Response {
	match serde_json::to_vec(value) {
		Ok(body) => reply(StatusCode::OK, "application/json", body.into()),
		Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
	}
}

impl IntoResponse for Problem {
	fn into_response(self) -> Response {
		refusal(&self, &self.body())
	}
}

/// The response to a request with this problem.
fn refusal(problem: &Problem, body: &Value) -> Response {
	let (_, status) = problem.kind();
	let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
	let body = body.to_string();
	let mut response = reply(status, "application/problem+json", body.into());
	if let Some(seconds) = problem.retry_after() {
		let headers = response.headers_mut();
		headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
	}
	response
}
