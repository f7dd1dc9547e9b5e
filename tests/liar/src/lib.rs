//! The runtime of a node that lies: the chain's own, but that its worker computes wrong results.
//!
//! A node that is started with `--wasm-runtime-overrides` executes it in the place of the chain's.
#![cfg_attr(not(feature = "std"), no_std)]

// All that it exports is the runtime's.
extern crate syngraph_runtime;
