//! A server that has no more files to open. It is alone in its process, whose limit it changes.

#[path = "access/common/mod.rs"]
mod common;

use std::{
	fs,
	io::{Read, Seek},
	time::Duration,
};

use common::Scene;
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};
use syngraph_access::listen::{self, Limits};
use tempfile::TempDir;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{TcpListener, TcpStream},
};

/// Lets so many files be open.
fn limit(files: u64) {
	let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
	let raised = Rlimit {
		current: Some(files),
		maximum,
	};
	setrlimit(Resource::Nofile, raised).unwrap();
}

/// How long the process has used a core, in hundredths of a second.
fn ticks(stat: &mut fs::File) -> u64 {
	let mut text = String::new();
	stat.rewind().unwrap();
	stat.read_to_string(&mut text).unwrap();
	let (_, rest) = text.rsplit_once(')').unwrap();
	let fields: Vec<_> = rest.split_whitespace().collect();
	let field = |index: usize| fields[index].parse::<u64>().unwrap();
	field(11) + field(12)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_files_it_waits_and_does_not_spin() {
	let folder = TempDir::new().unwrap();
	let scene = Scene::new(folder.path()).await;
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let address = listener.local_addr().unwrap();
	let limits = Limits {
		connections: 8,
		per_address: 8,
	};
	tokio::spawn(listen::serve(
		listener,
		None,
		scene.app,
		limits,
		std::future::pending(),
	));
	let mut waiting = TcpStream::connect(address).await.unwrap();
	let request = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";
	let mut begin = [0; 12];
	waiting.write_all(request).await.unwrap();
	waiting.read_exact(&mut begin).await.unwrap();
	// This side's socket is the last file.
	let mut stat = fs::File::open("/proc/self/stat").unwrap();
	limit(64);
	let mut files: Vec<_> = (0..64)
		.map_while(|_| fs::File::open("/dev/null").ok())
		.collect();
	assert!(files.len() < 64);
	files.pop();
	let mut late = TcpStream::connect(address).await.unwrap();
	late.write_all(request).await.unwrap();
	let before = ticks(&mut stat);
	let read = tokio::time::timeout(Duration::from_secs(2), late.read_exact(&mut begin)).await;
	assert!(read.is_err(), "there was a file left");
	let used = ticks(&mut stat) - before;
	assert!(used < 50, "{used} hundredths of a second of two seconds");
	// As soon as there are files again, it is served.
	limit(1024);
	let read = tokio::time::timeout(Duration::from_secs(5), late.read_exact(&mut begin)).await;
	read.expect("it is served").unwrap();
	assert_eq!(&begin, b"HTTP/1.1 200");
}
