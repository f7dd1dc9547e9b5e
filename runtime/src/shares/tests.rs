use alloc::{collections::BTreeSet, vec, vec::Vec};
use codec::MaxEncodedLen;
use frame_support::{
	dispatch::GetDispatchInfo,
	traits::{Get, GetCallMetadata},
};
use pallet_registry::{KeyRotation, SensorUse};
use sp_core::sr25519;
use sp_runtime::generic::Era;
use syngraph_primitives::{
	SignedMessage, MAX_INTERMEDIARIES, MAX_KEPT, MAX_ROUND_RESULTS, MAX_SENSORS, MAX_STEPS,
	MAX_USERS,
};
use syngraph_protocol::Showing;

use super::*;
use crate::{configs::EnoughRoom, transactions::extension};

type Calls = Vec<(&'static str, Weight)>;
type AgreementWeights = <Runtime as pallet_agreements::Config>::WeightInfo;
type ChannelWeights = <Runtime as pallet_channels::Config>::WeightInfo;
type DisputeWeights = <Runtime as pallet_disputes::Config>::WeightInfo;
type RegistryWeights = <Runtime as pallet_registry::Config>::WeightInfo;

/// More than the bytes of a transaction that are not its call's parameters.
const ENVELOPE: usize = 32;

fn sum(weights: &[Weight]) -> Weight {
	let add = |sum: Weight, weight: &Weight| sum.saturating_add(*weight);
	weights.iter().fold(Weight::zero(), add)
}

fn largest(weights: &[Weight]) -> Weight {
	let larger = |one: Weight, other: &Weight| one.max(*other);
	weights.iter().fold(Weight::zero(), larger)
}

/// What a transaction weighs besides its call and the authorisation of that.
fn around() -> Weight {
	let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
	extension(Era::Immortal, 0, 0).weight(&remark)
}

/// What calls of agreements weigh at most, with their authorisation.
fn of_agreements() -> Calls {
	use pallet_agreements::WeightInfo;
	type Weights = AgreementWeights;
	let settled = |results| Weights::settle(MAX_INTERMEDIARIES, MAX_USERS, results);
	let most = MAX_ROUND_RESULTS;
	let settle = [
		Weights::authorize_settle(MAX_INTERMEDIARIES, MAX_SENSORS, most),
		settled(most),
		// Looking for how many of the results the escrows cover.
		settled(most).saturating_sub(settled(0)).saturating_mul(9),
		Weights::react(most * MAX_STEPS),
		Weights::payout(MAX_INTERMEDIARIES, MAX_USERS, MAX_STEPS),
		Weights::end(2 * MAX_INTERMEDIARIES, MAX_SENSORS),
		// Its members ask for a joint key.
		<Runtime as frame_system::Config>::DbWeight::get()
			.reads_writes(MAX_INTERMEDIARIES.into(), 1),
	];
	vec![
		("propose", Weights::propose()),
		("sign", Weights::sign()),
		("create", Weights::create()),
		("cancel", Weights::cancel()),
		("top_up", Weights::top_up()),
		("give_notice", Weights::give_notice()),
		("consent_to_end", Weights::consent_to_end()),
		("close", Weights::close()),
		("settle", sum(&settle)),
		("forget", Weights::forget(MAX_KEPT)),
		("accept", Weights::accept()),
		("withdraw_consent", Weights::withdraw_consent()),
		("resign", Weights::resign()),
		("release", Weights::release()),
		("vacate", Weights::vacate()),
		("pay_retainers", Weights::pay_retainers()),
		("replace_sensor", Weights::replace_sensor()),
		(
			"payout",
			Weights::payout(MAX_INTERMEDIARIES, MAX_USERS, MAX_STEPS),
		),
	]
}

/// What calls of channels weigh at most, with their authorisation.
fn of_channels() -> Calls {
	use pallet_channels::{WeightInfo, MAX_BATCH};
	use syngraph_primitives::MAX_GROUP_LEVELS as MOST;
	type Weights = ChannelWeights;
	let redeem = [
		Weights::redeem_ed25519(MOST),
		Weights::redeem_sr25519(MOST),
		Weights::redeem_ecdsa(MOST),
	];
	let close = largest(&[
		Weights::close_ed25519(MOST),
		Weights::close_sr25519(MOST),
		Weights::close_ecdsa(MOST),
	]);
	let authorize = [
		Weights::authorize_rescue_ed25519(MOST),
		Weights::authorize_rescue_sr25519(MOST),
		Weights::authorize_rescue_ecdsa(MOST),
	];
	vec![
		("open", Weights::open()),
		("top_up", Weights::top_up()),
		("request_close", Weights::request_close()),
		("change_payer", Weights::change_payer()),
		("redeem", largest(&redeem)),
		("close", close),
		("close_batch", close.saturating_mul(MAX_BATCH.into())),
		("claim", Weights::claim()),
		("rescue", sum(&[largest(&authorize), Weights::rescue()])),
	]
}

/// What calls of the registry weigh at most, with their authorisation, but for those of a class of their own.
fn of_registry() -> Calls {
	use pallet_registry::{Config, WeightInfo};
	type Weights = RegistryWeights;
	let batch = <Runtime as Config>::MaxBatch::get();
	let rotate_sensor = [
		Weights::rotate_sensor_key(),
		<Runtime as Config>::SensorUse::weight(<Runtime as Config>::MaxAgreementsOfSensor::get()),
	];
	let rotate_intermediary = [
		Weights::rotate_intermediary_key(),
		<Runtime as Config>::KeyRotation::weight(<Runtime as Config>::MaxAgreements::get()),
	];
	vec![
		("register_user", Weights::register_user()),
		("update_user", Weights::update_user()),
		("rotate_user_key", Weights::rotate_user_key()),
		("revoke_user", Weights::revoke_user()),
		("deregister_user", Weights::deregister_user()),
		("register_sensors", Weights::register_sensors(batch)),
		("update_sensor", Weights::update_sensor()),
		("rotate_sensor_key", sum(&rotate_sensor)),
		("revoke_sensor", Weights::revoke_sensor()),
		("deregister_sensor", Weights::deregister_sensor()),
		("register_intermediary", Weights::register_intermediary()),
		("update_intermediary", Weights::update_intermediary()),
		("rotate_intermediary_key", sum(&rotate_intermediary)),
		("revoke_intermediary", Weights::revoke_intermediary()),
		(
			"deregister_intermediary",
			Weights::deregister_intermediary(),
		),
		("bond", Weights::bond()),
		("unbond", Weights::unbond()),
		("withdraw", Weights::withdraw()),
		("publish_offer", Weights::publish_offer()),
		("withdraw_offer", Weights::withdraw_offer()),
		(
			"heartbeat",
			sum(&[Weights::authorize_heartbeat(), Weights::heartbeat()]),
		),
	]
}

/// What calls of disputes weigh at most, with their authorisation.
fn of_disputes() -> Calls {
	use pallet_disputes::{Config, WeightInfo};
	type Weights = DisputeWeights;
	let shown: u32 = <Runtime as Config>::MaxShown::get();
	let both = |authorize: Weight, call: Weight| authorize.saturating_add(call);
	vec![
		(
			"report",
			both(Weights::authorize_report(), Weights::report()),
		),
		(
			"complain",
			both(
				Weights::authorize_complain(MAX_INTERMEDIARIES),
				Weights::complain(MAX_INTERMEDIARIES),
			),
		),
		("file", both(Weights::authorize_file(), Weights::file())),
		(
			"show",
			both(Weights::authorize_show(shown), Weights::show(shown)),
		),
		(
			"judge",
			both(
				Weights::authorize_judge(),
				Weights::judge().max(Weights::judge_with_ruling()),
			),
		),
		("reconcile", Weights::reconcile()),
		(
			"accuse",
			both(Weights::authorize_accuse(), Weights::accuse()),
		),
		("lack", both(Weights::authorize_lack(), Weights::lack())),
		(
			"challenge",
			both(Weights::authorize_challenge(), Weights::challenge()),
		),
		("open", both(Weights::authorize_open(), Weights::open())),
	]
}

/// The most that a single transaction of a class may weigh.
fn most(class: DispatchClass) -> Weight {
	let most = Weights::get().get(class).max_extrinsic;
	most.expect("there is a limit")
}

/// Else it would wait for ever for a block that has room for it, though there are no answers.
#[test]
fn each_call_finds_room_in_a_block_beside_what_is_kept_for_answers() {
	let all = [
		("Agreements", of_agreements()),
		("Channels", of_channels()),
		("Registry", of_registry()),
		("Disputes", of_disputes()),
	];
	let open = most(DispatchClass::Normal);
	let base = Weights::get().get(DispatchClass::Normal).base_extrinsic;
	assert!(open.saturating_add(base).all_lte(ordinary_room().weight));
	for (pallet, calls) in all {
		let known: BTreeSet<_> = calls.iter().map(|(name, _)| *name).collect();
		let names = RuntimeCall::get_call_names(pallet).iter();
		let names: BTreeSet<_> = names.copied().collect();
		assert_eq!(known, names, "{pallet}");
		for (name, weight) in calls {
			let weight = weight.saturating_add(around());
			assert!(weight.all_lte(open), "{pallet}.{name}: {weight:?}");
		}
	}
}

/// It takes most of what is left for what nobody but the administrator may do.
#[test]
fn the_runtime_can_be_replaced() {
	let code = RuntimeCall::System(frame_system::Call::set_code { code: vec![] });
	let call = RuntimeCall::Sudo(pallet_sudo::Call::sudo { call: code.into() });
	let info = call.get_dispatch_info();
	assert_eq!(info.class, DispatchClass::Operational);
	let weight = info.call_weight.saturating_add(around());
	assert!(weight.all_lte(most(info.class)), "{weight:?}");
}

/// In a block whose quarter nobody has used yet, any answer finds room; and by what is left one knows whether any
/// other would.
#[test]
fn the_largest_answer_is_no_more_than_is_said_to_be_enough() {
	let (enough, kept) = (EnoughRoom::get(), AnswerRoom::get());
	assert!(enough.fits_into(kept));
	let base = Weights::get().get(DispatchClass::Normal).base_extrinsic;
	for (name, weight) in of_disputes() {
		let weight = sum(&[weight, around(), base]);
		assert!(weight.all_lte(enough.weight), "{name}: {weight:?}");
	}
	let shown: u32 = <Runtime as pallet_disputes::Config>::MaxShown::get();
	let bytes = SignedMessage::max_encoded_len() * shown as usize
		+ Showing::max_encoded_len()
		+ sr25519::Signature::max_encoded_len()
		+ ENVELOPE;
	assert!(bytes <= enough.bytes as usize, "{bytes}");
}

/// In no order in which calls come they take more of a block than there is, or what is another class's.
#[test]
fn the_classes_share_a_block() {
	let weights = Weights::get();
	let of = |class| weights.get(class).max_total.expect("there is a limit");
	let [normal, operational] = [DispatchClass::Normal, DispatchClass::Operational].map(of);
	assert_eq!(normal.saturating_add(operational), weights.max_block);
	assert_eq!(normal, open_room().weight);
	for class in [DispatchClass::Normal, DispatchClass::Operational] {
		assert_eq!(weights.get(class).reserved, weights.get(class).max_total);
	}
	let quarter = AnswerRoom::get().weight.ref_time();
	assert_eq!(4 * quarter, weights.max_block.ref_time());
	// The bytes are counted together.
	let bytes = *Length::get().max.get(DispatchClass::Normal);
	assert_eq!(4 * AnswerRoom::get().bytes, bytes);
	assert!(open_room().bytes < operational_bytes() && operational_bytes() < bytes);
	// Whatever fills the rest of a block, it takes more than a few answers to stop the clock.
	let others = operational_bytes() - AnswerRoom::get().bytes;
	let few = bytes - others - EnoughRoom::get().bytes;
	assert!(3 * few > AnswerRoom::get().bytes, "{few}");
}

#[test]
fn clients_take_it_for_what_the_sdk_has() {
	let [ours, theirs] = [
		<CheckShares as TransactionExtension<RuntimeCall>>::metadata(),
		<Inner as TransactionExtension<RuntimeCall>>::metadata(),
	];
	let [ours, theirs] = [&ours[..], &theirs[..]].map(|all| match all {
		[one] => (one.identifier, one.ty, one.implicit),
		_ => panic!("it is one"),
	});
	assert_eq!(ours, theirs);
	assert!(CheckShares::default().encode().is_empty());
	// The era, the number and the tip take a byte each.
	assert_eq!(extension(Era::Immortal, 0, 0).encode(), [0, 0, 0]);
}
