//! Secrets in files: the one form that every program takes, and what none takes.
//!
//! A file of a secret can be read by its owner only, and holds one line and nothing else. The line of a key
//! is `<secret>` or `<scheme> <secret>`. The scheme is `sr25519`, which is meant if there is none,
//! `ed25519` or `secp256k1`. The secret is a seed, `0x` and 64 hexadecimal digits, or a phrase of 12, 15, 18,
//! 21 or 24 words, and may end with a derivation path, such as `//rental/2`.
//!
//! What everybody knows is no secret: the phrases and seeds of documentation, such as the one behind `//Alice`,
//! are taken on development chains only, and there only if the program was told to.

use std::{
	fs::{File, Metadata},
	io::{self, Read},
	path::{Path, PathBuf},
};

use jsonrpsee::rpc_params;
use serde::Deserialize;
use sp_core::{crypto::DEV_PHRASE, Pair};
use zeroize::Zeroizing;

use crate::{Client, Error};

/// The most bytes of a file with a secret: a chain of certificates' keys is shorter.
const MAX_BYTES: u64 = 64 * 1024;
/// How many words a phrase may have.
const WORDS: [usize; 5] = [12, 15, 18, 21, 24];
/// How many hexadecimal digits a seed has.
const SEED_DIGITS: usize = 64;
/// Phrases that documentation is full of.
const PHRASES: [&str; 3] = [
	DEV_PHRASE,
	"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
	"test test test test test test test test test test test junk",
];
/// The seed of the first of them, which is faster to derive from.
const DEV_SEED: &str = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";
/// The accounts that development chains endow, by their paths from it.
const PATHS: [&str; 15] = [
	"",
	"//Alice",
	"//Bob",
	"//Charlie",
	"//Dave",
	"//Eve",
	"//Ferdie",
	"//Alice//stash",
	"//Bob//stash",
	"//Charlie//stash",
	"//Dave//stash",
	"//Eve//stash",
	"//Ferdie//stash",
	"//One",
	"//Two",
];

/// Why a secret is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
	/// The file cannot be read.
	#[error("{}: {reason}", path.display())]
	Unreadable {
		/// The file.
		path: PathBuf,
		/// What the system said.
		reason: io::Error,
	},
	/// Others than the owner can read or change the file.
	#[error(
		"{0} holds a secret, and users other than its owner can read or change it (mode {mode:03o}): chmod 600 {0}",
		path.display()
	)]
	Exposed {
		/// The file.
		path: PathBuf,
		/// Its permissions.
		mode: u32,
	},
	/// The file does not hold what it should.
	#[error("{}: {reason}", path.display())]
	Malformed {
		/// The file.
		path: PathBuf,
		/// What is wrong with it, without telling the secret.
		reason: String,
	},
	/// A key that everybody knows, on a chain that is in earnest.
	#[error("the key is publicly known, and the node's chain is not a development chain")]
	NotDevelopment,
	/// The node cannot be asked.
	#[error(transparent)]
	Node(#[from] Error),
}

/// What is done with a key that everybody knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WellKnown {
	/// It is refused.
	Refused,
	/// It is accepted. Whoever does this calls [`ensure_development`] before the key is used.
	Accepted,
}

impl WellKnown {
	/// Accepted if the program was told so.
	pub fn accepted_if(told: bool) -> Self {
		match told {
			true => Self::Accepted,
			false => Self::Refused,
		}
	}
}

/// The scheme of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
	/// Schnorr signatures over Ristretto, which transactions are signed with.
	Sr25519,
	/// EdDSA.
	Ed25519,
	/// ECDSA.
	Secp256k1,
}

/// A key, and whether everybody knows it.
#[derive(Clone)]
pub struct Key<P> {
	/// The key.
	pub pair: P,
	/// Whether everybody knows it.
	pub is_well_known: bool,
}

/// Reads a file with a secret of any form.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretError> {
	let unreadable = |reason| SecretError::Unreadable {
		path: path.into(),
		reason,
	};
	let file = File::open(path).map_err(unreadable)?;
	ensure_private(path, &file.metadata().map_err(unreadable)?)?;
	let mut bytes = Zeroizing::new(Vec::new());
	let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
	match read.map_err(unreadable)? as u64 > MAX_BYTES {
		true => Err(malformed(path, format!("more than {MAX_BYTES} bytes"))),
		false => Ok(bytes),
	}
}

/// Reads a file that holds a secret in one line, and nothing else.
pub fn read_line(path: &Path) -> Result<Zeroizing<String>, SecretError> {
	let bytes = read(path)?;
	let text = std::str::from_utf8(&bytes);
	let text = text.map_err(|_| malformed(path, "is not text in UTF-8"))?;
	let line = text.strip_suffix('\n').unwrap_or(text);
	let line = line.strip_suffix('\r').unwrap_or(line);
	if line.trim().is_empty() {
		return Err(malformed(path, "is empty: it must hold a secret"));
	}
	if line.contains(['\n', '\r']) {
		let reason = "has more than one line: it must hold a secret and nothing else";
		return Err(malformed(path, reason));
	}
	if line.trim() != line {
		return Err(malformed(path, "has spaces around the secret"));
	}
	Ok(Zeroizing::new(line.into()))
}

/// Reads the file of a key, and hands over its scheme and its secret.
pub fn read_key<T>(
	path: &Path,
	make: impl FnOnce(Scheme, &str) -> Result<T, String>,
) -> Result<T, SecretError> {
	let line = read_line(path)?;
	let (scheme, secret) = scheme(&line);
	make(scheme, secret).map_err(|reason| malformed(path, reason))
}

/// The scheme and the secret in the line of a key.
pub fn scheme(line: &str) -> (Scheme, &str) {
	let (scheme, secret) = line.split_once(' ').unwrap_or(("", line));
	match scheme {
		"sr25519" => (Scheme::Sr25519, secret),
		"ed25519" => (Scheme::Ed25519, secret),
		"secp256k1" => (Scheme::Secp256k1, secret),
		_ => (Scheme::Sr25519, line),
	}
}

/// The key that a secret makes: a seed or a phrase, perhaps with a path. The error tells nothing of it.
pub fn key<P: Pair>(secret: &str, well_known: WellKnown) -> Result<Key<P>, String> {
	let (root, path) = secret.split_at(secret.find('/').unwrap_or(secret.len()));
	ensure_path(path)?;
	let pair = match (root, path) {
		("", "") => return Err("is empty: it must hold a secret".into()),
		("", path) => make::<P>(&format!("{DEV_SEED}{path}"))?,
		_ => {
			ensure_root(root)?;
			make::<P>(secret)?
		},
	};
	let is_well_known = is_well_known::<P>(root, &pair)?;
	if is_well_known && well_known == WellKnown::Refused {
		return Err(
			"holds a publicly known key, such as //Alice, which is taken for development chains only, and there \
			 with `--dev-keys` or, in a configuration, `dev_keys = true`"
				.into(),
		);
	}
	Ok(Key {
		pair,
		is_well_known,
	})
}

/// Fails unless the node's chain is one for development, where keys may be known.
pub async fn ensure_development(client: &Client) -> Result<(), SecretError> {
	/// As the node names the kinds of chains.
	#[derive(Deserialize)]
	enum Kind {
		Development,
		Local,
		Live,
		Custom(#[allow(dead_code, reason = "it is decoded only")] String),
	}
	let kind = client
		.connection()
		.request("system_chainType", rpc_params![]);
	match kind.await? {
		Kind::Development | Kind::Local => Ok(()),
		Kind::Live | Kind::Custom(_) => Err(SecretError::NotDevelopment),
	}
}

fn make<P: Pair>(secret: &str) -> Result<P, String> {
	P::from_string(secret, None).map_err(|_| {
		"holds a phrase with a word that is wrong or out of place, or a path with a step that the scheme does \
		 not know"
			.into()
	})
}

/// What a path begins with.
fn ensure_root(root: &str) -> Result<(), String> {
	const EXPECTED: &str =
		"a seed is 0x and 64 hexadecimal digits, a phrase has 12, 15, 18, 21 or 24 words \
		with single spaces between them";
	let is_sound = match root.strip_prefix("0x") {
		Some(digits) => {
			digits.len() == SEED_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
		},
		None => {
			let is_word = |word: &str| {
				!word.is_empty() && word.bytes().all(|letter| letter.is_ascii_lowercase())
			};
			WORDS.contains(&root.split(' ').count()) && root.split(' ').all(is_word)
		},
	};
	match is_sound {
		true => Ok(()),
		false => Err(format!("holds neither a seed nor a phrase: {EXPECTED}")),
	}
}

/// A derivation path is of names with `/` or `//` before each.
fn ensure_path(path: &str) -> Result<(), String> {
	let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
	let is_sound = path.bytes().all(|byte| byte == b'/' || is_name(byte));
	match is_sound && !path.contains("///") && !path.ends_with('/') {
		true => Ok(()),
		false => Err(
			"has something after the secret that is not a derivation path: names of letters, digits, `-`, `_` and \
			 `.`, each after `/` or `//`"
				.into(),
		),
	}
}

/// Whether everybody knows a key, or what it is derived from.
fn is_well_known<P: Pair>(root: &str, pair: &P) -> Result<bool, String> {
	if root.is_empty() || PHRASES.contains(&root) || is_monotonous(root) {
		return Ok(true);
	}
	let base = make::<P>(root)?;
	for path in PATHS {
		let known = make::<P>(&format!("{DEV_SEED}{path}"))?.public();
		if known == base.public() || known == pair.public() {
			return Ok(true);
		}
	}
	Ok(false)
}

/// Whether a seed has the same byte all over, such as zero.
fn is_monotonous(root: &str) -> bool {
	let Some(digits) = root.strip_prefix("0x") else {
		return false;
	};
	let digits = digits.to_ascii_lowercase();
	let digits = digits.as_bytes();
	digits.chunks(2).all(|byte| digits.starts_with(byte))
}

#[cfg(unix)]
fn ensure_private(path: &Path, metadata: &Metadata) -> Result<(), SecretError> {
	use std::os::unix::fs::PermissionsExt;
	let mode = metadata.permissions().mode() & 0o777;
	match mode & 0o077 {
		0 => Ok(()),
		_ => Err(SecretError::Exposed {
			path: path.into(),
			mode,
		}),
	}
}

#[cfg(not(unix))]
fn ensure_private(_: &Path, _: &Metadata) -> Result<(), SecretError> {
	Ok(())
}

fn malformed(path: &Path, reason: impl Into<String>) -> SecretError {
	SecretError::Malformed {
		path: path.into(),
		reason: reason.into(),
	}
}
