//! The access server on a chain that is pretended, and beside a real one (`node`, `restarts`, `scale`).

mod asked;
mod collector;
mod common;
mod crash;
mod daemon;
mod health;
mod lagging;
mod node;
mod openapi;
mod pressed;
#[path = "../../../../client/tests/node/mod.rs"]
mod pretended;
mod prices;
mod problems;
mod races;
mod repeats;
mod restarts;
mod restored;
mod scale;
mod tower;
mod waits;
