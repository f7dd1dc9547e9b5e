//! As much of `substrate-wasm-builder` as the runtime's build script calls. It says that there is no wasm, as the
//! real one does when it is told to skip, and saves the quarter of an hour in which that one is compiled itself.

use std::{env, fs, path::Path};

/// Compiles nothing.
pub struct WasmBuilder;

impl WasmBuilder {
	/// Writes what the runtime includes.
	pub fn build_using_defaults() {
		let out = env::var_os("OUT_DIR").expect("cargo sets it");
		let nothing = "/// There is none.\npub const WASM_BINARY: Option<&[u8]> = None;\n\
			/// There is none.\npub const WASM_BINARY_BLOATY: Option<&[u8]> = None;\n";
		fs::write(Path::new(&out).join("wasm_binary.rs"), nothing).expect("it can be written");
		println!("cargo:rerun-if-changed=build.rs");
	}
}
