//! The simulated devices as processes of their own, over TCP, killed and started again.

use std::{
	env, fs,
	io::{BufRead, BufReader, Read, Write},
	net::TcpStream,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	thread,
	time::Duration,
};

use syngraph_device::{hotp, Digits, Secret};

const SECRETS: [(&str, u8); 2] = [("slow", 1), ("fast", 2)];

fn code(service: usize, counter: u64) -> String {
	let secret = Secret::new(&[SECRETS[service].1; 20]).expect("twenty bytes");
	hotp(&secret, counter, Digits::Six).to_string()
}

/// A running example and where it listens.
struct Device {
	process: Child,
	address: String,
}

impl Drop for Device {
	fn drop(&mut self) {
		self.process.kill().expect("it runs until it is killed");
		self.process.wait().expect("a killed process ends");
	}
}

impl Device {
	fn start(example: &str, folder: &Path, arguments: &[&str]) -> Self {
		// Cargo builds the examples beside the folder of the tests.
		let test = env::current_exe().expect("a test has a file");
		let target = test
			.ancestors()
			.nth(2)
			.expect("target/<profile>/deps/<test>");
		let mut process = Command::new(target.join("examples").join(example))
			.args(["--secrets", &folder.join("secrets").to_string_lossy()])
			.args(["--state", &folder.to_string_lossy()])
			.args(arguments)
			.stdout(Stdio::piped())
			.spawn()
			.expect("the example is built");
		let mut line = String::new();
		let output = process.stdout.take().expect("it is piped");
		let mut output = BufReader::new(output);
		output
			.read_line(&mut line)
			.expect("it says where it listens");
		// Somebody has to read on, or the device stops at a full pipe.
		thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
		let address = line
			.trim()
			.strip_prefix("listening on ")
			.expect("an address")
			.into();
		Self { process, address }
	}

	fn ask(&self, request: &str) -> String {
		ask(&self.address, request).expect("the device answers")
	}
}

fn ask(address: &str, request: &str) -> std::io::Result<String> {
	let mut stream = TcpStream::connect(address)?;
	writeln!(stream, "{request}")?;
	let mut answer = String::new();
	stream.read_to_string(&mut answer)?;
	Ok(answer.trim().into())
}

/// A fresh folder with a file of secrets.
fn folder(name: &str) -> PathBuf {
	let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
	fs::remove_dir_all(&folder).ok();
	fs::create_dir_all(&folder).expect("a folder");
	let secrets =
		SECRETS.map(|(service, byte)| format!("{service} {}\n", format!("{byte:02x}").repeat(20)));
	fs::write(folder.join("secrets"), secrets.concat()).expect("a file");
	folder
}

#[test]
fn the_lock_opens_once_for_each_password() {
	let folder = folder("lock");
	let device = Device::start("lock", &folder, &["--provision", "--slot", "4"]);
	assert_eq!(device.ask(&format!("slow {}", code(0, 0))), "ok 4");
	assert_eq!(device.ask(&format!("slow {}", code(0, 0))), "no wrong");
	assert_eq!(device.ask(&format!("fast {}", code(0, 1))), "no wrong");
	assert_eq!(
		device.ask(&format!("slow {} {}", code(0, 100), code(0, 101))),
		"ok 8"
	);
	for malformed in ["slow 123", "slow", "", "slow 1 2 3", "slow \u{0} x"] {
		assert_eq!(device.ask(malformed), "no malformed", "{malformed}");
	}
	assert_eq!(device.ask("other 123456"), "no unknown service");
	assert!(
		ask(&device.address, &"9".repeat(100_000)).map_or(true, |answer| answer.starts_with("no"))
	);
	for _ in 0..4 {
		assert_eq!(device.ask("fast 000000"), "no wrong");
	}
	assert!(device
		.ask(&format!("fast {}", code(1, 0)))
		.starts_with("no locked"));
	assert_eq!(device.ask(&format!("slow {}", code(0, 102))), "ok 4");
}

#[test]
fn the_charger_sells_one_slot_at_a_time() {
	let folder = folder("charger");
	let device = Device::start("charger", &folder, &["--provision", "--slot", "2"]);
	assert_eq!(device.ask(&format!("slow {}", code(0, 0))), "ok 2");
	assert_eq!(device.ask(&format!("fast {}", code(1, 0))), "no busy 2");
	thread::sleep(Duration::from_millis(2_100));
	assert_eq!(device.ask(&format!("fast {}", code(1, 0))), "ok 2");
}

#[test]
fn a_device_without_its_record_does_not_start() {
	let folder = folder("lost");
	let test = env::current_exe().expect("a test has a file");
	let target = test
		.ancestors()
		.nth(2)
		.expect("target/<profile>/deps/<test>");
	let output = Command::new(target.join("examples/lock"))
		.args(["--secrets", &folder.join("secrets").to_string_lossy()])
		.args(["--state", &folder.to_string_lossy()])
		.output()
		.expect("the example is built");
	assert!(!output.status.success());
	assert!(String::from_utf8_lossy(&output.stderr).contains("slow.counter"));
}

/// The device dies at any moment of an exchange: no password is good twice, and each death costs
/// at most the one that was under way.
#[test]
fn a_killed_device_accepts_nothing_twice() {
	let folder = folder("killed");
	let (mut next, mut lost) = (0, 0);
	for round in 0..20u64 {
		let device = Device::start("lock", &folder, &["--provision"]);
		let address = device.address.clone();
		let start = next;
		let client = thread::spawn(move || {
			(start..)
				.take_while(|counter| {
					ask(&address, &format!("slow {}", code(0, *counter)))
						.is_ok_and(|answer| answer == "ok 5")
				})
				.count() as u64
		});
		thread::sleep(Duration::from_millis(20 + 3 * round));
		drop(device);
		next = start + client.join().expect("the client ends");
		let device = Device::start("lock", &folder, &[]);
		if next > 0 {
			assert_eq!(
				device.ask(&format!("slow {}", code(0, next - 1))),
				"no wrong"
			);
		}
		// The one under way: spent or not, but never more than it.
		lost += u64::from(device.ask(&format!("slow {}", code(0, next))) != "ok 5");
		next += 1;
		assert_eq!(device.ask(&format!("slow {}", code(0, next))), "ok 5");
		next += 1;
	}
	println!("{next} passwords, {lost} lost in 20 deaths");
}
