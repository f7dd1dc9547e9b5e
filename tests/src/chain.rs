//! A chain in memory, made of the real runtime.

use std::sync::Arc;

use codec::{Decode, Encode};
use frame_support::{genesis_builder_helper::build_state, storage::with_transaction};
use parking_lot::RwLock;
use serde_json::Value;
use sp_consensus_aura::{Slot, AURA_ENGINE_ID};
use sp_core::{
	offchain::{
		testing::{PoolState, TestOffchainExt, TestPersistentOffchainDB, TestTransactionPoolExt},
		OffchainDbExt, TransactionPoolExt,
	},
	sr25519, Pair, H256,
};
use sp_io::TestExternalities;
use sp_runtime::{
	generic::{Digest, DigestItem, Era},
	traits::Header as _,
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, DispatchError, TransactionOutcome,
};
use syngraph_primitives::GenesisHash;
use syngraph_runtime::{
	genesis_config_presets,
	migrations::mismatches,
	transactions::{self, extension},
	AccountId, Balance, Balances, Block, Executive, Header, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeGenesisConfig, System, UncheckedExtrinsic,
};

/// Milliseconds between two blocks.
const SLOT_MILLIS: u64 = 2_000;

/// A chain in memory.
pub struct Chain {
	state: TestExternalities,
	/// What off-chain workers submit.
	transactions: Arc<RwLock<PoolState>>,
	parent: H256,
	number: u32,
	genesis: GenesisHash,
}

impl Default for Chain {
	fn default() -> Self {
		Self::new()
	}
}

impl Chain {
	/// A chain that begins as local networks do, with its first block.
	pub fn new() -> Self {
		let preset = genesis_config_presets::get(&genesis_config_presets::LOCAL.into())
			.expect("there is a local preset");
		let mut state = TestExternalities::new_empty();
		state.execute_with(|| {
			build_state::<RuntimeGenesisConfig>(complete(&preset)).expect("the preset builds");
		});
		let (pool, transactions) = TestTransactionPoolExt::new();
		state.register_extension(TransactionPoolExt::new(pool));
		let (disk, _) = TestOffchainExt::new();
		state.register_extension(OffchainDbExt::new(disk));
		let genesis = H256::repeat_byte(0x5e);
		let mut chain = Self {
			state,
			transactions,
			parent: genesis,
			number: 0,
			genesis,
		};
		chain.block(Vec::new());
		chain
	}

	/// The hash that stands for the chain's first block in everything that is signed.
	pub fn genesis(&self) -> GenesisHash {
		self.genesis
	}

	/// The number of the last block.
	pub fn number(&self) -> u32 {
		self.number
	}

	/// The hash of the last block.
	pub fn hash(&self) -> H256 {
		self.parent
	}

	/// Looks at the state.
	pub fn read<R>(&mut self, look: impl FnOnce() -> R) -> R {
		self.state.execute_with(look)
	}

	/// Runs something as an off-chain worker runs, and returns the transactions that it submits.
	pub fn offchain(&mut self, work: impl FnOnce()) -> Vec<UncheckedExtrinsic> {
		self.state.execute_with(work);
		let submitted = std::mem::take(&mut self.transactions.write().transactions);
		let decode = |bytes: Vec<u8>| UncheckedExtrinsic::decode(&mut &bytes[..]);
		submitted
			.into_iter()
			.map(|bytes| decode(bytes).expect("workers submit transactions"))
			.collect()
	}

	/// What blocks have written to the disks of all nodes.
	pub fn index(&self) -> TestPersistentOffchainDB {
		self.state.offchain_db()
	}

	/// The state of an agreement.
	pub fn agreement(&mut self, id: &H256) -> Option<pallet_agreements::AgreementOf<Runtime>> {
		self.read(|| pallet_agreements::Agreements::<Runtime>::get(id))
	}

	/// What an account can spend.
	pub fn balance(&mut self, who: &AccountId) -> Balance {
		self.read(|| Balances::free_balance(who))
	}

	/// Builds a block of the transactions, and returns what became of each. The invariants of all
	/// pallets must hold after it.
	pub fn block(&mut self, transactions: Vec<UncheckedExtrinsic>) -> Vec<ApplyExtrinsicResult> {
		self.begin();
		let results = transactions
			.into_iter()
			.map(|transaction| self.apply(transaction))
			.collect();
		self.finish();
		self.read(check_invariants);
		results
	}

	/// Begins the next block.
	pub fn begin(&mut self) {
		self.number += 1;
		let (header, time) = (self.header(), self.time());
		self.read(|| {
			Executive::initialize_block(&header);
			Executive::apply_extrinsic(time)
				.expect("the inherent is valid")
				.expect("the inherent succeeds");
		});
	}

	/// Executes a next block of these transactions as a node does that did not make it. A block that is not valid
	/// traps; so does one whose transactions are, since nobody knew to what state they lead.
	pub fn execute(&mut self, transactions: Vec<UncheckedExtrinsic>) {
		self.number += 1;
		let mut extrinsics = vec![self.time()];
		extrinsics.extend(transactions);
		let block = Block {
			header: self.header(),
			extrinsics,
		};
		self.read(|| Executive::execute_block(block.into()));
	}

	/// The head of the present block as far as it is known before its transactions are.
	fn header(&self) -> Header {
		let slot = Slot::from(u64::from(self.number));
		let digest = Digest {
			logs: vec![DigestItem::PreRuntime(AURA_ENGINE_ID, slot.encode())],
		};
		Header::new(self.number, H256::zero(), H256::zero(), self.parent, digest)
	}

	/// What says the time of the present block.
	fn time(&self) -> UncheckedExtrinsic {
		let now = u64::from(self.number) * SLOT_MILLIS;
		UncheckedExtrinsic::new_bare(pallet_timestamp::Call::set { now }.into())
	}

	/// Applies a transaction in the block that was begun, and returns what became of it.
	pub fn apply(&mut self, transaction: UncheckedExtrinsic) -> ApplyExtrinsicResult {
		// Through the encoding, as they come over the network.
		let encoded = transaction.encode();
		let decoded = UncheckedExtrinsic::decode(&mut &encoded[..]).expect("it decodes");
		self.read(|| Executive::apply_extrinsic(decoded))
	}

	/// Finishes the block that was begun.
	pub fn finish(&mut self) {
		let sealed = self.read(Executive::finalize_block);
		self.parent = sealed.hash();
		self.state.persist_offchain_overlay();
	}

	/// Moves all changes from memory into the trie, so that from now on the state is read as a node without a cache
	/// reads it.
	pub fn commit(&mut self) {
		self.state.commit_all().expect("nothing is under way");
	}

	/// Passes over so many blocks in which nothing happens, between one block and the next.
	pub fn skip(&mut self, blocks: u32) {
		self.number += blocks;
		let number = self.number;
		self.read(|| System::set_block_number(number));
	}

	/// Runs empty blocks up to and including block `number`.
	pub fn run_to(&mut self, number: u32) {
		while self.number < number {
			self.block(Vec::new());
		}
	}

	/// Signs a call, applies it in a block of its own, and returns the events it caused.
	pub fn call(
		&mut self,
		signer: &sr25519::Pair,
		call: impl Into<RuntimeCall>,
	) -> Result<Vec<RuntimeEvent>, DispatchError> {
		let transaction = self.sign(signer, call.into());
		let mut results = self.block(vec![transaction]);
		results.remove(0).expect("the transaction is valid")?;
		Ok(self.events())
	}

	/// The events of the last block.
	pub fn events(&mut self) -> Vec<RuntimeEvent> {
		self.read(|| {
			System::events()
				.into_iter()
				.map(|record| record.event)
				.collect()
		})
	}

	/// What the transaction pool would say.
	pub fn validate(&mut self, transaction: UncheckedExtrinsic) -> TransactionValidity {
		let parent = self.parent;
		let mut validity = None;
		self.read(|| {
			let _ = with_transaction(|| {
				let source = TransactionSource::External;
				validity = Some(transactions::validate(source, transaction, parent));
				TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
			});
		});
		validity.expect("it was validated")
	}

	/// A signed transaction.
	pub fn sign(&mut self, signer: &sr25519::Pair, call: RuntimeCall) -> UncheckedExtrinsic {
		self.sign_with_tip(signer, call, 0)
	}

	/// Signs a call that pays a tip.
	pub fn sign_with_tip(
		&mut self,
		signer: &sr25519::Pair,
		call: RuntimeCall,
		tip: Balance,
	) -> UncheckedExtrinsic {
		let account = AccountId::from(signer.public());
		self.read(|| {
			let nonce = System::account_nonce(&account);
			let extension = extension(Era::Immortal, nonce, tip);
			let payload = sp_runtime::generic::SignedPayload::new(call.clone(), extension.clone())
				.expect("the extension accepts it");
			let signature = payload.using_encoded(|bytes| signer.sign(bytes));
			UncheckedExtrinsic::new_signed(call, account.into(), signature.into(), extension)
		})
	}
}

/// A general transaction, as an off-chain worker submits it: nobody signs it.
pub fn general(call: impl Into<RuntimeCall>) -> UncheckedExtrinsic {
	UncheckedExtrinsic::new_transaction(call.into(), extension(Era::Immortal, 0, 0))
}

/// A preset says only what differs from the defaults: the whole of it, as the node makes it.
fn complete(preset: &[u8]) -> Vec<u8> {
	fn merge(whole: &mut Value, part: Value) {
		match (whole, part) {
			(Value::Object(whole), Value::Object(part)) => part
				.into_iter()
				.for_each(|(key, value)| merge(whole.entry(key).or_insert(Value::Null), value)),
			(whole, part) => *whole = part,
		}
	}
	let mut whole = serde_json::to_value(RuntimeGenesisConfig::default()).expect("it is JSON");
	merge(
		&mut whole,
		serde_json::from_slice(preset).expect("it is JSON"),
	);
	whole.to_string().into_bytes()
}

/// The invariants of all our pallets, that their code can read their storage, and that no money came into being.
pub fn check_invariants() {
	assert_eq!(mismatches(), vec![]);
	pallet_registry::Pallet::<Runtime>::do_try_state().expect("the registry is sound");
	pallet_agreements::Pallet::<Runtime>::do_try_state().expect("the agreements are sound");
	pallet_disputes::Pallet::<Runtime>::do_try_state().expect("the disputes are sound");
	pallet_channels::Pallet::<Runtime>::do_try_state().expect("the channels are sound");
	let accounts = frame_system::Account::<Runtime>::iter_values();
	let owned: Balance = accounts
		.map(|account| account.data.free + account.data.reserved)
		.sum();
	let channels = pallet_channels::Channels::<Runtime>::iter_values();
	let in_channels: Balance = channels.map(|channel| channel.held()).sum();
	assert_eq!(
		owned + in_channels,
		Balances::total_issuance(),
		"all money is somebody's, or in a channel"
	);
}
