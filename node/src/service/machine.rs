//! What the machine offers to the off-chain worker: its clock and randomness.

use sp_core::{
	offchain::{
		Externalities, HttpError, HttpRequestId, HttpRequestStatus, OpaqueNetworkState, Timestamp,
	},
	OpaquePeerId, H256,
};
use std::{
	thread::sleep,
	time::{Duration, SystemTime},
};

/// The longest that the worker may sleep at a time: longer than it ever has reason to.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The machine on which the node runs. The worker speaks with its peers by statements: there is no HTTP, and
/// nothing to know of the network.
#[derive(Clone)]
pub struct Machine {
	/// Whether the node may make blocks.
	pub is_validator: bool,
}

impl Externalities for Machine {
	fn is_validator(&self) -> bool {
		self.is_validator
	}

	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		Err(())
	}

	fn timestamp(&mut self) -> Timestamp {
		let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
		let millis = since.map_or(0, |since| since.as_millis());
		Timestamp::from_unix_millis(u64::try_from(millis).unwrap_or(u64::MAX))
	}

	fn sleep_until(&mut self, deadline: Timestamp) {
		let left = Duration::from_millis(deadline.diff(&self.timestamp()).millis());
		sleep(left.min(LONGEST_SLEEP));
	}

	fn random_seed(&mut self) -> [u8; 32] {
		// From the operating system.
		H256::random().0
	}

	fn http_request_start(&mut self, _: &str, _: &str, _: &[u8]) -> Result<HttpRequestId, ()> {
		Err(())
	}

	fn http_request_add_header(&mut self, _: HttpRequestId, _: &str, _: &str) -> Result<(), ()> {
		Err(())
	}

	fn http_request_write_body(
		&mut self,
		_: HttpRequestId,
		_: &[u8],
		_: Option<Timestamp>,
	) -> Result<(), HttpError> {
		Err(HttpError::Invalid)
	}

	fn http_response_wait(
		&mut self,
		requests: &[HttpRequestId],
		_: Option<Timestamp>,
	) -> Vec<HttpRequestStatus> {
		vec![HttpRequestStatus::Invalid; requests.len()]
	}

	fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
		Vec::new()
	}

	fn http_response_read_body(
		&mut self,
		_: HttpRequestId,
		_: &mut [u8],
		_: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		Err(HttpError::Invalid)
	}

	fn set_authorized_nodes(&mut self, _: Vec<OpaquePeerId>, _: bool) {}
}
