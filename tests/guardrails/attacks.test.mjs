// The ten calls of `make attack`: refused with the guard and the policies of vault and key, allowed without.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { attacks, guards, outcome, vaultAdmin } from './attacks.mjs';
import { isInCatalogue } from './simulate.mjs';

test('there are ten', () => {
  assert.equal(new Set(attacks.map(attack => attack.action)).size, 10);
});

for (const [strength, guard] of Object.entries(guards)) {
  for (const attack of attacks) {
    test(`${strength}: ${attack.what}`, async () => {
      assert(await isInCatalogue(attack.action), 'the catalogue has the action');
      const { isRefused, isRefusedWithout, layers } = outcome(attack, guard);
      assert(isRefused, 'refused with the guard');
      assert(!isRefusedWithout, 'allowed without');
      assert(layers.some(({ layer }) => layer === 'guard'), 'the guard alone refuses it');
      assert(layers.every(({ statements }) => statements.length > 0), 'a statement of each layer refuses it');
    });
  }

  test(`${strength}: the vault administrator may do all of it but leave or close the account`, () => {
    const refused = attacks.filter(attack => outcome(attack, guard, vaultAdmin).isRefused);
    assert.deepEqual(refused.map(({ what }) => what), ['leave the organization', 'close the account']);
  });
}

test('vault and key have policies of their own, which refuse without the guard', () => {
  const layersOf = action => outcome(attacks.find(attack => attack.action === action), guards.core).layers;
  assert.equal(layersOf('backup:DeleteRecoveryPoint')[1]?.layer, 'vault policy');
  assert.equal(layersOf('kms:ScheduleKeyDeletion')[1]?.layer, 'key policy');
});

for (const strength of Object.keys(guards)) {
  test(`${strength}: what is shown fits, and has no colours where nobody looks`, () => {
    const program = fileURLToPath(new URL('../../demo/attack.mjs', import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, [program, strength], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    assert.doesNotMatch(stdout, /\u001b/);
    assert.deepEqual(stdout.split('\n').filter(line => line.length > 100), []);
  });
}
