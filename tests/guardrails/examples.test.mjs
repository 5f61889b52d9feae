// Who can assume the role of examples/vault-admin-role.yaml, if permissions of the caller's own do not hinder it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createValidatedPolicy } from '@cloud-copilot/iam-policy';
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { policies } from './rendered.mjs';
import { policyOf } from './simulate.mjs';

const central = '222233334444';
const people = '555566667777';
const set = 'role/aws-reserved/sso.amazonaws.com';
const administrators = [
  `arn:aws:iam::${people}:${set}/AWSReservedSSO_VaultAdmin_0123456789abcdef`,
  `arn:aws:iam::${people}:${set}/eu-west-1/AWSReservedSSO_VaultAdmin_0123456789abcdef`,
];
const others = [
  `arn:aws:iam::${people}:root`,
  `arn:aws:iam::${people}:role/administrator`,
  `arn:aws:iam::${people}:role/AWSReservedSSO_VaultAdmin_0123456789abcdef`,
  `arn:aws:iam::${people}:user/aws-reserved/sso.amazonaws.com/AWSReservedSSO_VaultAdmin_0123456789abcdef`,
  `arn:aws:iam::777788889999:${set}/AWSReservedSSO_VaultAdmin_0123456789abcdef`,
];
const inside = [
  `arn:aws:iam::${central}:root`,
  `arn:aws:iam::${central}:role/administrator`,
  `arn:aws:iam::${central}:${set}/AWSReservedSSO_VaultAdmin_0123456789abcdef`,
];
const services = ['ec2.amazonaws.com', 'lambda.amazonaws.com', 'backup.amazonaws.com', 'cloudformation.amazonaws.com'];

const everything = policyOf([{ Effect: 'Allow', Action: '*', Resource: '*' }]);

function mayAssume(principal, trust) {
  const isService = !principal.startsWith('arn:');
  return runUnsafeSimulation({
    request: {
      principal,
      action: 'sts:AssumeRole',
      resource: { resource: `arn:aws:iam::${central}:role/vault-admin`, accountId: central },
      contextVariables: isService
        ? { 'aws:PrincipalIsAWSService': 'true' }
        : { 'aws:PrincipalArn': principal, 'aws:PrincipalAccount': principal.split(':')[4] },
    },
    identityPolicies: isService ? [] : [{ name: 'everything', policy: everything }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: createValidatedPolicy(trust, () => [], { name: 'trust' }),
  }, {}) === 'Allowed';
}

for (const principal of administrators) {
  test(`${principal} can become vault administrator`, () => {
    assert.ok(mayAssume(principal, policies['vaultAdmin.AdminRole']));
  });
}
for (const principal of [...others, ...inside, ...services]) {
  test(`${principal} cannot become vault administrator`, () => {
    assert.ok(!mayAssume(principal, policies['vaultAdmin.AdminRole']));
  });
}
for (const principal of [...administrators, ...others, ...inside, ...services]) {
  test(`${principal} cannot, if the backup account is to trust itself`, () => {
    assert.ok(!mayAssume(principal, policies['vaultAdminOfItsOwnAccount.AdminRole']));
  });
}
