//! Which runtime a node runs, and whether this program knows it.

use jsonrpsee::rpc_params;
use serde::Deserialize;
use syngraph_runtime::VERSION;

use crate::{Client, Connection, Error};

/// The part of a runtime's version that must fit.
#[derive(PartialEq, Eq, Deserialize)]
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

	fn name(&self) -> String {
		let Self {
			spec_name,
			spec_version,
			transaction_version,
		} = self;
		format!("{spec_name} {spec_version} with transactions {transaction_version}")
	}
}

impl Client {
	/// Fails with [`Error::OtherRuntime`] unless the node's best block runs the runtime that this program
	/// was built with. A chain can be upgraded at any time, so this is asked of the node and not remembered.
	pub async fn ensure_runtime(&self) -> Result<(), Error> {
		ensure_runtime(self.connection()).await
	}
}

pub(crate) async fn ensure_runtime(connection: &Connection) -> Result<(), Error> {
	let theirs: Version = connection
		.request("state_getRuntimeVersion", rpc_params![])
		.await?;
	let ours = Version::ours();
	if theirs == ours {
		return Ok(());
	}
	Err(Error::OtherRuntime {
		theirs: theirs.name(),
		ours: ours.name(),
	})
}
