//! The worker on machines made of memory: real keys, real messages, real state, no network.

mod accounts;
mod eyes;
mod joint;
mod keys;
mod losses;
mod machine;
mod messages;
mod rests;
mod runs;
mod tower;
mod world;

/// The world that machines share.
type Shared = std::rc::Rc<std::cell::RefCell<world::World>>;
