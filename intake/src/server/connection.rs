//! One connection: what it takes for a request to be looked at.

use hyper::{
	body::{Body, Incoming},
	header::{HeaderValue, CONNECTION, CONTENT_TYPE},
	http::request::Parts,
	server::conn::http1,
	service::service_fn,
	Request, StatusCode,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use jsonrpsee::{
	server::{
		ws::is_upgrade_request, BatchRequestConfig, HttpBody, HttpResponse, ServerBuilder,
		StopHandle,
	},
	types::{error::reject_too_big_request, ErrorObject, Id, InvalidRequest},
	MethodResponse,
};
use parking_lot::Mutex;
use std::{
	convert::Infallible,
	future::{poll_fn, Future},
	net::IpAddr,
	pin::Pin,
	sync::Arc,
};
use syngraph_net::Impatient;
use tokio::{
	net::TcpStream,
	time::{timeout, Instant},
};
use tower::Service;

use super::{bytes::Share, socket::Socket, times::Times, Endpoint, EACH, MAX_REQUEST_BYTES};
use crate::{
	codes::{error, Retry, BUSY, TOO_FAST},
	peers::{self, Guest, Peer},
};

/// The most calls of a batch.
pub const MAX_CALLS: u32 = 32;
/// The most bytes of an answer: it is to a batch of messages, or to a batch of such batches.
const MAX_ANSWER_BYTES: u32 = 4 * 1024 * 1024;
/// The most bytes that are read ahead, the head of a request included.
const MAX_BUFFER_BYTES: usize = 16 * 1024;
/// Of an answer of fewer bytes no account is kept.
const SMALL_BYTES: usize = 16 * 1024;

/// A connection of a device, or of the operator's proxy.
pub struct Connection {
	pub endpoint: Arc<Endpoint>,
	pub stop: StopHandle,
	pub address: IpAddr,
	pub from_proxy: bool,
	pub begun: Instant,
	/// What the last answer takes up: it may not be sent yet.
	pub unsent: Mutex<Option<Share>>,
	/// The WebSocket that it is going to be.
	pub socket: Mutex<Option<Socket>>,
}

impl Connection {
	/// Answers what comes by it, until it ends.
	pub async fn serve(self: Arc<Self>, stream: TcpStream) {
		let times = self.times();
		let connection = self.clone();
		let service = service_fn(move |request| connection.clone().answer(request));
		// HTTP/1 only: so there is one request at a time, and none while the answer before waits to be sent.
		let http = http1::Builder::new()
			.timer(TokioTimer::new())
			.header_read_timeout(times.head)
			.max_buf_size(MAX_BUFFER_BYTES)
			.serve_connection(TokioIo::new(Impatient::new(stream, times.taking)), service)
			.with_upgrades();
		// Even the last answer is not waited for without end: there is time for one more request.
		let whole = times.life + times.head + times.request;
		if !matches!(timeout(whole, http).await, Ok(Ok(()))) {
			return;
		}
		let socket = self.socket.lock().take();
		if let Some(socket) = socket {
			let answer = |peer, message| self.answer_text(peer, message);
			socket.talk(times, answer).await;
		}
	}

	/// How long things may take.
	fn times(&self) -> Times {
		self.endpoint.times
	}

	async fn answer(
		self: Arc<Self>,
		request: Request<Incoming>,
	) -> Result<HttpResponse, Infallible> {
		let forwarded = self.from_proxy.then(|| peers::forwarded_for(&request));
		let address = forwarded.flatten().unwrap_or(self.address);
		let peer = Peer::new(address);
		if is_upgrade_request(&request) {
			return Ok(self.open_socket(address, peer, request));
		}
		let respond = self.respond(peer, request);
		let mut response = match timeout(self.times().request, respond).await {
			Ok(response) => response,
			Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, String::new()),
		};
		if self.begun.elapsed() > self.times().life {
			close(&mut response);
		}
		Ok(response)
	}

	/// Answers a request by HTTP.
	async fn respond(&self, peer: Peer, request: Request<Incoming>) -> HttpResponse {
		self.unsent.lock().take();
		let mut share = self.endpoint.bytes.share(peer);
		let (parts, body) = request.into_parts();
		let body = match read(body, &mut share).await {
			Ok(body) => body,
			Err(refusal) => {
				// It has cost something, too. There is nothing more to refuse.
				let _ = self.admit(peer, 0);
				if refusal.status() == StatusCode::SERVICE_UNAVAILABLE {
					self.endpoint.metrics.turn_away("bytes");
				}
				return refusal;
			},
		};
		let response = self.ask(peer, parts, body).await;
		let length = response.body().size_hint().exact().unwrap_or(u64::MAX);
		let length = usize::try_from(length).unwrap_or(usize::MAX);
		if length > SMALL_BYTES {
			// If it is longer than the request was, it is so by little, or the peer has paid for it.
			share.shrink_to(length);
			*self.unsent.lock() = Some(share);
		}
		response
	}

	/// Answers a request by WebSocket.
	async fn answer_text(&self, peer: Peer, message: Vec<u8>) -> String {
		let request = Request::post("/")
			.header(CONTENT_TYPE, "application/json")
			.body(());
		let Ok(request) = request else {
			return String::new();
		};
		let (parts, ()) = request.into_parts();
		let mut body = self.ask(peer, parts, message).await.into_body();
		let mut answer = Vec::new();
		while let Some(Ok(frame)) = next_frame(&mut body).await {
			answer.extend_from_slice(frame.data_ref().map_or(&[], |data| &data[..]));
		}
		String::from_utf8(answer).unwrap_or_default()
	}

	/// Answers a request, whatever way it came, if the peer is within its limit.
	async fn ask(&self, peer: Peer, parts: Parts, body: Vec<u8>) -> HttpResponse {
		let Some(guest) = self.admit(peer, body.len()) else {
			self.endpoint.metrics.turn_away("peer");
			let id = serde_json::from_slice::<InvalidRequest<'_>>(&body);
			let id = id.map_or(Id::Null, |request| request.id);
			let message = "too many requests in a second from this address, try again";
			return json(id, error(TOO_FAST, message, Retry::Soon));
		};
		let mut request = Request::from_parts(parts, HttpBody::from(body));
		request.extensions_mut().insert(guest);
		let mut service = ServerBuilder::new()
			.http_only()
			.max_request_body_size(MAX_REQUEST_BYTES)
			.max_response_body_size(MAX_ANSWER_BYTES)
			.set_batch_request_config(BatchRequestConfig::Limit(MAX_CALLS))
			.to_service_builder()
			.build(self.endpoint.methods.clone(), self.stop.clone());
		let response = service.call(request).await;
		response.unwrap_or_else(|_| refuse(StatusCode::INTERNAL_SERVER_ERROR, String::new()))
	}

	fn admit(&self, peer: Peer, bytes: usize) -> Option<Guest> {
		Guest::admit(peer, &self.endpoint.rates, bytes)
	}

	fn open_socket(&self, address: IpAddr, peer: Peer, request: Request<Incoming>) -> HttpResponse {
		if self.admit(peer, 0).is_none() {
			self.endpoint.metrics.turn_away("peer");
			return refuse(StatusCode::TOO_MANY_REQUESTS, String::new());
		}
		// What comes by the proxy counts for whom it forwards, for as long as it takes a place.
		let held = self
			.from_proxy
			.then(|| self.endpoint.connections.hold(address, &EACH));
		if held.as_ref().is_some_and(Option::is_none) {
			self.endpoint.metrics.turn_away("connections");
			return refuse(StatusCode::TOO_MANY_REQUESTS, String::new());
		}
		match Socket::open(peer, held.flatten(), request) {
			Some((socket, response)) => {
				*self.socket.lock() = Some(socket);
				response
			},
			None => refuse(StatusCode::BAD_REQUEST, String::new()),
		}
	}
}

/// Reads a body, as far as there is room for it.
async fn read(mut body: Incoming, share: &mut Share) -> Result<Vec<u8>, HttpResponse> {
	let too_large = || {
		let error = reject_too_big_request(MAX_REQUEST_BYTES);
		let answer = MethodResponse::error(Id::Null, error).into_result();
		refuse(StatusCode::PAYLOAD_TOO_LARGE, answer)
	};
	if body.size_hint().lower() > MAX_REQUEST_BYTES.into() {
		return Err(too_large());
	}
	let mut bytes = Vec::new();
	while let Some(frame) = next_frame(&mut body).await {
		let frame = frame.map_err(|_| refuse(StatusCode::BAD_REQUEST, String::new()))?;
		let Some(data) = frame.data_ref() else {
			continue;
		};
		if bytes.len().saturating_add(data.len()) > MAX_REQUEST_BYTES as usize {
			return Err(too_large());
		}
		if !share.grow(data.len()) {
			let error = error(BUSY, "too much is under way, try again", Retry::Soon);
			let answer = MethodResponse::error(Id::Null, error).into_result();
			return Err(refuse(StatusCode::SERVICE_UNAVAILABLE, answer));
		}
		bytes.extend_from_slice(data);
	}
	Ok(bytes)
}

/// The next part of a body.
fn next_frame<B: Body + Unpin>(
	body: &mut B,
) -> impl Future<Output = Option<Result<hyper::body::Frame<B::Data>, B::Error>>> + '_ {
	poll_fn(|context| Pin::new(&mut *body).poll_frame(context))
}

/// An error as JSON-RPC has them.
fn json(id: Id<'_>, error: ErrorObject<'_>) -> HttpResponse {
	let answer = MethodResponse::error(id, error).into_result();
	let mut response = HttpResponse::new(answer.into());
	let json = HeaderValue::from_static("application/json; charset=utf-8");
	response.headers_mut().insert(CONTENT_TYPE, json);
	response
}

/// The last answer of a connection: what comes after it was not read to the end.
fn refuse(status: StatusCode, answer: String) -> HttpResponse {
	let mut response = HttpResponse::new(answer.into());
	*response.status_mut() = status;
	close(&mut response);
	response
}

/// Makes an answer the last one of its connection.
fn close(response: &mut HttpResponse) {
	let last = HeaderValue::from_static("close");
	response.headers_mut().insert(CONNECTION, last);
}
