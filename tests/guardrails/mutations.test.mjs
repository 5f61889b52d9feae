// Takes every part out of every policy in turn: a statement, an entry of its lists, a condition. Each time the table
// has to turn red; a part that no request notices is either untested or not needed.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { policies } from './rendered.mjs';
import { glob, isAsExpected, policiesOf, policyOf, requestsOf, verdict } from './simulate.mjs';
import { central, members } from './table.mjs';
import { watchRoles } from './watch.mjs';
import { attackers, memberAttackers } from './world.mjs';

// The policies of the other settings differ from these in the list of administrators alone.
const mutated = {
  'core.VaultGuard': () => true,
  'lockdown.VaultGuard': () => true,
  'memberGuard.MemberGuard': () => true,
  'central.Key': () => true,
  'central.Vault': () => true,
  'central.AirGapped': () => true,
  'centralOpenToMembers.Key': statement => ['BackupCopies', 'BackupGrants'].includes(statement.Sid),
  'alarm.Key': () => true,
  'alarm.TopicPolicy': () => true,
  'member.Key': () => true,
  'member.Vault': () => true,
  'watch.WatchRole+look': () => true,
  'watch.WatchRole+own': () => true,
  'watch.HealerRole+plan': () => true,
  'watch.HealerRole+heal': () => true,
  'watch.HealerRole+own': () => true,
};

// What makes no difference.
const needless = {
  'lockdown.VaultGuard': [
    // It needs no permission, and cannot be denied. [AWS STS, GetCallerIdentity]
    'ReadingOnly: sts:GetCallerIdentity in NotAction',
  ],
};

// One attacker stands for all: the table itself asks about the others.
const spared = new Set([...attackers.slice(1), ...memberAttackers.slice(1)]);
const requests = (await Promise.all([central, members, watchRoles].map(({ table, settings }) => requestsOf(table, settings))))
  .flat().filter(request => !spared.has(request.who));

// Requests whose answer the policy has a part in, mixed, so that it does not take long to meet one that notices.
function requestsAbout(name) {
  const about = requests.filter(request => policiesOf(request, policies).includes(name));
  return about.map((_, index) => about[index * 7919 % about.length]);
}

// Copies of a statement that lack one part each, with the pattern of actions that they lack; and for the statement
// itself, none at all.
function* mutantsOf(statement) {
  yield { what: 'all of it' };
  for (const list of ['Action', 'NotAction', 'Resource']) {
    for (const [entry, rest] of withoutEach(statement[list])) {
      const pattern = list === 'Resource' ? '*' : entry;
      yield { what: `${entry} in ${list}`, mutant: { ...statement, [list]: rest }, pattern };
    }
  }
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    const { [operator]: _, ...others } = statement.Condition;
    const under = Condition => ({ ...statement, Condition });
    for (const [key, values] of Object.entries(keys)) {
      yield { what: `${operator} of ${key}`, mutant: under(others) };
      for (const [value, rest] of withoutEach(values)) {
        yield { what: `${value} in ${operator}`, mutant: under({ ...others, [operator]: { ...keys, [key]: rest } }) };
      }
    }
  }
}

function withoutEach(list) {
  return Array.isArray(list) && list.length > 1 ? list.map(entry => [entry, list.filter(each => each !== entry)]) : [];
}

function isAbout(statement, { action }) {
  const matches = patterns => [patterns].flat().some(pattern => glob(pattern).test(action));
  return statement.Action ? matches(statement.Action) : !matches(statement.NotAction);
}

// Whether the statement alone denies the request.
function catches(name, statement, request) {
  if (!statement) return false;
  return verdict(request, { ...policies, [name]: policyOf([statement]) }) === 'ExplicitlyDenied';
}

// Asks first what takes less time to answer; the last question is the one that counts.
function unnoticedIn(name, statement, index, about) {
  const { Statement } = policies[name];
  const isDeny = statement.Effect === 'Deny';
  const caught = new Map();
  const wasCaught = request => {
    if (!caught.has(request)) caught.set(request, catches(name, statement, request));
    return caught.get(request);
  };
  const isNoticed = ({ mutant, pattern = '*' }) => {
    const statements = mutant ? Statement.with(index, mutant) : Statement.toSpliced(index, 1);
    const changed = { ...policies, [name]: policyOf(statements) };
    return about.some(request => glob(pattern).test(request.action)
      && (isAbout(statement, request) || isAbout(mutant ?? statement, request))
      && (!isDeny || wasCaught(request) !== catches(name, mutant, request))
      && !isAsExpected(request, changed));
  };
  return [...mutantsOf(statement)].filter(each => !isNoticed(each)).map(({ what }) => `${statement.Sid}: ${what}`);
}

for (const [name, isMutated] of Object.entries(mutated)) {
  test(`${name}: the table needs every part of it`, () => {
    const about = requestsAbout(name);
    const unnoticed = policies[name].Statement.flatMap((statement, index) =>
      isMutated(statement) ? unnoticedIn(name, statement, index, about) : []);
    assert.deepEqual(unnoticed, needless[name] ?? []);
  });
}

const taken = Object.entries(mutated).flatMap(([name, isMutated]) =>
  policies[name].Statement.filter(isMutated).flatMap(statement => [...mutantsOf(statement)]));
after(() => console.log(`${taken.length} parts of ${Object.keys(mutated).length} policies taken out, one by one`));
