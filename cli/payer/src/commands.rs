//! What the commands do.

use std::{fmt::Display, io::Write};

use serde::Serialize;
use syngraph_payer::{
	read_group, Asked, Chain, Error, Handover, Key, Live, Opening, Order, Password, Payments,
	Record, Records, Server, Signer,
};
use syngraph_primitives::{Group, Payer};
use syngraph_runtime::AccountId;

use crate::{
	args::{Args, Close, Command, Node, Open, Pay, Secret, Status, TopUp},
	report::{print, Claimed, Closing, Id, Opened, Paid, State, States, ToppedUp},
};

/// Does what the command line says.
pub async fn run(args: &Args) -> Result<(), Error> {
	let json = args.json;
	match &args.command {
		Command::Client(args) => {
			let client = read_key(&args.key)?.client();
			print(&Id { client }, json);
		},
		Command::Open(args) => open(args, json).await?,
		Command::TopUp(args) => top_up(args, json).await?,
		Command::Pay(args) => pay(args, json).await?,
		Command::Status(args) => match &args.channel {
			Some(_) => status(args)
				.await?
				.0
				.iter()
				.for_each(|one| print(one, json)),
			None => print(&status(args).await?, json),
		},
		Command::Close(args) => {
			let (key, chain) = prepare(args).await?;
			let expires = chain.request_close(&key, args.channel).await?;
			print(&Closing { expires }, json);
		},
		Command::Claim(args) => {
			let (key, chain) = prepare(args).await?;
			let returned = chain.claim(&key, args.channel).await?;
			print(&Claimed { returned }, json);
		},
	}
	Ok(())
}

async fn prepare(args: &Close) -> Result<(Key, Chain), Error> {
	connect(&args.key, &args.node).await
}

/// A key, and the chain that it signs transactions for.
async fn connect(key: &Secret, node: &Node) -> Result<(Key, Chain), Error> {
	let key = read_key(key)?;
	let chain = Chain::connect(&node.url).await?;
	chain.ensure_fit(&key).await?;
	Ok((key, chain))
}

fn read_key(secret: &Secret) -> Result<Key, Error> {
	Key::read(&secret.file, secret.well_known())
}

async fn open(args: &Open, json: bool) -> Result<(), Error> {
	let (key, chain) = connect(&args.key, &args.node).await?;
	let payer = payer(args)?;
	let (payee, asked) = payee(args, &chain).await?;
	let records = Records::open(&args.records.folder)?;
	let opening = Opening {
		payee,
		payer,
		funds: args.funds,
		blocks: args.blocks,
		asked,
	};
	chain
		.prepare_open(&records, &key, &opening, args.write_off)
		.await?;
	let opened = chain.open(&records, &key, &opening).await?;
	let channel = *opened.result();
	tell(&Opened { channel }, json);
	opened.told().map(drop)
}

/// Prints what is told once. Whoever dies before this is told the same again.
fn tell(report: &(impl Serialize + Display), json: bool) {
	print(report, json);
	std::io::stdout().flush().ok();
}

/// Whose receipts are to count.
fn payer(args: &Open) -> Result<Payer, Error> {
	let payer = match (&args.delegate, &args.group) {
		(Some(client), _) => Payer::Delegated(client.clone()),
		(None, Some(path)) => {
			let clients = read_group(path)?;
			let group = Group::new(&clients).ok_or_else(|| Error::Malformed {
				path: path.clone(),
				reason: "a group has at least one client, and not more than 1,048,576".into(),
			})?;
			Payer::Group(group)
		},
		(None, None) => Payer::Direct,
	};
	Ok(payer)
}

/// Whom the channel is to pay, and who was asked for that.
async fn payee(args: &Open, chain: &Chain) -> Result<(AccountId, Option<Asked>), Error> {
	match (&args.payee, &args.server) {
		(None, Some(url)) => {
			let server = Server::new(url, args.ca.authorities.as_deref())?;
			let info = server.info().await?;
			if info.genesis != chain.client().genesis() {
				return Err(Error::OtherChain);
			}
			let asked = Asked {
				server: server.url().into(),
				margin: info.margin,
			};
			Ok((info.payee, Some(asked)))
		},
		(Some(payee), _) => Ok((payee.clone(), None)),
		(None, None) => Err(Error::OtherPayee),
	}
}

async fn top_up(args: &TopUp, json: bool) -> Result<(), Error> {
	let (key, chain) = connect(&args.key, &args.node).await?;
	let records = Records::open(&args.records.folder)?;
	let amount = args.amount.unwrap_or_default();
	if args.write_off {
		chain
			.give_up_top_up(&records, &key, args.channel, amount, args.blocks)
			.await?;
	}
	let topped_up = chain
		.top_up(&records, &key, args.channel, amount, args.blocks)
		.await?;
	let (funds, expires) = *topped_up.result();
	tell(&ToppedUp { funds, expires }, json);
	topped_up.told().map(drop)
}

async fn pay(args: &Pay, json: bool) -> Result<(), Error> {
	let (mut payments, order) = payments(args)?;
	if args.write_off {
		payments.complete()?;
	}
	let password = payments.buy(&order, args.at_most).await?;
	let handover = match &args.device {
		Some(address) => Some(payments.hand_over(address).await?),
		None => None,
	};
	let printed = handover.is_none();
	tell(&paid(password, handover), json);
	if printed {
		payments.complete()?;
	}
	Ok(())
}

fn payments(args: &Pay) -> Result<(Payments<Live>, Order), Error> {
	let key = read_key(&args.key)?;
	let signer = match (&args.group, args.index) {
		(Some(path), Some(index)) => {
			let clients = read_group(path)?;
			Signer::member(key, &clients, index).ok_or(Error::NotPayer { group: true })?
		},
		_ => Signer::alone(key),
	};
	let server = Server::new(&args.server, args.ca.authorities.as_deref())?;
	let order = Order {
		server: server.url().into(),
		device: args.name.clone(),
		service: args.service.clone(),
	};
	let records = Records::open(&args.records.folder)?;
	let record = records.load(args.channel)?;
	let environment = Live {
		server,
		node: args.node.url.clone(),
		records,
		is_well_known: signer.is_well_known(),
	};
	Ok((Payments::new(environment, signer, record), order))
}

fn paid(password: Password, handover: Option<Handover>) -> Paid {
	let seconds = match handover {
		Some(Handover::Accepted(seconds)) => seconds,
		_ => password.slot_seconds,
	};
	Paid {
		password: handover.is_none().then_some(password.password),
		counter: password.counter,
		amount: password.amount,
		seconds,
		slot_seconds: password.slot_seconds,
		used_before: handover == Some(Handover::AcceptedBefore),
	}
}

async fn status(args: &Status) -> Result<States, Error> {
	let chain = Chain::connect(&args.node.url).await?;
	let block = chain.block().await?;
	let channels = match (args.channel, &args.account) {
		(Some(id), _) => vec![(id, chain.state(id).await?.channel)],
		(None, Some(account)) => chain.channels_of(account).await?,
		(None, None) => Vec::new(),
	};
	let server = args.server.as_ref();
	let server = server.map(|url| Server::new(url, args.ca.authorities.as_deref()));
	let server = server.transpose()?;
	let mut states = Vec::new();
	for (id, channel) in channels {
		let channel_info = match &server {
			Some(server) => Some(server.channel_info(id).await?),
			None => None,
		};
		let record: Record = Records::peek(&args.records.folder, id)?;
		states.push(State::new(block, &channel, record, channel_info));
	}
	Ok(States(states))
}
