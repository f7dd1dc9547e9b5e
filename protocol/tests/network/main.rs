//! The protocol on a virtual network: many nodes, one clock, and everything that can go wrong between
//! them. Signatures are real; the chain checks proofs with the code the real one uses.

mod chain;
mod disputes;
mod faults;
mod forks;
mod hearing;
mod interleavings;
mod lacking;
mod node;
mod passing;
mod reopened;
mod slowness;
mod versions;
mod world;
