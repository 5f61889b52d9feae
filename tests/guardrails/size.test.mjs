// The guards fit into their quota, whatever their parameters are, and the parameters take what they have to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longest, vaultGuardParameters } from './rendered.mjs';

// Characters of a service control policy. [AWS Organizations, Quotas, 2026-05-15]
const QUOTA = 10240;

for (const [name, { length, parameters }] of Object.entries(longest)) {
  test(`${name} fits into ${QUOTA} characters with its longest parameters`, context => {
    context.diagnostic(`${length} characters with ${parameters}`);
    assert.ok(length <= QUOTA, `${length} characters`);
  });
}

// As CloudFormation does before it creates anything.
function takes(name, value) {
  const { AllowedPattern, MinLength = 0, MaxLength } = vaultGuardParameters[name];
  return value.length >= MinLength && value.length <= MaxLength && new RegExp(AllowedPattern).test(value);
}

const set = name => `aws-reserved/sso.amazonaws.com/*AWSReservedSSO_${name}_*`;
const five = [1, 2, 3, 4, 5].map(number => set(`VaultAdmin${number}`)).join(',');

test('AdminRoles takes names of roles, and five permission sets of the usual length', () => {
  const taken = ['vault-admin', `vault-admin,${set('VaultAdmin')}`, five];
  for (const value of taken) assert.ok(takes('AdminRoles', value), value);
});

test('AdminRoles takes no ARN, no list that is too long, and no name that matches anything', () => {
  const arn = 'arn:aws:iam::222233334444:role/vault-admin';
  const refused = ['', arn, `vault-admin,${arn}`, '*', '*-admin', '/vault-admin', 'vault-**', 'vault-admin,', 'a, b',
    'a,b,c,d,e,f', 'x'.repeat(331)];
  for (const value of refused) assert.ok(!takes('AdminRoles', value), value);
});

test('ServiceRoles may be empty, and takes three names', () => {
  for (const value of ['', 'config-recorder', 'a,b,c']) assert.ok(takes('ServiceRoles', value), value);
  for (const value of ['*', 'a,b,c,d', 'x'.repeat(121)]) assert.ok(!takes('ServiceRoles', value), value);
});
