//! The worker on machines made of memory: real keys, real messages, real state, no network.

mod machine;
mod runs;
