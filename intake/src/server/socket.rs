//! WebSockets: one request after the other, each answered as one by HTTP is.

use hyper::{
	body::Incoming,
	upgrade::{OnUpgrade, Upgraded},
	Request,
};
use hyper_util::rt::TokioIo;
use jsonrpsee::{
	server::HttpResponse,
	types::{error::reject_too_big_request, Id},
	MethodResponse,
};
use soketto::{connection::Error, handshake::http::Server, Incoming as Received};
use std::{future::Future, time::Duration};
use tokio::time::{interval_at, timeout, Instant, Interval};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

use super::times::Times;
use crate::peers::Peer;
use syngraph_net::Held;

/// The most bytes of a request by WebSocket. Each of them may hold so many for as long as it is open: that is
/// why it is less than by HTTP.
pub const MAX_SOCKET_BYTES: u32 = 128 * 1024;

type Stream = Compat<TokioIo<Upgraded>>;

/// A WebSocket that was asked for.
pub struct Socket {
	peer: Peer,
	/// Its place, if the connection has none of its own.
	_held: Option<Held>,
	server: Server,
	upgrade: OnUpgrade,
}

impl Socket {
	/// The WebSocket that a request asks for, and the answer to the request. None if it does not ask as it
	/// should.
	pub fn open(
		peer: Peer,
		held: Option<Held>,
		mut request: Request<Incoming>,
	) -> Option<(Self, HttpResponse)> {
		let mut server = Server::new();
		let response = server.receive_request(&request).ok()?;
		let upgrade = hyper::upgrade::on(&mut request);
		let socket = Self {
			peer,
			_held: held,
			server,
			upgrade,
		};
		Some((socket, response.map(|()| Default::default())))
	}

	/// Has what comes by it answered, until it is closed, nobody is there any more, or nothing is asked for long.
	pub async fn talk<A>(self, times: Times, answer: impl Fn(Peer, Vec<u8>) -> A)
	where
		A: Future<Output = String>,
	{
		let Ok(Ok(upgraded)) = timeout(times.head, self.upgrade).await else {
			return;
		};
		let mut socket = self.server.into_builder(TokioIo::new(upgraded).compat());
		socket.set_max_message_size(MAX_SOCKET_BYTES as usize);
		let (sender, receiver) = socket.finish();
		let mut talk = Talk {
			sender,
			receiver,
			pings: interval_at(Instant::now() + times.ping, times.ping),
			patience: 2 * times.ping,
			quiet: times.quiet,
		};
		while let Ok(Some(message)) = talk.listen().await {
			let said = timeout(times.request, async {
				let answer = answer(self.peer, message).await;
				talk.say(answer).await
			});
			if !matches!(said.await, Ok(Ok(()))) {
				return;
			}
		}
	}
}

/// A WebSocket that is open.
struct Talk {
	sender: soketto::Sender<Stream>,
	receiver: soketto::Receiver<Stream>,
	pings: Interval,
	/// After how long without a sign the other side counts as gone, and a message that was begun as never to
	/// be ended.
	patience: Duration,
	/// After how long without a message it is closed: else it would keep its place for ever.
	quiet: Duration,
}

impl Talk {
	/// The next message; none if there will be no more.
	async fn listen(&mut self) -> Result<Option<Vec<u8>>, Error> {
		let begun = Instant::now();
		let mut heard = begun;
		loop {
			let mut message = Vec::new();
			let mut receive = Box::pin(self.receiver.receive(&mut message));
			let received = loop {
				tokio::select! {
					received = &mut receive => break received,
					_ = self.pings.tick() => {
						if heard.elapsed() >= self.patience {
							return Ok(None);
						}
						if begun.elapsed() >= self.quiet {
							self.sender.close().await?;
							return Ok(None);
						}
						self.sender.send_ping((&[][..]).try_into().expect("it is short")).await?;
						self.sender.flush().await?;
					},
				}
			};
			match received {
				Ok(Received::Pong(_)) => heard = Instant::now(),
				Ok(Received::Closed(_)) => return Ok(None),
				Ok(Received::Data(_)) => {
					drop(receive);
					return Ok(Some(message));
				},
				Err(Error::MessageTooLarge { .. }) => {
					drop(receive);
					let error = reject_too_big_request(MAX_SOCKET_BYTES);
					let answer = MethodResponse::error(Id::Null, error);
					self.say(answer.into_result()).await?;
					self.sender.close().await?;
					return Ok(None);
				},
				Err(error) => return Err(error),
			}
		}
	}

	/// Sends an answer, if there is one: there is none to notifications.
	async fn say(&mut self, answer: String) -> Result<(), Error> {
		if answer.is_empty() {
			return Ok(());
		}
		self.sender.send_text_owned(answer).await?;
		self.sender.flush().await
	}
}
