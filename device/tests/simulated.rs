//! The simulated devices as processes of their own, over TCP, killed and started again.

use std::{
	env,
	fs::{self, Permissions},
	io::{BufRead, BufReader, Read, Write},
	net::TcpStream,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	thread,
	time::Duration,
};

use syngraph_device::{hotp, Digits, Secret};

const SECRETS: [(&str, u8); 2] = [("slow", 1), ("fast", 2)];

/// Twenty bytes that nobody would guess.
fn bytes(seed: u8) -> [u8; 20] {
	let mut bytes = [seed; 20];
	for (place, byte) in bytes.iter_mut().enumerate() {
		*byte = byte.wrapping_mul(91) ^ (place as u8).wrapping_mul(151);
	}
	bytes
}

fn hex(bytes: &[u8]) -> String {
	bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn code(service: usize, counter: u64) -> String {
	let secret = Secret::new(&bytes(SECRETS[service].1)).expect("twenty bytes");
	hotp(&secret, counter, Digits::Six).to_string()
}

/// A number with its password, as it is shown.
fn shown(service: usize, counter: u64) -> String {
	let (name, _) = SECRETS[service];
	format!("{name} {counter} {}", code(service, counter))
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
	let secrets = SECRETS.map(|(service, seed)| format!("{service} {}\n", hex(&bytes(seed))));
	write_secrets(&folder, &secrets.concat(), 0o600);
	folder
}

fn write_secrets(folder: &Path, secrets: &str, mode: u32) {
	let path = folder.join("secrets");
	fs::write(&path, secrets).expect("a file");
	fs::set_permissions(&path, Permissions::from_mode(mode)).expect("our own");
}

/// What a device says that does not start.
fn complaint(folder: &Path, arguments: &[&str]) -> String {
	let test = env::current_exe().expect("a test has a file");
	let target = test
		.ancestors()
		.nth(2)
		.expect("target/<profile>/deps/<test>");
	let output = Command::new(target.join("examples/lock"))
		.args(["--secrets", &folder.join("secrets").to_string_lossy()])
		.args(["--state", &folder.to_string_lossy()])
		.args(arguments)
		.output()
		.expect("the example is built");
	assert!(!output.status.success());
	String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_lock_opens_once_for_each_password() {
	let folder = folder("lock");
	let device = Device::start("lock", &folder, &["--provision", "--slot", "4"]);
	assert_eq!(device.ask(&shown(0, 0)), "ok 4");
	assert_eq!(device.ask(&shown(0, 0)), "no passed 1");
	assert_eq!(device.ask(&format!("fast 1 {}", code(0, 1))), "no wrong");
	// However many were not used.
	assert_eq!(device.ask(&shown(0, 100)), "ok 4");
	let far = 1_000_000;
	assert_eq!(device.ask(&shown(0, far)), "no ahead 101");
	assert_eq!(
		device.ask(&format!("{} {}", shown(0, far), code(0, far + 1))),
		"ok 8"
	);
	for malformed in [
		"slow 123",
		"slow",
		"",
		"slow 1 2 3",
		"slow \u{0} x",
		"slow +1 123456",
		"slow 18446744073709551616 123456",
	] {
		assert_eq!(device.ask(malformed), "no malformed", "{malformed}");
	}
	assert_eq!(device.ask("other 0 123456"), "no unknown service");
	assert!(
		ask(&device.address, &"9".repeat(100_000)).map_or(true, |answer| answer.starts_with("no"))
	);
	for _ in 0..4 {
		assert_eq!(device.ask("fast 1 000000"), "no wrong");
	}
	assert!(device.ask(&shown(1, 0)).starts_with("no locked"));
	assert_eq!(device.ask(&shown(0, far + 2)), "ok 4");
}

#[test]
fn the_charger_sells_one_slot_at_a_time() {
	let folder = folder("charger");
	let device = Device::start("charger", &folder, &["--provision", "--slot", "2"]);
	assert_eq!(device.ask(&shown(0, 0)), "ok 2");
	assert_eq!(device.ask(&shown(1, 0)), "no busy 2");
	thread::sleep(Duration::from_millis(2_100));
	assert_eq!(device.ask(&shown(1, 0)), "ok 2");
}

#[test]
fn a_device_without_its_record_does_not_start() {
	let folder = folder("lost");
	let complaint = complaint(&folder, &[]);
	for told in ["slow.counter", "--provision"] {
		assert!(complaint.contains(told), "{complaint}");
	}
}

#[test]
fn a_device_is_not_started_with_secrets_that_are_none() {
	let folder = folder("secrets");
	let drawn = hex(&bytes(3));
	for (secrets, complaint_of) in [
		(String::new(), "is empty"),
		("slow\n".into(), "a line is"),
		("slow \n".into(), "is empty"),
		(format!("slow {drawn} # mine\n"), "hexadecimal"),
		(format!("# mine\nslow {drawn}\n"), "letters and digits"),
		(format!("slow {}\n", "00".repeat(20)), "would guess"),
		(format!("slow {drawn}\nfast {drawn}\n"), "another service"),
		(
			format!("slow {drawn}\nfast 0x{}\n", drawn.to_uppercase()),
			"another service",
		),
		(
			format!("slow {drawn}\nslow {}\n", hex(&bytes(4))),
			"occurs twice",
		),
	] {
		write_secrets(&folder, &secrets, 0o600);
		let complaint = complaint(&folder, &["--provision"]);
		assert!(complaint.contains(complaint_of), "{secrets}: {complaint}");
	}
	write_secrets(&folder, &format!("slow {drawn}\n"), 0o644);
	assert!(complaint(&folder, &["--provision"]).contains("chmod 600"));
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
					ask(&address, &shown(0, *counter)).is_ok_and(|answer| answer == "ok 5")
				})
				.count() as u64
		});
		thread::sleep(Duration::from_millis(20 + 3 * round));
		drop(device);
		next = start + client.join().expect("the client ends");
		let device = Device::start("lock", &folder, &[]);
		if next > 0 {
			assert!(device.ask(&shown(0, next - 1)).starts_with("no passed"));
		}
		// The one under way: spent or not, but never more than it.
		lost += u64::from(device.ask(&shown(0, next)) != "ok 5");
		next += 1;
		assert_eq!(device.ask(&shown(0, next)), "ok 5");
		next += 1;
	}
	println!("{next} passwords, {lost} lost in 20 deaths");
}
