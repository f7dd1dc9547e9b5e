// The RPC of a node without polkadot.js: for requests that it would not make, and answers that it would not show.

/** A call of a method. */
export const request = (method, params, id = 1) => ({ jsonrpc: '2.0', id, method, params });

/**
 * What the server at `url`, be it written as a WebSocket's, answers to a body, which need not be a request. `options`
 * are those of `fetch`.
 */
export async function post(url, body, options = {}) {
	const headers = { 'content-type': 'application/json' };
	const response = await fetch(url.replace('ws:', 'http:'), { method: 'POST', headers, body, ...options });
	return response.json();
}
