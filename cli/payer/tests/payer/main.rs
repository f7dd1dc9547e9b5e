//! Purses against a real access server, over HTTP and with both sides' records on disk, and against one that
//! lies.

mod answers;
mod crashes;
mod group;
mod intents;
mod lies;
mod machine;
mod prices;
mod restored;
mod running;
mod secrets;
mod step;
mod tls;
