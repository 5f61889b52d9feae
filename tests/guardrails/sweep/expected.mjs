// What expected.json says of the sweep's answers, and where they differ.
//
// Its entries under `open` are what attackers may do to protected resources, those under `shut` what administrators may
// not. An entry claims all the questions that it fits: a pattern such as "rds:*" says that every action of RDS that was
// asked about is open. `on` names some resources of the kind, `to` some classes of principals ("attackers" are all but
// the helpers); without them, an entry is about all of these.

import { readFileSync } from 'node:fs';
import { glob } from '../simulate.mjs';
import { isHelper } from './scenes.mjs';

export const file = new URL('expected.json', import.meta.url);
export const read = () => JSON.parse(readFileSync(file, 'utf8'));

// Each side of the scenes: which answers an entry claims, and what to call them.
export const sides = {
  open: { side: 'attackers', answer: true, what: 'open to attackers' },
  shut: { side: 'trusted', answer: false, what: 'denied to administrators' },
};

const fitsList = (list, value) => !list || list.includes(value);
const fitsClass = (to, who) => fitsList(to, who) || (to.includes('attackers') && !isHelper(who));

// Whether a list of actions and patterns has an action, remembered for each list.
const remembered = new WeakMap();
function has(list, action) {
  if (!remembered.has(list)) {
    remembered.set(list, { known: new Map(), expressions: list.filter(each => each.includes('*')).map(glob) });
  }
  const { known, expressions } = remembered.get(list);
  if (!known.has(action)) known.set(action, list.includes(action) || expressions.some(each => each.test(action)));
  return known.get(action);
}

export function fits(entry, { scene, kind, on, who, action }) {
  return entry.in.includes(scene) && entry.kind === kind && fitsList(entry.on, on) && fitsClass(entry.to, who)
    && has(entry.actions, action);
}

const line = ({ scene, kind, on, who, action }) => `${scene} | ${kind}: ${on} | ${who} | ${action}`;

// The lines in which the answers of one side differ from the file; none if it is right.
export function differences(answers, entries, { side, answer, what }) {
  const asked = answers.filter(each => each.side === side);
  return [...wrong(asked, entries, answer, what), ...claimingNothing(asked, entries), ...withoutReason(entries)];
}

function wrong(asked, entries, answer, what) {
  const byKind = groupBy(entries, each => each.kind);
  const isClaimed = question => (byKind.get(question.kind) ?? []).some(entry => fits(entry, question));
  return asked.filter(each => (each.isAllowed === answer) !== isClaimed(each))
    .map(each => `${each.isAllowed === answer ? what : `no longer ${what}`}: ${line(each)}`);
}

function claimingNothing(asked, entries) {
  const byKind = groupBy(asked, each => each.kind);
  return entries.flatMap(entry => entry.actions.flatMap(action => {
    const claim = { ...entry, actions: [action] };
    const isClaiming = (byKind.get(entry.kind) ?? []).some(question => fits(claim, question));
    return isClaiming ? [] : [`no question fits ${action} on ${entry.kind}`];
  }));
}

function withoutReason(entries) {
  return entries.filter(entry => !entry.why || entry.why === '?')
    .map(entry => `no reason is given: ${entry.kind}: ${entry.actions.join(', ')}`);
}

export function groupBy(list, of) {
  const groups = new Map();
  for (const each of list) {
    const key = of(each);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(each);
  }
  return groups;
}
