//! Compiles the runtime to wasm, the form in which the chain executes it.

fn main() {
	#[cfg(feature = "std")]
	build();
}

/// A development build can be told to compute wrong results, to test what becomes of them. A release
/// build cannot.
#[cfg(feature = "std")]
fn build() {
	let builder = substrate_wasm_builder::WasmBuilder::init_with_defaults();
	match std::env::var("PROFILE").as_deref() {
		Ok("debug") => builder.enable_feature("sabotage").build(),
		_ => builder.build(),
	}
}
