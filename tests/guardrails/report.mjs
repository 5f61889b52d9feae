// Runs one table as tests, a test per row, and says which statement made a wrong answer.

import { after, describe, test } from 'node:test';
import { policies } from './rendered.mjs';
import { deniers, isAsExpected, requestsOf, verdict } from './simulate.mjs';

const SHOWN = 12;

export async function testTable({ name, table, settings }) {
  const requests = await requestsOf(table, settings);
  for (const setting of new Set(requests.map(each => each.setting))) {
    describe(`${name}, ${setting}`, () => {
      const its = requests.filter(each => each.setting === setting);
      for (const row of new Set(its.map(each => each.row))) test(row, () => check(its.filter(each => each.row === row)));
    });
  }
  after(() => console.log(`${name}: ${count(requests)}`));
}

function check(requests) {
  const wrong = requests.filter(request => !isAsExpected(request, policies));
  if (wrong.length === 0) return;
  const more = wrong.length > SHOWN ? [`… and ${wrong.length - SHOWN} more`] : [];
  const error = new Error([`${wrong.length} of ${requests.length} requests:`, ...wrong.slice(0, SHOWN).map(line), ...more].join('\n'));
  // Where in this file it was found out says nothing.
  error.stack = error.message;
  throw error;
}

function line(request) {
  const got = verdict(request, policies) === 'Allowed' ? 'allowed' : 'denied';
  const statements = deniers(request, policies).map(([policy, index]) => `${policy}/${policies[policy].Statement[index].Sid}`);
  const why = got === 'allowed' ? 'no Deny catches it' : statements.length ? `by ${statements.join(', ')}` : 'nothing allows it';
  const context = Object.keys(request.context).length ? ` with ${JSON.stringify(request.context)}` : '';
  return `  ${request.who} | ${request.action} | ${request.on}${context} | expected ${request.expected ? 'allowed' : 'denied'}, got ${got}: ${why}`;
}

function count(requests) {
  const different = of => new Set(requests.map(of)).size;
  return `${requests.length} requests of ${different(each => each.who)} principals for ${different(each => each.action)} actions`
    + ` on ${different(each => each.on)} resources`;
}
