//! The weights of what is part of every transfer, measured as those of our own pallets are, so that the two can
//! be compared.

pub mod balances;
pub mod system_extensions;
pub mod transaction_payment;
