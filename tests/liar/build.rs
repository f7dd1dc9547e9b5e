//! Compiles the liar to wasm.

#[cfg(feature = "std")]
use std::{
	env, fs, io,
	os::unix::fs::symlink,
	path::{Path, PathBuf},
};

fn main() {
	#[cfg(feature = "std")]
	build();
}

#[cfg(feature = "std")]
fn build() {
	// As the runtime itself is compiled.
	env::remove_var("RUSTC_WORKSPACE_WRAPPER");
	share_target().expect("the folder in which runtimes are compiled can be written to");
	substrate_wasm_builder::WasmBuilder::init_with_defaults()
		.enable_feature("sabotage")
		.build();
}

/// Has the liar compiled in the runtime's target folder, where all that both are made of is compiled already: the
/// builder would give it one of its own. Cargo lets one of them in at a time.
#[cfg(feature = "std")]
fn share_target() -> io::Result<()> {
	let out = env::var_os("OUT_DIR").expect("cargo says where the output of a build script goes");
	let out = PathBuf::from(out);
	let mut folders = out.ancestors().skip_while(|it| !it.ends_with("build"));
	let profile = folders.nth(1).unwrap_or(Path::new(""));
	let project = profile.join("wbuild/syngraph-liar");
	let own = project.join("target");
	if own.exists() {
		return Ok(());
	}
	fs::create_dir_all(profile.join("wbuild/syngraph-runtime/target"))?;
	fs::create_dir_all(project)?;
	symlink("../syngraph-runtime/target", own)
}
