//! How many receipts a second one core accepts, each safely on disk before its password leaves, against
//! how many signatures it verifies.
//!
//! Run it on one core, with a folder on a real disk:
//! `taskset -c 0 cargo run --release -p syngraph-access --example throughput -- --folder target`
//!
//! What is measured is everything but the network: a request's JSON, the checks, the signature, the ledger,
//! and the response's JSON.

#[path = "../tests/access/common/mod.rs"]
mod common;

use std::{hint::black_box, path::PathBuf, time::Instant};

use clap::Parser;
use common::*;
use futures::future::join_all;
use sp_core::{crypto::AccountId32, ed25519, sr25519, Pair};
use sp_runtime::{traits::IdentifyAccount, MultiSignature, MultiSigner};
use syngraph_access::SignedReceipt;
use syngraph_primitives::{Payer, Payload};
use tempfile::TempDir;

#[derive(Parser)]
struct Args {
	/// The disk to use
	#[arg(long, default_value = ".")]
	folder: PathBuf,
	/// How many clients pay at the same time
	#[arg(long, default_value_t = 500)]
	clients: u64,
	/// How many slots each buys
	#[arg(long, default_value_t = 40)]
	slots: u128,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
	let args = Args::parse();
	println!("cores: {}", std::thread::available_parallelism().unwrap());
	measure::<sr25519::Pair>("sr25519", &args).await;
	measure::<ed25519::Pair>("ed25519", &args).await;
}

async fn measure<P: Pair>(scheme: &str, args: &Args)
where
	MultiSigner: From<P::Public>,
	MultiSignature: From<P::Signature>,
{
	let key = P::from_seed_slice(&[1; 32]).expect("a seed of 32 bytes");
	let client: AccountId32 = MultiSigner::from(key.public()).into_account();
	let payer = Payer::Delegated(client);
	let chain = Fake::default();
	let receipts: Vec<Vec<SignedReceipt>> = (1..=args.clients)
		.map(|number| {
			let mut channel = channel(payer.clone());
			channel.funds = u128::MAX;
			chain.open(id(number), channel);
			let amounts = (1..=args.slots).map(|slot| slot * PRICE);
			amounts.map(|amount| sign(&key, number, amount)).collect()
		})
		.collect();
	let before = verifications(&payer, &receipts);
	let sold = sales(chain, &receipts, args).await;
	// The machine may have become faster or slower meanwhile.
	let verified = (before + verifications(&payer, &receipts)) / 2.0;
	println!(
		"{scheme}: {sold:.0} receipts accepted per second, {verified:.0} signatures verified: {:.2}",
		sold / verified
	);
}

/// How many signatures are verified per second.
fn verifications(payer: &Payer, receipts: &[Vec<SignedReceipt>]) -> f64 {
	let begun = Instant::now();
	for receipt in receipts.iter().flatten() {
		let verified = receipt.verify(black_box(payer), &depositor(), &GENESIS);
		assert_eq!(verified, Ok(()));
	}
	rate(receipts, begun)
}

/// How many slots are sold per second.
async fn sales(chain: Fake, receipts: &[Vec<SignedReceipt>], args: &Args) -> f64 {
	let folder = TempDir::new_in(&args.folder).expect("a folder that can be written");
	let scene = &Scene::with(folder.path(), chain, u32::MAX).await;
	let bodies = receipts.iter().map(|receipts| {
		let bodies = receipts.iter().map(|receipt| body("open", receipt));
		bodies.collect()
	});
	let bodies: Vec<Vec<String>> = bodies.collect();
	let begun = Instant::now();
	join_all(bodies.iter().map(|bodies| async move {
		for body in bodies {
			let (status, answer) = scene.post(body, None).await;
			assert_eq!(status, 200, "{answer}");
		}
	}))
	.await;
	rate(receipts, begun)
}

fn rate(receipts: &[Vec<SignedReceipt>], begun: Instant) -> f64 {
	receipts.iter().flatten().count() as f64 / begun.elapsed().as_secs_f64()
}

fn sign<P: Pair>(key: &P, number: u64, amount: u128) -> SignedReceipt
where
	MultiSignature: From<P::Signature>,
{
	let receipt = syngraph_primitives::Receipt {
		channel: id(number),
		amount,
	};
	SignedReceipt {
		signature: key.sign(&receipt.signing_bytes(&GENESIS)).into(),
		receipt,
		membership: None,
	}
}
