// The guards fit into their quota, whatever their parameters are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longest } from './rendered.mjs';

// Characters of a service control policy. [AWS Organizations, Quotas, 2026-05-15]
const QUOTA = 10240;

for (const [name, { length, parameters }] of Object.entries(longest)) {
  test(`${name} fits into ${QUOTA} characters with its longest parameters`, context => {
    context.diagnostic(`${length} characters with ${parameters}`);
    assert.ok(length <= QUOTA, `${length} characters`);
  });
}
