//! What changes the registry's state when the runtime is upgraded. Each step has a module, named by the version of the
//! storage that it leads to.

pub mod v2;
