// The sweep over the catalogue: what is open to attackers, and shut to administrators, is what expected.json says.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sweep } from './sweep/ask.mjs';
import { differences, read, sides } from './sweep/expected.mjs';
import { keepAnswers } from './sweep/last.mjs';
import { standing, written } from './sweep/page.mjs';
import { brokenPaths, paths } from './sweep/paths.mjs';
import { summary } from './sweep/summary.mjs';

const SHOWN = 20;
const isFull = process.env.SWEEP === 'full';

test('a difference from expected.json is told, whichever way it goes', () => {
  const question = { scene: 'core', kind: 'vaults', on: 'central vault', who: 'root', side: 'attackers' };
  const answers = [{ action: 'backup:One', isAllowed: true }, { action: 'backup:Two', isAllowed: false }]
    .map(each => ({ ...question, ...each }));
  const told = (actions, more = {}) =>
    differences(answers, [{ in: ['core'], kind: 'vaults', actions, why: 'it is so', ...more }], sides.open).length;
  assert.equal(told(['backup:One']), 0);
  assert.equal(told(['backup:One'], { on: ['another vault'] }), 2, 'open and not listed; fits nothing');
  assert.equal(told(['backup:One'], { to: ['restore role'] }), 2, 'open and not listed; fits nothing');
  assert.equal(told(['backup:*']), 1, 'listed and no longer open');
  assert.equal(told(['backup:One', 'backup:Three']), 1, 'fits nothing');
  assert.equal(told(['backup:One'], { why: '?' }), 1, 'no reason');
});

describe(`the sweep over the catalogue, ${isFull ? 'all principals' : 'one principal a class'}`, () => {
  let answers;
  before(async () => {
    answers = await sweep({ isFull });
    // The page's figures are those of one principal a class.
    if (!isFull) keepAnswers(answers);
  });
  after(() => console.log(summary(answers)));

  for (const [name, side] of Object.entries(sides)) {
    test(`what is ${side.what} is what expected.json says`, () => {
      const wrong = differences(answers, read()[name], side);
      const more = wrong.length > SHOWN ? [`… and ${wrong.length - SHOWN} more`] : [];
      assert.equal(wrong.length, 0, [...wrong.slice(0, SHOWN), ...more].join('\n'));
    });
  }

  test('the services, the restore role and the recovery account can do their work', () => {
    assert.deepEqual(brokenPaths(), []);
  });

  test('every path is asked about', () => {
    assert.deepEqual(paths.filter(path => path.requests.length === 0), []);
  });

  test('docs/SECURITY.md says what the sweep says', { skip: isFull }, () => {
    assert.ok(standing() === written(answers), 'they differ; node tests/guardrails/sweep/page.mjs writes the page anew');
  });
});
