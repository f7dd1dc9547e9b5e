//! The real runtime: what the mocks of single pallets cannot show.

mod agreements;
mod cast;
mod consent;
mod costs;
mod disputes;
mod ending;
mod far_windows;
mod fees;
mod invalid;
mod keys;
mod migrations;
mod pool;
mod quote;
mod restarts;
mod scene;
mod shares;
