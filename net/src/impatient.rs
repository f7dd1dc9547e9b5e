//! A stream whose other side has to take what is sent.

use std::{
	future::Future,
	io::{self, IoSlice},
	pin::Pin,
	task::{ready, Context, Poll},
	time::Duration,
};
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	time::{sleep, Sleep},
};

/// Fails when the other side takes nothing of what is sent for too long. Without it, whoever asks and never
/// reads the answers would keep its place for as long as a connection may last.
pub struct Impatient<S> {
	stream: S,
	/// How long the other side may take nothing at all.
	patience: Duration,
	/// When patience ends, while something waits to be sent.
	end: Option<Pin<Box<Sleep>>>,
}

impl<S> Impatient<S> {
	/// A stream to whose other side nothing has been sent yet.
	pub fn new(stream: S, patience: Duration) -> Self {
		Self {
			stream,
			patience,
			end: None,
		}
	}
}

impl<S: Unpin> Impatient<S> {
	/// Does something that waits for the other side, for as long as there is patience.
	fn send<T>(
		&mut self,
		context: &mut Context<'_>,
		step: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
	) -> Poll<io::Result<T>> {
		let done = step(Pin::new(&mut self.stream), context);
		if done.is_ready() {
			self.end = None;
			return done;
		}
		let patience = self.patience;
		let end = self.end.get_or_insert_with(|| Box::pin(sleep(patience)));
		ready!(end.as_mut().poll(context));
		Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
	}
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
	fn poll_read(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		buffer: &mut ReadBuf<'_>,
	) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_read(context, buffer)
	}
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
	fn poll_write(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		bytes: &[u8],
	) -> Poll<io::Result<usize>> {
		self.send(context, |stream, context| stream.poll_write(context, bytes))
	}

	fn poll_write_vectored(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		slices: &[IoSlice<'_>],
	) -> Poll<io::Result<usize>> {
		self.send(context, |stream, context| {
			stream.poll_write_vectored(context, slices)
		})
	}

	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}

	fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		self.send(context, |stream, context| stream.poll_flush(context))
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		self.send(context, |stream, context| stream.poll_shutdown(context))
	}
}
