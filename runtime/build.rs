//! Compiles the runtime to wasm, the form in which the chain executes it.

fn main() {
	// The chain's code must not depend on whether lints are looked at while it is compiled.
	std::env::remove_var("RUSTC_WORKSPACE_WRAPPER");
	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
