//! The worker on machines made of memory: real keys, real messages, real state, no network.

mod machine;
mod runs;
mod world;

/// The world that machines share.
type Shared = std::rc::Rc<std::cell::RefCell<world::World>>;
