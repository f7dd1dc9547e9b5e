//! One-time passwords for devices that can do no public-key cryptography.
//!
//! A device shares one [`Secret`] for each of its services with its access server. The server
//! computes passwords with [`hotp`] and hands them out for payment; the device checks them with a
//! [`Verifier`] and nothing else: no chain, no network, no clock of the day. Each password is good
//! once, for one slot of one service.
//!
//! Nothing here allocates, and nothing waits: storage is whatever implements [`CounterStore`], and
//! time is a tick that the caller passes in.

#![no_std]
#![deny(missing_docs)]

mod code;
mod hotp;
mod verifier;

pub use code::{Code, Digits};
pub use hotp::{hotp, NoSecret, Secret, SECRET_BYTES};
pub use verifier::{Config, CounterStore, State, Verifier, VerifyError};
