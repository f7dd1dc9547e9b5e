//! Servers that answer with something else than what was asked for.

use std::{
	io::{Read, Write},
	net::TcpListener,
	thread,
};

use syngraph_payer::{Error, Hex, Pending, Server, Signer, Stage};

use crate::machine::{block_on, channel, key, order, GENESIS};

/// What comes of a purchase from a server that answers with these bytes.
fn buy(answer: Vec<u8>) -> Error {
	let listener = TcpListener::bind("127.0.0.1:0").unwrap();
	let url = format!("http://{}", listener.local_addr().unwrap());
	thread::spawn(move || {
		let (mut stream, _) = listener.accept().unwrap();
		let _ = stream.read(&mut [0; 4096]);
		// The client may have had enough before the end.
		let _ = stream.write_all(&answer);
	});
	let pending = Pending {
		order: order(),
		base: 0,
		price: 5,
		receipt: Hex(Signer::alone(key("Client")).sign(&GENESIS, channel(), 5)),
		key: Default::default(),
		stage: Stage::Signed,
	};
	let server = Server::new(&url, None).unwrap();
	block_on(server.buy(&pending)).unwrap_err()
}

fn answer(status: &str, body: &str) -> Vec<u8> {
	let length = body.len();
	format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

#[test]
fn what_is_no_password_is_no_answer() {
	let slot = |password: &str, amount: u32| {
		format!(r#"{{"password":"{password}","counter":1,"amount":"{amount}","slot_seconds":5}}"#)
	};
	let answers = [
		Vec::new(),
		answer("200 OK", ""),
		answer("200 OK", "<html>"),
		answer("200 OK", &slot("123456", 6)),
		answer("200 OK", &slot("12345", 5)),
		answer("200 OK", &slot("123456\\nopen 1", 5)),
		answer("200 OK", &" ".repeat(2 * 1024 * 1024)),
		answer("302 Found", ""),
		// From a proxy: nobody knows whether the receipt has arrived.
		answer("413 Payload Too Large", "<html>"),
		answer("502 Bad Gateway", "<html>"),
		b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec(),
		b"no http at all\r\n\r\n".to_vec(),
	];
	for (number, bytes) in answers.into_iter().enumerate() {
		let error = buy(bytes);
		assert!(
			matches!(error, Error::Unreachable { .. }),
			"{number}: {error}"
		);
	}
}

#[test]
fn problems_are_told_as_they_are() {
	let body = r#"{"type":"/problems/quota-exceeded","title":"quota exceeded","status":1}"#;
	let head = "429 Too Many Requests\r\nretry-after: 7";
	let Error::Refused(problem) = buy(answer(head, body)) else {
		panic!("not refused");
	};
	assert!(problem.is_final());
	assert_eq!((problem.status, problem.retry_after), (429, Some(7)));
	let text = "quota exceeded (quota-exceeded); try again in 7 s";
	assert_eq!(problem.to_string(), text);
	let Error::Refused(problem) = buy(answer("503 Service Unavailable", body)) else {
		panic!("not refused");
	};
	assert!(!problem.is_final());
}
