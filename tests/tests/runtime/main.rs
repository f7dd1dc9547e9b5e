//! The real runtime: what the mocks of single pallets cannot show.

mod agreements;
mod disputes;
mod fees;
mod refusals;
