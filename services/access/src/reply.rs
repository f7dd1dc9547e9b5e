//! Responses to requests by HTTP, whatever they are about.

use axum::{
	body::Bytes,
	http::{header, StatusCode},
	response::{IntoResponse, Response},
};
use serde_json::json;

/// A response with a body of this kind.
pub(crate) fn reply(status: StatusCode, kind: &'static str, body: Bytes) -> Response {
	(status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

/// A problem that the status says everything about.
pub(crate) fn plain(status: StatusCode) -> Response {
	let title = status.canonical_reason().unwrap_or_default();
	let body = json!({ "type": "about:blank", "title": title, "status": status.as_u16() });
	reply(status, "application/problem+json", body.to_string().into())
}
