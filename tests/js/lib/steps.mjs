// A test that is told in steps.

import { test } from 'node:test';

/** Steps of which each builds on those before it: once one has failed, no other is taken. */
export class Steps {
	failed = false;

	/** Takes a step. */
	take = (name, body) =>
		test(name, async (context) => {
			if (this.failed) return context.skip('a step before it failed');
			try {
				await body(context);
			} catch (error) {
				this.failed = true;
				throw error;
			}
		});
}
