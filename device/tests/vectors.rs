//! The published test vectors.

use hmac::{Hmac, Mac};
use sha1::Sha1;
use syngraph_device::{hotp, Code, Digits, NoSecret, Secret};

/// The secret of RFC 4226, appendix D.
fn secret() -> Secret {
	Secret::new(b"12345678901234567890").expect("twenty bytes")
}

/// RFC 4226, appendix D: counter, truncated number, password.
const HOTP: [(u64, u32, &str); 10] = [
	(0, 1284755224, "755224"),
	(1, 1094287082, "287082"),
	(2, 137359152, "359152"),
	(3, 1726969429, "969429"),
	(4, 1640338314, "338314"),
	(5, 868254676, "254676"),
	(6, 1918287922, "287922"),
	(7, 82162583, "162583"),
	(8, 673399871, "399871"),
	(9, 645520489, "520489"),
];

#[test]
fn hotp_matches_rfc_4226_appendix_d() {
	for (counter, number, password) in HOTP {
		assert_eq!(hotp(&secret(), counter, Digits::Six).to_string(), password);
		let seven = hotp(&secret(), counter, Digits::Seven).to_string();
		assert_eq!(seven, format!("{:07}", number % 10_000_000));
		let eight = hotp(&secret(), counter, Digits::Eight).to_string();
		assert_eq!(eight, format!("{:08}", number % 100_000_000));
	}
}

#[test]
fn hmac_sha1_matches_rfc_2202() {
	let numbered: Vec<u8> = (1..=25).collect();
	let cases: [(&[u8], &[u8], &str); 7] = [
		(
			&[0x0b; 20],
			b"Hi There",
			"b617318655057264e28bc0b6fb378c8ef146be00",
		),
		(
			b"Jefe",
			b"what do ya want for nothing?",
			"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
		),
		(
			&[0xaa; 20],
			&[0xdd; 50],
			"125d7342b9ac11cd91a39af48aa17b4f63f175d3",
		),
		(
			&numbered,
			&[0xcd; 50],
			"4c9007f4026250c6bc8414f9bf50c86c2d7235da",
		),
		(
			&[0x0c; 20],
			b"Test With Truncation",
			"4c1a03424b55e07fe7f27be1d58bb9324a9a5a04",
		),
		(
			&[0xaa; 80],
			b"Test Using Larger Than Block-Size Key - Hash Key First",
			"aa4ae5e15272d00e95705637ce8a3b55ed402112",
		),
		(
			&[0xaa; 80],
			b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
			"e8e99d0f45237d786d6bbaa7965c7808bbff1a91",
		),
	];
	for (key, message, expected) in cases {
		let mac = Hmac::<Sha1>::new_from_slice(key).expect("any length will do");
		let tag = mac.chain_update(message).finalize().into_bytes();
		let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
		assert_eq!(hex, expected);
	}
}

/// The secret is kept filled up with zeros: for HMAC that is the same key.
#[test]
fn secrets_of_every_length_are_used_as_hmac_says() {
	for length in 16..=64 {
		let bytes: Vec<u8> = (0..length).map(|byte| byte ^ 0x5a).collect();
		let secret = Secret::new(&bytes).expect("a good length");
		let mac = Hmac::<Sha1>::new_from_slice(&bytes).expect("any length will do");
		let tag = mac.chain_update(7u64.to_be_bytes()).finalize().into_bytes();
		let offset = usize::from(tag[19] & 15);
		let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().expect("four bytes"));
		let expected = format!("{:08}", (number & 0x7fff_ffff) % 100_000_000);
		assert_eq!(hotp(&secret, 7, Digits::Eight).to_string(), expected);
	}
}

#[test]
fn secrets_of_other_lengths_are_refused() {
	for length in [0, 1, 15, 65, 100] {
		assert!(Secret::new(&vec![1; length]).is_none());
	}
	assert_eq!(format!("{:?}", secret()), "Secret(..)");
}

#[test]
fn only_the_right_number_of_digits_is_a_password() {
	for text in [
		"", "12345", "1234567", "+12345", "-12345", " 12345", "12345a", "１２",
	] {
		assert!(Code::parse(text, Digits::Six).is_none(), "{text}");
	}
	for (text, digits) in [
		("000042", Digits::Six),
		("0000042", Digits::Seven),
		("99999999", Digits::Eight),
	] {
		let code = Code::parse(text, digits).expect("well-formed");
		assert_eq!(code.to_string(), text);
	}
}

#[test]
fn a_secret_is_read_as_files_have_it() {
	let bytes: Vec<u8> = (0..64u8).map(|byte| byte.wrapping_mul(37) ^ 0x5a).collect();
	for length in [16, 20, 64] {
		let digits: String = bytes[..length]
			.iter()
			.map(|byte| format!("{byte:02x}"))
			.collect();
		let secret = Secret::new(&bytes[..length]).expect("a good length");
		let expected = hotp(&secret, 7, Digits::Eight).to_string();
		for text in [digits.clone(), format!("0x{digits}"), digits.to_uppercase()] {
			let read = Secret::from_hex(&text).expect("a secret");
			assert_eq!(hotp(&read, 7, Digits::Eight).to_string(), expected);
		}
	}
}

#[test]
fn what_is_empty_odd_or_known_to_all_is_no_secret() {
	let ascending: String = (0..20).map(|byte| format!("{byte:02x}")).collect();
	let descending: String = (0..20).rev().map(|byte| format!("{byte:02x}")).collect();
	let rfc = "3132333435363738393031323334353637383930";
	for (text, reason) in [
		("", NoSecret::Empty),
		("0x", NoSecret::Empty),
		("zz", NoSecret::NotHexadecimal),
		("012", NoSecret::NotHexadecimal),
		("é0é0", NoSecret::NotHexadecimal),
		(&format!(" {rfc}"), NoSecret::NotHexadecimal),
		(&format!("{rfc} # mine"), NoSecret::NotHexadecimal),
		(&"5a".repeat(15), NoSecret::Length(15)),
		(&"5a".repeat(65), NoSecret::Length(65)),
		(&"5a".repeat(1000), NoSecret::Length(1000)),
		(&"00".repeat(20), NoSecret::WellKnown),
		(&"aA".repeat(64), NoSecret::WellKnown),
		(&ascending, NoSecret::WellKnown),
		(&descending, NoSecret::WellKnown),
		(rfc, NoSecret::WellKnown),
		(
			&format!("0x{rfc}313233343536373839303132"),
			NoSecret::WellKnown,
		),
	] {
		assert_eq!(Secret::from_hex(text).err(), Some(reason), "{text}");
	}
}
