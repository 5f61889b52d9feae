// The policies themselves: every action that one of them names is an action of AWS, and every policy is well formed. And
// the catalogue of the checker is the one that is installed here.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { validateIdentityPolicy, validateResourcePolicy, validateServiceControlPolicy, validateTrustPolicy } from '@cloud-copilot/iam-policy';
import { namedActions, policies } from './rendered.mjs';
import { isInCatalogue } from './simulate.mjs';

async function unknown(actions) {
  const known = await Promise.all(actions.map(isInCatalogue));
  return actions.filter((_, index) => !known[index]);
}

for (const [template, actions] of Object.entries(namedActions)) {
  test(`${template}: the catalogue has every action that its policies name`, async () => {
    assert.deepEqual(await unknown(actions), []);
  });
}

test('the check finds misspelt actions', async () => {
  const misspelt = ['backup:DeleteVaultAccessPolicy', 'backups:*', 'kms:Remove*'];
  assert.deepEqual(await unknown([...misspelt, 'backup:Delete*', 'backup:DeleteBackupVaultAccessPolicy']), misspelt);
});

const validators = { Guard: validateServiceControlPolicy, Role: validateTrustPolicy };
const validatorOf = name => (name.includes('+') ? validateIdentityPolicy
  : Object.entries(validators).find(([end]) => name.endsWith(end))?.[1] ?? validateResourcePolicy);
for (const [name, policy] of Object.entries(policies)) {
  test(`${name} is a well-formed policy`, () => {
    assert.deepEqual(validatorOf(name)(policy), []);
  });
}

test('the catalogue of the checker is that of the installed package', () => {
  const script = fileURLToPath(new URL('../../tools/iam_catalogue.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--check'], { stdio: ['ignore', 'ignore', 'inherit'] });
});
