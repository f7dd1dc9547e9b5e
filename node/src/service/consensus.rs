//! Who makes blocks, and which of them are final.

use sc_consensus_aura::{
	standalone::slot_duration_at, start_aura, SlotProportion, StartAuraParams,
};
use sc_consensus_grandpa::{self as grandpa, SharedVoterState, VotingRulesBuilder};
use sc_network::{NotificationMetrics, NotificationService, ProtocolName};
use sc_service::{config::Configuration, Error, Role, TaskManager};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_aura::{inherents::InherentDataProvider as SlotProvider, sr25519::AuthorityPair};
use sp_inherents::CreateInherentDataProviders;
use sp_timestamp::InherentDataProvider as TimeProvider;
use std::{sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;
use syngraph_runtime::{Hash, OpaqueBlock as Block};

use super::{
	transport::{Network, NetworkConfig, Transport},
	Core,
};
use crate::client::{BlockImport, Client, FinalityLink, SelectChain};

/// How often validators repeat their votes to each other.
const GOSSIP: Duration = Duration::from_millis(333);
/// How many blocks lie between two justifications that are kept for syncing nodes.
pub const JUSTIFICATION_PERIOD: u32 = 512;

/// What the configuration says about consensus.
#[derive(Clone)]
pub struct Settings {
	role: Role,
	node_name: String,
	force_authoring: bool,
	disable_finality: bool,
	registry: Option<Registry>,
	telemetry: Option<TelemetryHandle>,
}

impl Settings {
	/// Takes them out of the configuration.
	pub fn new(config: &Configuration, telemetry: Option<TelemetryHandle>) -> Self {
		Self {
			role: config.role,
			node_name: config.network.node_name.clone(),
			force_authoring: config.force_authoring,
			disable_finality: config.disable_grandpa,
			registry: config.prometheus_registry().cloned(),
			telemetry,
		}
	}
}

/// How votes on finality travel.
pub struct Votes {
	protocol: ProtocolName,
	notifications: Box<dyn NotificationService>,
}

/// What a block says of itself by the clock of its author: the time, and the slot of that time.
pub fn inherents(
	client: Arc<Client>,
) -> impl CreateInherentDataProviders<Block, (), InherentDataProviders = (SlotProvider, TimeProvider)>
{
	move |parent, ()| {
		let client = client.clone();
		async move {
			let time = TimeProvider::from_system_time();
			let duration = slot_duration_at(&*client, parent)?;
			Ok((
				SlotProvider::from_timestamp_and_slot_duration(*time, duration),
				time,
			))
		}
	}
}

/// Makes blocks, if the node is a validator.
pub fn author(
	settings: &Settings,
	tasks: &TaskManager,
	core: &Core,
	network: &Network,
	block_import: BlockImport,
) -> Result<(), Error> {
	if !settings.role.is_authority() {
		return Ok(());
	}
	let mut proposer = sc_basic_authorship::ProposerFactory::new(
		tasks.spawn_handle(),
		core.client.clone(),
		core.pool.clone(),
		settings.registry.as_ref(),
		settings.telemetry.clone(),
	);
	// How long a block may be is for the runtime to say, be it a later one: it refuses what is too much. By default an
	// author stops at 4 MiB, and leaves answers in disputes out of blocks that have room for them, as the runtime
	// counts.
	proposer.set_default_block_size_limit(usize::MAX);
	let params = StartAuraParams {
		slot_duration: sc_consensus_aura::slot_duration(&*core.client)?,
		client: core.client.clone(),
		select_chain: SelectChain::new(core.backend.clone()),
		block_import,
		proposer_factory: proposer,
		create_inherent_data_providers: inherents(core.client.clone()),
		force_authoring: settings.force_authoring,
		// Settlements must go on while a validator is down and finality waits for it.
		backoff_authoring_blocks: None::<()>,
		keystore: core.keys.keystore(),
		sync_oracle: network.sync.clone(),
		justification_sync_link: network.sync.clone(),
		block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
		max_block_proposal_slot_portion: None,
		telemetry: settings.telemetry.clone(),
		compatibility_mode: Default::default(),
	};
	let aura = start_aura::<AuthorityPair, _, _, _, _, _, _, _, _, _, _>(params)?;
	let spawner = tasks.spawn_essential_handle();
	spawner.spawn_blocking("aura", Some("block-authoring"), aura);
	Ok(())
}

/// Adds the protocol for votes to the network.
pub fn register(
	config: &Configuration,
	genesis: Hash,
	metrics: &NotificationMetrics,
	net_config: &mut NetworkConfig,
) -> Votes {
	let protocol = grandpa::protocol_standard_name(&genesis, &config.chain_spec);
	let (protocol_config, notifications) = grandpa::grandpa_peers_set_config::<Block, Transport>(
		protocol.clone(),
		metrics.clone(),
		net_config.peer_store_handle(),
	);
	net_config.add_notification_protocol(protocol_config);
	Votes {
		protocol,
		notifications,
	}
}

/// Votes on finality, if the node is a validator, and follows the votes of the others.
pub fn finalise(
	settings: &Settings,
	tasks: &TaskManager,
	core: &Core,
	network: &Network,
	link: FinalityLink,
	votes: Votes,
) -> Result<(), Error> {
	if settings.disable_finality {
		return Ok(());
	}
	let voter = grandpa::run_grandpa_voter(grandpa::GrandpaParams {
		config: grandpa::Config {
			gossip_duration: GOSSIP,
			justification_generation_period: JUSTIFICATION_PERIOD,
			name: Some(settings.node_name.clone()),
			observer_enabled: false,
			keystore: settings.role.is_authority().then(|| core.keys.keystore()),
			local_role: settings.role,
			telemetry: settings.telemetry.clone(),
			protocol_name: votes.protocol,
		},
		link,
		network: network.service.clone(),
		sync: network.sync.clone(),
		notification_service: votes.notifications,
		voting_rule: VotingRulesBuilder::default().build(),
		prometheus_registry: settings.registry.clone(),
		shared_voter_state: SharedVoterState::empty(),
		telemetry: settings.telemetry.clone(),
		offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(core.pool.clone()),
	})?;
	tasks
		.spawn_essential_handle()
		.spawn_blocking("grandpa-voter", Some("finality"), voter);
	Ok(())
}
