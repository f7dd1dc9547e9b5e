//! The protocol of Syngraph, and nothing but the protocol: no clock, no I/O, no randomness of its own.
//!
//! - [`Window`]: the messages a result is computed from, and how they are shown to be the same.
//! - [`Fold`]: the functions that compute it, of which [`Pipeline`] is the declarative kind.
//! - [`Session`]: the state machine by which intermediaries commit, reveal and agree.
//! - [`Proof`]: what convinces the chain that they did.
//! - [`History`]: by which an old round is shown.
//! - [`conflict()`]: what two utterances prove that cannot both be right.
//! - [`Part`], [`Sources`]: which messages make up a window, and what is known of them.
//! - [`Docket`]: a dispute, from the first contradiction or silence to the verdict.
//! - [`Trial`]: a disputed window, shown to the chain message by message.
//!
//! Off-chain workers drive it and the runtime checks with it: both sides run the same code.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod docket;
mod evidence;
mod fold;
mod history;
pub mod pipeline;
mod round;
mod session;
mod settlement;
mod sources;
mod tree;
mod trial;
mod window;
mod wire;

pub use docket::{
	Challenge, Docket, Effect, Fault, FileError, First, Hashes, Kind, Level, Shown, Side, Stage,
	Testimony, Verdict, MAX_WINDOWS,
};
pub use evidence::{conflict, Conflict};
pub use fold::{Fold, FoldState};
pub use history::{prove_round, round_leaf, verify_round, History};
pub use pipeline::{warnings, FunctionError, Pipeline, Trace, Warning};
pub use round::{
	Attempt, Computed, Exhibit, Footing, Form, Joining, Opening, Phase, Plan, Rejection, Round,
	Seat, Unsigned,
};
pub use session::{
	Clock, Dated, DisputeState, Input, Output, Session, Standing, ASK_AFTER, KEEP,
	KEEP_UNTIL_FINAL, LISTEN, PATIENCE_FACTOR, REPUBLISH, RETRY, TURN,
};
pub use settlement::{Assents, Proof, ProofError, Singles};
pub use sources::{grounds, is_timely, replacements, shown_key, Part, Sources};
pub use tree::{
	block_count, outcome_leaf, outcomes_root, outcomes_root_of, path, root_of, verify_path, Path,
	BLOCK, MAX_PATH,
};
pub use trial::{longest_message, Showing, Subject, Trial, TrialError, MAX_CHUNKS};
pub use window::{possession, verify_message, Window, MAX_REST};
pub use wire::{
	Ask, Bundle, Publication, Repair, SignedBundle, MAX_ASKS, MAX_REPAIR_BYTES, MAX_UTTERANCES,
};
