//! The real runtime: what the mocks of single pallets cannot show.

mod agreements;
mod fees;
mod refusals;
