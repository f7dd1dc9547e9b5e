//! How long things may take, and how much may be under way.

use super::*;

/// A connection over which something was sent.
async fn say(address: SocketAddr, what: &[u8]) -> TcpStream {
	let mut socket = TcpStream::connect(address).await.expect("it listens");
	socket.write_all(what).await.expect("it reads");
	socket
}

/// The head of a request with a body of so many bytes.
fn head(length: usize) -> String {
	format!(
		"POST / HTTP/1.1\r\nhost: node\r\ncontent-type: application/json\r\n\
		 content-length: {length}\r\n\r\n"
	)
}

/// Whether the other side closes a connection within a few seconds, whatever it says before.
async fn is_closed(socket: &mut TcpStream) -> bool {
	let mut bytes = Vec::new();
	let read = timeout(Duration::from_secs(5), socket.read_to_end(&mut bytes));
	read.await.is_ok()
}

const UPGRADE: &str = "GET / HTTP/1.1\r\nhost: node\r\nconnection: upgrade\r\n\
	upgrade: websocket\r\nsec-websocket-version: 13\r\n\
	sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[tokio::test]
async fn nobody_holds_all_connections() {
	let address = start(None);
	let mut idle = Vec::new();
	for _ in 0..80 {
		idle.push(TcpStream::connect(address).await.expect("it listens"));
	}
	// Those beyond the limit are closed at once.
	let mut closed = 0;
	for socket in &mut idle {
		let mut byte = [0];
		let read = tokio::time::timeout(Duration::from_millis(50), socket.read(&mut byte)).await;
		closed += usize::from(matches!(read, Ok(Ok(0) | Err(_))));
	}
	assert_eq!(closed, 80 - 64);
	drop(idle);
	tokio::time::sleep(Duration::from_millis(100)).await;
	assert_eq!(count(&post(address, "", &[CALL]).await, "taken"), 1);
}

#[tokio::test]
async fn who_says_nothing_does_not_keep_its_place() {
	let times = Times {
		head: SHORT,
		request: SHORT,
		ping: SHORT,
		..LONG
	};
	let address = start_with(None, 100, times);
	let whole = format!("{}{CALL}", head(CALL.len()));
	let body = format!("{}{{", head(1_000_000));
	// A message that is begun: 4 of its 100 bytes.
	let message = [
		UPGRADE.as_bytes(),
		&[0x81, 0x80 + 100, 1, 2, 3, 4, 5, 6, 7, 8],
	]
	.concat();
	let said: [&[u8]; 6] = [
		b"",
		b"POST / HTTP/1.1\r\nhost",
		body.as_bytes(),
		whole.as_bytes(),
		UPGRADE.as_bytes(),
		&message,
	];
	let mut all = Vec::new();
	for turn in 0..64 {
		all.push(say(address, said[turn % said.len()]).await);
	}
	assert!(is_closed(&mut say(address, b"").await).await, "it is full");
	for (turn, socket) in all.iter_mut().enumerate() {
		assert!(is_closed(socket).await, "{}", turn % said.len());
	}
	assert_eq!(count(&post(address, "", &[CALL]).await, "taken"), 1);
}

#[tokio::test]
async fn who_answers_pings_stays() {
	let times = Times {
		ping: SHORT,
		head: SHORT,
		request: SHORT,
		life: SHORT,
		quiet: 60 * SHORT,
		..LONG
	};
	let client = web_socket(start_with(None, ALLOWED, times)).await;
	tokio::time::sleep(6 * SHORT).await;
	let answer = client.request::<String, _>("send", rpc_params![]).await;
	assert_eq!(answer.expect("it is open"), "taken");
}

#[tokio::test]
async fn a_websocket_does_not_keep_its_place_without_a_request() {
	let times = Times {
		ping: SHORT,
		quiet: 4 * SHORT,
		..LONG
	};
	let address = start_with(None, 100, times);
	let (idle, busy) = (web_socket(address).await, web_socket(address).await);
	// Both answer pings. It is the requests that count.
	for _ in 0..8 {
		tokio::time::sleep(SHORT).await;
		let answer = busy.request::<String, _>("send", rpc_params![]).await;
		assert_eq!(answer.expect("it is open"), "taken");
	}
	let closed = timeout(Duration::from_secs(5), idle.on_disconnect()).await;
	assert!(closed.is_ok(), "it is open still");
	assert!(busy.is_connected());
}

#[tokio::test]
async fn websockets_by_a_proxy_count_for_whom_it_forwards() {
	let local = IpAddr::from([127, 0, 0, 1]);
	let address = start_with(Some(local), 1000, LONG);
	let open = |peer: u8| async move {
		let forwarded = format!("x-forwarded-for: 192.0.2.{peer}\r\nhost");
		let request = UPGRADE.replacen("host", &forwarded, 1);
		let mut socket = say(address, request.as_bytes()).await;
		let mut said = [0; 12];
		socket.read_exact(&mut said).await.expect("it answers");
		(String::from_utf8_lossy(&said).into_owned(), socket)
	};
	let mut held = Vec::new();
	for _ in 0..64 {
		let (status, socket) = open(1).await;
		assert_eq!(status, "HTTP/1.1 101");
		held.push(socket);
	}
	assert_eq!(open(1).await.0, "HTTP/1.1 429");
	assert_eq!(open(2).await.0, "HTTP/1.1 101", "others have their own");
	drop(held);
	tokio::time::sleep(SHORT).await;
	assert_eq!(open(1).await.0, "HTTP/1.1 101");
}

#[tokio::test]
async fn a_connection_does_not_last_for_ever() {
	let times = Times {
		life: Duration::ZERO,
		..LONG
	};
	let address = start_with(None, ALLOWED, times);
	let mut socket = say(address, format!("{}{CALL}", head(CALL.len())).as_bytes()).await;
	let mut answer = String::new();
	let read = timeout(SHORT, socket.read_to_string(&mut answer)).await;
	assert!(matches!(read, Ok(Ok(_))), "it is closed after the answer");
	assert!(answer.contains("taken") && answer.contains("connection: close"));
}

#[tokio::test]
async fn a_connection_holds_one_request_at_a_time() {
	// HTTP/2 would hold many.
	let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
	let mut socket = say(start(None), preface).await;
	let mut answer = Vec::new();
	let read = timeout(Duration::from_secs(5), socket.read_to_end(&mut answer)).await;
	assert!(read.is_ok(), "it is closed");
	// A frame with settings would be the beginning of HTTP/2.
	assert!(answer.get(3) != Some(&4), "{answer:?}");
}

#[tokio::test]
async fn an_address_holds_so_many_bytes() {
	let local = IpAddr::from([127, 0, 0, 1]);
	let address = start_with(Some(local), 1000, LONG);
	let from = |peer: u8, length: usize| {
		head(length).replacen(
			"host",
			&format!("x-forwarded-for: 192.0.2.{peer}\r\nhost"),
			1,
		)
	};
	let length = MAX_REQUEST_BYTES as usize;
	let mut begun = Vec::new();
	for _ in 0..PEER_BYTES / length {
		let mut socket = say(address, from(1, length).as_bytes()).await;
		// All but the last byte.
		socket
			.write_all(&vec![b'['; length - 1])
			.await
			.expect("it reads");
		begun.push(socket);
	}
	tokio::time::sleep(SHORT).await;
	let ask = |peer| async move {
		let mut socket = say(
			address,
			format!("{}{CALL}", from(peer, CALL.len())).as_bytes(),
		)
		.await;
		answer(&mut socket).await
	};
	assert!(ask(1).await.contains("7002"));
	assert!(ask(2).await.contains("taken"), "others have their own");
	drop(begun);
	tokio::time::sleep(SHORT).await;
	assert!(ask(1).await.contains("taken"));
}

/// A request whose answer is as long as it is: it has the number of the request, of so many letters.
fn long_request(letters: usize) -> String {
	let call = CALL.replacen(":1,", &format!(":\"{}\",", "x".repeat(letters)), 1);
	format!("{}{call}", head(call.len()))
}

#[tokio::test]
async fn who_does_not_take_answers_is_not_read() {
	let address = start_with(None, u32::MAX, LONG);
	let request = long_request(50_000);
	let mut socket = TcpStream::connect(address).await.expect("it listens");
	let mut sent = 0;
	let second = Duration::from_secs(1);
	while let Ok(written) = timeout(second, socket.write_all(request.as_bytes())).await {
		written.expect("it is open");
		sent += request.len();
		assert!(sent < 100_000_000, "everything is read");
	}
}

#[tokio::test]
async fn who_does_not_take_answers_is_cut_off() {
	let times = Times {
		taking: SHORT,
		..LONG
	};
	let address = start_with(None, u32::MAX, times);
	let request = long_request(50_000);
	let mut socket = TcpStream::connect(address).await.expect("it listens");
	let flood = async { while socket.write_all(request.as_bytes()).await.is_ok() {} };
	assert!(
		timeout(Duration::from_secs(20), flood).await.is_ok(),
		"it is open"
	);
}

#[tokio::test]
async fn a_websocket_takes_no_long_messages() {
	let address = start(None);
	let most = socket::MAX_SOCKET_BYTES as usize;
	let mut socket = say(address, UPGRADE.as_bytes()).await;
	let frame = [&[0x81, 0xff][..], &(most as u64 + 1).to_be_bytes(), &[0; 4]].concat();
	socket.write_all(&frame).await.expect("it reads");
	socket
		.write_all(&vec![b' '; most + 1])
		.await
		.expect("it reads");
	let mut said = Vec::new();
	let read = timeout(Duration::from_secs(5), socket.read_to_end(&mut said)).await;
	assert!(matches!(read, Ok(Ok(_))), "it is closed");
	assert!(
		String::from_utf8_lossy(&said).contains("-32007"),
		"{said:?}"
	);
}

#[tokio::test]
async fn who_takes_answers_slowly_is_read_again() {
	let address = start_with(None, u32::MAX, LONG);
	let request = long_request(1_000_000);
	let (mut read, mut write) = TcpStream::connect(address)
		.await
		.expect("it listens")
		.into_split();
	// More than the buffers of both sides hold, so that some of it has to wait.
	let flood = tokio::spawn(async move {
		for _ in 0..20 {
			write
				.write_all(request.as_bytes())
				.await
				.expect("it is open");
		}
		tokio::time::sleep(SHORT).await;
		let last = format!("{}{CALL}", head(CALL.len()));
		write.write_all(last.as_bytes()).await.expect("it is open");
		write
	});
	tokio::time::sleep(SHORT).await;
	assert!(!flood.is_finished());
	let (mut answers, mut said) = (0, Vec::with_capacity(1 << 17));
	while answers < 21 {
		let read = timeout(Duration::from_secs(5), read.read_buf(&mut said)).await;
		assert_ne!(read.expect("it is read again").expect("it answers"), 0);
		// They are long: the end of one is all that counts.
		let text = String::from_utf8_lossy(&said);
		answers += text.matches("\"taken\"}").count();
		let rest = said.len().saturating_sub(8);
		said.drain(..rest);
		if said.ends_with(b"\"taken\"}") {
			said.clear();
		}
		tokio::time::sleep(Duration::from_millis(1)).await;
	}
	flood.await.expect("everything is read");
}
