//! Access servers at https addresses.

use std::{
	fs::{self, Permissions},
	os::unix::fs::PermissionsExt,
};

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa};
use syngraph_access::listen::Tls;
use syngraph_payer::{Error, Server, Signer};
use syngraph_primitives::Payer;
use tempfile::TempDir;

use crate::machine::{block_on, channel, key, pay, Machine, PRICE};

/// An authority, and what it certifies.
fn authority() -> Certificate {
	let mut params = CertificateParams::new(Vec::new());
	params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
	Certificate::from_params(params).unwrap()
}

/// A machine whose certificate one authority vouches for, with the files of this one and of another.
fn machine() -> (Machine, TempDir) {
	let folder = TempDir::new().unwrap();
	let file = |name: &str| folder.path().join(name);
	let (ours, other) = (authority(), authority());
	fs::write(file("ours"), ours.serialize_pem().unwrap()).unwrap();
	fs::write(file("other"), other.serialize_pem().unwrap()).unwrap();
	let server = CertificateParams::new(vec!["localhost".into()]);
	let server = Certificate::from_params(server).unwrap();
	let chain = server.serialize_pem_with_signer(&ours).unwrap();
	fs::write(file("certificate"), chain).unwrap();
	fs::write(file("key"), server.serialize_private_key_pem()).unwrap();
	fs::set_permissions(file("key"), Permissions::from_mode(0o600)).unwrap();
	let tls = Tls {
		certificate: file("certificate"),
		key: file("key"),
	};
	(Machine::over_tls(Payer::Direct, tls), folder)
}

#[test]
fn a_server_is_paid_whose_authority_is_named() {
	let (mut machine, folder) = machine();
	machine.authorities = Some(folder.path().join("ours"));
	let signer = Signer::alone(key("Client"));
	pay(&mut machine.client(&signer, "records")).unwrap();
	assert_eq!((machine.owed(), machine.served.get()), (PRICE, 1));
}

#[test]
fn a_server_that_nobody_vouches_for_is_told_nothing() {
	let (mut machine, folder) = machine();
	let signer = Signer::alone(key("Client"));
	// Those of the system, and one that is not this server's.
	for authorities in [None, Some(folder.path().join("other"))] {
		machine.authorities = authorities;
		let mut client = machine.client(&signer, "records");
		assert!(matches!(pay(&mut client), Err(Error::Unreachable { .. })));
		assert_eq!(client.record().pending, None);
	}
	machine.authorities = Some(folder.path().join("ours"));
	assert_eq!(machine.owed(), 0);
}

#[test]
fn a_file_without_certificates_is_no_authority() {
	let folder = TempDir::new().unwrap();
	let file = folder.path().join("empty");
	for text in [None, Some(""), Some("-----BEGIN CERTIFICATE-----\n")] {
		if let Some(text) = text {
			fs::write(&file, text).unwrap();
		}
		let server = Server::new("https://localhost", Some(&file));
		assert!(matches!(server, Err(Error::Malformed { .. })), "{text:?}");
	}
	// Plain HTTP needs none.
	let server = Server::new("http://127.0.0.1:1", Some(&file)).unwrap();
	let answer = block_on(server.channel_info(channel()));
	assert!(matches!(answer, Err(Error::Unreachable { .. })));
}
