//! The protocol of Syngraph, and nothing but the protocol: no clock, no I/O, no randomness of its own.
//!
//! - [`Window`]: the messages a result is computed from, and how they are shown to be the same.
//! - [`Fold`]: the functions that compute it, of which [`Pipeline`] is the declarative kind.
//! - [`Session`]: the state machine by which intermediaries commit, reveal and agree.
//! - [`Proof`]: what convinces the chain that they did.
//! - [`conflict()`]: what two statements prove that cannot both be right.
//! - [`Part`], [`Facts`]: which messages make up a window, and what was known of them.
//! - [`Docket`]: a dispute, from the first contradiction or silence to the verdict.
//! - [`Trial`]: a disputed window, shown to the chain message by message.
//!
//! Off-chain workers drive it and the runtime checks with it: both sides run the same code.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod docket;
mod evidence;
mod fold;
pub mod pipeline;
mod round;
mod session;
mod settlement;
mod sources;
mod trial;
mod window;
mod wire;

pub use docket::{Docket, Effect, Fault, FileError, Shown, Stage, Testimony, Verdict, MAX_WINDOWS};
pub use evidence::{conflict, Conflict};
pub use fold::{Fold, FoldState};
pub use pipeline::{warnings, FunctionError, Pipeline, Trace, Warning};
pub use round::{Computed, Exhibit, Phase, Rejection, Seat, Sort};
pub use session::{
	DisputeState, Input, Output, Session, Sources, Standing, HEARTBEAT, KEEP, LISTEN, MAX_OPEN,
	PATIENCE, PATIENCE_FACTOR, RETRY, TURN,
};
pub use settlement::{Proof, ProofError};
pub use sources::{grounds, is_timely, replacements, shown_key, Facts, Part};
pub use trial::{longest_message, Showing, Subject, Trial, TrialError, MAX_CHUNKS};
pub use window::{possession, verify_message, Window, MAX_REST};
pub use wire::{
	settlement_of, Ask, Bundle, Past, Publication, Repair, Revealed, Said, SignedBundle, Unsigned,
	Utterance, MAX_ASKS, MAX_REPAIR_BYTES,
};
