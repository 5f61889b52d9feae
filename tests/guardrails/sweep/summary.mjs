// What a sweep comes to, in figures.

import { actions, catalogue } from './catalogue.mjs';
import { differences, read, sides } from './expected.mjs';
import { brokenPaths, paths } from './paths.mjs';
import { skipped } from './questions.mjs';
import { scenes } from './scenes.mjs';

const different = (list, of) => new Set(list.map(of)).size;

// What is denied to administrators, and not on purpose.
function brokenForAdministrators(scene, asked) {
  const entries = read().shut.filter(entry => entry.in.includes(scene));
  return differences(asked, entries, sides.shut).filter(line => line.startsWith(sides.shut.what)).length;
}

function figuresOf(scene, asked, broken) {
  const open = asked.filter(each => each.side === 'attackers' && each.isAllowed && scenes[scene].attackers[each.who]);
  const its = paths.filter(path => path.in.includes(scene));
  return {
    scene,
    actions: different(asked, each => each.action),
    skipped: skipped(scene),
    decisions: asked.length,
    open: different(open.filter(each => !each.isOtherWork), each => `${each.kind} ${each.action}`),
    openOtherWork: different(open.filter(each => each.isOtherWork), each => each.action),
    administratorsBroken: brokenForAdministrators(scene, asked),
    paths: its.length,
    pathsBroken: its.filter(path => broken.some(line => line.startsWith(`${scene} | ${path.what}:`))).length,
  };
}

export function figures(answers) {
  const broken = brokenPaths();
  return Object.keys(scenes).map(scene => figuresOf(scene, answers.filter(each => each.scene === scene), broken));
}

export const ofTheCatalogue = `catalogue ${catalogue.version} of ${catalogue.date}, ${actions.length} actions that`
  + ' change something or read a backup';

export function summary(answers) {
  const lines = figures(answers).map(each => `guardrails: sweep, ${each.scene}: ${each.actions} actions asked about,`
    + ` ${each.skipped} skipped that can be about nothing protected; ${each.decisions} decisions;`
    + ` open to attackers: ${each.open} on protected resources, ${each.openOtherWork} of other work;`
    + ` administrators' paths broken: ${each.administratorsBroken};`
    + ` services' paths broken: ${each.pathsBroken} of ${each.paths}`);
  const decisions = answers.length;
  return [`guardrails: sweep over ${ofTheCatalogue}: ${decisions} decisions`, ...lines].join('\n');
}
