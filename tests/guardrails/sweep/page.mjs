// The part of docs/SECURITY.md that is made of the sweep: what stays open, and why. Run by itself, it writes the part
// anew from the answers of the last sweep.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { groupBy, read } from './expected.mjs';
import { lastAnswers } from './last.mjs';
import { isHelper, scenes } from './scenes.mjs';
import { figures, ofTheCatalogue } from './summary.mjs';

const page = new URL('../../../docs/SECURITY.md', import.meta.url);
const begin = '<!-- sweep: begin (written by tests/guardrails/sweep/page.mjs) -->';
const end = '<!-- sweep: end -->';
const SHOWN = 8;

const called = { core: 'guard, `core`', lockdown: 'guard, `lockdown`', member: 'member guard' };
const under = scenes => scenes.map(scene => called[scene] ?? scene).join('; ');

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');

function figureTable(answers) {
  const rows = figures(answers).map(each => [under([each.scene]), each.actions, each.skipped, each.decisions, each.open,
    each.openOtherWork, each.administratorsBroken, `${each.pathsBroken} of ${each.paths}`]);
  return table(['under', 'actions asked about', 'skipped', 'decisions', 'open to attackers', 'and of other work',
    'administrators\' paths broken', 'services\' paths broken'], rows);
}

// Some by name; of many the number a service.
function said(actions) {
  if (actions.length <= SHOWN) return actions.map(action => `\`${action}\``).join(', ');
  const services = [...groupBy(actions, action => action.split(':')[0])];
  if (services.length > SHOWN) return `${actions.length} actions of ${services.length} services`;
  return services.map(([service, its]) => `${its.length} of \`${service}\``).join(', ');
}

const kindOf = ({ kind, on }) => (on ? `${kind} (${on.join(', ')})` : kind);
const unique = values => [...new Set(values)];

// Entries that share their reason make one row.
function rowsOf(entries) {
  const alike = groupBy(entries, each => JSON.stringify([each.in, each.to, each.why]));
  return [...alike.values()].map(its => {
    const [{ in: scenes, to = ['all'], why }] = its;
    const actions = unique(its.flatMap(each => each.actions));
    return [unique(its.map(kindOf)).join('; '), under(scenes), to.join(', '), said(actions), why];
  });
}

const head = ['what', 'under', 'to whom', 'actions', 'why'];
const isForHelpers = ({ to }) => Boolean(to?.every(isHelper));
const isOtherWork = ({ in: [scene], kind }) => scene !== 'lockdown' && Boolean(scenes[scene].kinds[kind].isOtherWork);

export function written(answers) {
  const { open, shut } = read();
  const listed = open.filter(each => !isOtherWork(each));
  return [
    begin,
    `The ${ofTheCatalogue}. An action is skipped where it can be about nothing that is protected. "Other work" is what`
    + ' needs no resource, or is about restored data: `core` and the member guard leave it to the account.',
    figureTable(answers),
    '**Open to attackers.** Every other action that was asked about is refused to each of them, on each resource.',
    table(head, rowsOf(listed.filter(each => !isForHelpers(each)))),
    '**Open to roles that services work with.** The attackers\' rows apply to them as well.',
    table(head, rowsOf(listed.filter(isForHelpers))),
    '**Refused to administrators and to StackSets as well.**',
    table(head, rowsOf(shut)),
    end,
  ].join('\n\n');
}

// The part as it stands in the page.
export function standing() {
  const text = readFileSync(page, 'utf8');
  return text.slice(text.indexOf(begin), text.indexOf(end) + end.length);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, text.replace(standing(), () => written(lastAnswers())));
}
