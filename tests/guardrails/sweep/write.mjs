// Writes expected.json anew from the answers of the last sweep (make guardrails leaves them). What was expected before
// keeps its reason and its patterns; what is new gets "?" for a reason, with which the test fails until somebody has
// thought about it.

import { writeFileSync } from 'node:fs';
import { glob } from '../simulate.mjs';
import { file, fits, groupBy, read, sides } from './expected.mjs';
import { lastAnswers } from './last.mjs';
import { isHelper } from './scenes.mjs';

const width = 120;
const before = read();
const all = lastAnswers();

// The reason of the entry that claimed the same before, or else of one about the same action on the same kind.
function reasonFor(question, entries) {
  const candidates = entries.filter(entry => entry.kind === question.kind);
  const about = entry => fits({ ...entry, in: [question.scene], on: undefined, to: undefined }, question);
  const known = candidates.find(entry => fits(entry, question))
    ?? candidates.find(entry => about(entry) && entry.in.includes(question.scene)) ?? candidates.find(about);
  return known?.why ?? '?';
}

const sorted = values => [...new Set(values)].sort();
const same = (some, others) => sorted(some).join() === sorted(others).join();

// The classes by one name, if they are all that were asked, or all but the helpers.
function classes(to, group) {
  const asked = group.map(each => each.who);
  if (same(to, asked)) return undefined;
  const attackers = sorted(asked.filter(who => !isHelper(who)));
  return attackers.every(who => to.includes(who)) ? ['attackers', ...to.filter(isHelper)] : to;
}

// What is so of one action on one kind in one scene: for which classes, on which resources, for one reason.
function factsOf(asked, entries, answer) {
  const groups = groupBy(asked, each => JSON.stringify([each.scene, each.kind, each.action]));
  return [...groups.values()].flatMap(group => {
    const so = group.filter(each => each.isAllowed === answer);
    return [...groupBy(so, each => reasonFor(each, entries))].flatMap(([why, its]) => alikeOf(its).map(({ on, to }) => {
      const { scene, kind, action } = group[0];
      const isAll = same(on, group.map(each => each.on));
      return { scene, kind, action, why, to: classes(to, group), on: isAll ? undefined : on };
    }));
  });
}

// The resources that are open to the same classes.
function alikeOf(questions) {
  const byResource = [...groupBy(questions, each => each.on).values()];
  return [...groupBy(byResource, its => sorted(its.map(each => each.who)).join()).values()].map(resources =>
    ({ on: sorted(resources.flat().map(each => each.on)), to: sorted(resources.flat().map(each => each.who)) }));
}

// Patterns that were written before stay, where they still claim nothing but what is so.
function withPatterns(facts, entries, asked) {
  const actions = sorted(facts.map(each => each.action));
  const [{ scene, kind, why, on }] = facts;
  const others = sorted(asked
    .filter(each => each.scene === scene && each.kind === kind && (!on || on.includes(each.on)))
    .map(each => each.action)).filter(action => !actions.includes(action));
  const patterns = sorted(entries.filter(entry => entry.kind === kind && entry.why === why)
    .flatMap(entry => entry.actions).filter(action => action.includes('*'))).map(pattern => [pattern, glob(pattern)])
    .filter(([, expression]) => actions.some(action => expression.test(action))
      && !others.some(action => expression.test(action)));
  return [...patterns.map(([pattern]) => pattern),
    ...actions.filter(action => !patterns.some(([, expression]) => expression.test(action)))];
}

function entriesOf({ side, answer }, entries) {
  const asked = all.filter(each => each.side === side);
  const facts = factsOf(asked, entries, answer);
  const alike = groupBy(facts, ({ scene, kind, why, on, to }) => JSON.stringify([scene, kind, why, on, to]));
  const perScene = [...alike.values()].map(group => {
    const [{ scene, kind, why, on, to }] = group;
    return { scene, kind, on, to, actions: withPatterns(group, entries, asked), why };
  });
  const merged = groupBy(perScene, ({ scene, ...rest }) => JSON.stringify(rest));
  return [...merged.values()].map(group => {
    const { scene, ...rest } = group[0];
    return { in: group.map(each => each.scene), ...rest };
  });
}

// A list over as many lines as it needs.
function list(values) {
  const lines = [''];
  for (const value of values.map(each => JSON.stringify(each))) {
    const last = lines.at(-1);
    if (last && last.length + value.length > width - 8) lines.push(value);
    else lines[lines.length - 1] = last ? `${last}, ${value}` : value;
  }
  const oneLine = `[${lines[0]}]`;
  return lines.length === 1 && oneLine.length < width - 16 ? oneLine : `[\n      ${lines.join(',\n      ')}]`;
}

const valueOf = value => (Array.isArray(value) ? list(value) : JSON.stringify(value));
const field = ([name, value]) => `    ${JSON.stringify(name)}: ${valueOf(value)}`;
const entry = each => `  {\n${Object.entries(each).filter(([, value]) => value).map(field).join(',\n')}\n  }`;

const written = Object.fromEntries(Object.entries(sides).map(([name, side]) => [name, entriesOf(side, before[name])]));
writeFileSync(file, `{${Object.entries(written).map(([name, entries]) =>
  `\n"${name}": [\n${entries.map(entry).join(',\n')}\n]`).join(',')}\n}\n`);
const unknown = Object.values(written).flat().filter(each => each.why === '?').length;
console.log(`${file.pathname}: ${Object.values(written).flat().length} entries, ${unknown} of them without a reason`);
