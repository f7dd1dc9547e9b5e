//! A TCP stream that acknowledges at once what it receives.

use std::{
	io,
	pin::Pin,
	task::{Context, Poll},
};

use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	net::TcpStream,
};

/// A TCP stream without delayed acknowledgements.
///
/// A node sends its answers with Nagle's algorithm: a second small one waits until the first is
/// acknowledged. This side would acknowledge after 40 ms only, in the hope of something to send with it; so
/// two requests at a time would take a hundred times as long as two in turn.
pub(crate) struct Prompt(TcpStream);

impl Prompt {
	/// Connects to a host.
	pub(crate) async fn connect(host: &str, port: u16) -> io::Result<Self> {
		let stream = TcpStream::connect((host, port)).await?;
		stream.set_nodelay(true)?;
		Ok(Self(stream))
	}

	/// Lets the system acknowledge without delay. It falls back to delaying by itself, so that this has to be
	/// said again after everything that was received.
	fn acknowledge(&self) {
		#[cfg(target_os = "linux")]
		if let Err(error) = self.0.set_quickack(true) {
			// The stream is as good as any other then.
			tracing::debug!("acknowledgements are delayed: {error}");
		}
	}
}

impl AsyncRead for Prompt {
	fn poll_read(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		buffer: &mut ReadBuf<'_>,
	) -> Poll<io::Result<()>> {
		let read = Pin::new(&mut self.0).poll_read(context, buffer);
		if read.is_ready() {
			self.acknowledge();
		}
		read
	}
}

impl AsyncWrite for Prompt {
	fn poll_write(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		bytes: &[u8],
	) -> Poll<io::Result<usize>> {
		Pin::new(&mut self.0).poll_write(context, bytes)
	}

	fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.0).poll_flush(context)
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		Pin::new(&mut self.0).poll_shutdown(context)
	}
}
