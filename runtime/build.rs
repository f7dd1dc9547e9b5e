//! Compiles the runtime to wasm, the form in which the chain executes it.

fn main() {
	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
