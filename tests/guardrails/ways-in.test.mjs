// Nobody locks himself out: whatever parameter changes, and wherever the update stops, somebody whom the management
// account can reach can repair guard, vaults, keys and stacks.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { missing, mixesOf, stackSets, updates, waysIn, withoutStackSets } from './ways-in.mjs';

const all = updates({ isFull: process.env.SWEEP === 'full' });
const tally = {};

for (const account of ['central', 'member']) {
  describe(`${account} account: a way back in`, () => {
    for (const update of all.filter(each => each.account === account)) {
      test(`from "${update.from}" to "${update.to}"`, () => {
        for (const { policies, said } of mixesOf(update)) {
          const found = waysIn(account, policies);
          count(account, policies, found);
          const why = found.length ? '' : missing(stackSets, account, policies).join('; ');
          assert.notEqual(found.length, 0, `${said}: StackSets' role cannot ${why}`);
        }
      });
    }
  });
}

// The tests above have to notice if one of the policies no longer lets StackSets' role in. With administrators that
// nobody holds there is no other way.
for (const account of ['central', 'member']) {
  const to = all.find(each => each.account === account && each.to === 'administrators that nobody holds');
  const policies = to.after;
  test(`${account} account: with administrators that nobody holds, StackSets is the only way in`, () => {
    assert.deepEqual(waysIn(account, policies), [stackSets]);
  });
  for (const name of Object.keys(policies).filter(each => /Guard|Key|Vault|AirGapped/.test(each))) {
    test(`${account} account: without StackSets' role in ${name} there is no way in`, () => {
      const changed = withoutStackSets(policies[name]);
      assert.notDeepEqual(changed.Statement, policies[name].Statement);
      assert.deepEqual(waysIn(account, { ...policies, [name]: changed }), []);
    });
  }
}

function count(account, policies, found) {
  const statements = (policies['guard.VaultGuard'] ?? policies['guard.MemberGuard']).Statement;
  const strengthOf = statements.some(({ Sid }) => Sid === 'ReadingOnly') ? 'lockdown' : 'core';
  const its = tally[account === 'member' ? 'member' : strengthOf] ??= { mixes: 0, withAWay: 0, ways: 0 };
  its.mixes += 1;
  its.withAWay += found.length > 0;
  its.ways += found.length;
}

after(() => {
  for (const [strength, { mixes, withAWay, ways }] of Object.entries(tally)) {
    console.log(`guardrails: ways back in, ${strength}: ${withAWay} of ${mixes} mixes of old and new policies have one,`
      + ` ${ways} ways in all`);
  }
});
