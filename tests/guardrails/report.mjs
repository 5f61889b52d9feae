// Runs one table as tests, a test per row, and says which statement made a wrong answer.

import { describe, test } from 'node:test';
import { policies } from './rendered.mjs';
import { deniers, isAsExpected, requestsOf, verdict } from './simulate.mjs';

const SHOWN = 12;

export async function testTable({ name, table, settings }) {
  const requests = await requestsOf(table, settings);
  for (const setting of new Set(requests.map(each => each.setting))) {
    describe(`${name}, ${setting}`, () => {
      const its = requests.filter(each => each.setting === setting);
      for (const row of new Set(its.map(each => each.row))) {
        test(row, () => check(its.filter(each => each.row === row)));
      }
    });
  }
}

function check(requests) {
  const wrong = requests.filter(request => !isAsExpected(request, policies));
  if (wrong.length === 0) return;
  const more = wrong.length > SHOWN ? [`… and ${wrong.length - SHOWN} more`] : [];
  const lines = [`${wrong.length} of ${requests.length} requests:`, ...wrong.slice(0, SHOWN).map(line), ...more];
  const error = new Error(lines.join('\n'));
  // Where in this file it was found out says nothing.
  error.stack = error.message;
  throw error;
}

function line(request) {
  const { who, action, on, context, expected } = request;
  const under = Object.keys(context).length ? ` with ${JSON.stringify(context)}` : '';
  return `  ${who} | ${action} | ${on}${under} | expected ${expected ? 'allowed' : 'denied'}, got ${answer(request)}`;
}

function answer(request) {
  if (verdict(request, policies) === 'Allowed') return 'allowed: no Deny catches it';
  const statements = deniers(request, policies);
  return `denied: ${statements.length ? `by ${statements.join(', ')}` : 'nothing allows it'}`;
}
