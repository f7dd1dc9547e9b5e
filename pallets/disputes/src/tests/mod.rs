//! One file per call, and one for the way by which a worker reports.

mod expire;
mod report;
mod try_state;
