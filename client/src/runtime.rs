//! Which runtime a node runs, and whether this program can deal with it.

use jsonrpsee::rpc_params;
use serde::Deserialize;
use syngraph_runtime::VERSION;

use crate::{Connection, Error};

/// The part of a runtime's version that programs care for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
	spec_name: String,
	spec_version: u32,
	transaction_version: u32,
}

impl Version {
	/// That of the runtime that this program was built with.
	fn ours() -> Self {
		Self {
			spec_name: VERSION.spec_name.as_ref().into(),
			spec_version: VERSION.spec_version,
			transaction_version: VERSION.transaction_version,
		}
	}

	/// Whether calls and events mean the same with both. A runtime that behaves otherwise, but does not change these,
	/// has another `spec_version` only.
	fn fits(&self, other: &Self) -> bool {
		self.spec_name == other.spec_name && self.transaction_version == other.transaction_version
	}

	fn name(&self) -> String {
		let Self {
			spec_name,
			spec_version,
			transaction_version,
		} = self;
		format!("{spec_name} {spec_version} with transactions {transaction_version}")
	}
}

/// A runtime that this program found a node to run, and that it knows. What is signed is signed for one runtime: it
/// is void once the chain has another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownRuntime {
	pub(crate) spec_version: u32,
}

/// The runtime of the node's best block, if it is known.
pub(crate) async fn runtime(connection: &Connection) -> Result<KnownRuntime, Error> {
	let theirs: Version = connection
		.request("state_getRuntimeVersion", rpc_params![])
		.await?;
	let ours = Version::ours();
	if !theirs.fits(&ours) {
		return Err(Error::OtherRuntime {
			theirs: theirs.name(),
			ours: ours.name(),
		});
	}
	Ok(KnownRuntime {
		spec_version: theirs.spec_version,
	})
}
