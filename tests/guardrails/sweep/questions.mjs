// The questions of the sweep: every action of the catalogue that changes something, about every resource that it can be
// about, asked for each class of principals.

import { policies } from '../rendered.mjs';
import { verdict } from '../simulate.mjs';
import { accounts } from '../world.mjs';
import { actions } from './catalogue.mjs';
import { people } from './people.mjs';
import { scenes } from './scenes.mjs';

const vaultOf = account => `arn:aws:backup:eu-west-1:${account}:backup-vault:central-backup`;
// What an attacker may put into a request so that a condition lets it pass.
const contexts = {
  'kms:CreateGrant': [{}, { 'kms:GrantIsForAWSResource': 'true' }],
  'backup:CopyFromBackupVault': [
    { 'backup:CopyTargets': [vaultOf(accounts.outside)] },
    { 'backup:CopyTargets': [vaultOf(accounts.member)] },
    { 'backup:CopyTargets': [vaultOf(accounts.central), vaultOf(accounts.outside)] },
    {},
  ],
};

function meets(action, { only }, resource, { asksAllOfNothing }) {
  if (only && !only.test(action.name)) return false;
  return resource.isNothing ? action.needsNoResource || asksAllOfNothing : action.canBeAbout(resource);
}

function pairsOf(scene) {
  return Object.entries(scene.kinds).flatMap(([kind, { isOtherWork, ...its }]) =>
    Object.entries(its.resources).flatMap(([on, resource]) => actions
      .filter(action => meets(action, its, resource, scene))
      .map(({ name, needsNoResource }) => ({ kind, on, resource, action: name, isOtherWork,
        lacksItsResource: resource.isNothing && !needsNoResource }))));
}

// Without the resource that it needs, an action is asked about for attackers alone, and in the shorter sweep for one.
function classesOf(scene, { isOtherWork, lacksItsResource }, isFull) {
  const sideOf = (side, classes) => Object.entries(classes).map(([who, members]) => ({ side, who, members }));
  const attackers = sideOf('attackers', scene.attackers);
  if (lacksItsResource) return isFull ? attackers : attackers.slice(0, 1);
  const helpers = isOtherWork ? [] : sideOf('attackers', scene.helpers);
  return [...attackers, ...helpers, ...sideOf('trusted', scene.trusted)];
}

const questionsOf = (name, scene, isFull) => pairsOf(scene).flatMap(pair =>
  classesOf(scene, pair, isFull).flatMap(({ side, who, members }) => (isFull ? members : members.slice(0, 1))
    .map(member => ({ ...pair, scene: name, side, who, member }))));

// In a settled order, so that each worker knows its part by number.
export function questions(isFull) {
  return Object.entries(scenes).flatMap(([name, scene]) => questionsOf(name, scene, isFull));
}

// Actions of the catalogue that a scene does not ask about: no resource of its kinds is one that they can be about.
export function skipped(name) {
  return actions.length - new Set(pairsOf(scenes[name]).map(({ action }) => action)).size;
}

export function isAllowed({ scene, side, member, action, resource }) {
  const principal = people[member];
  const guard = scenes[scene].guards[principal.guard];
  const asked = contexts[action] ?? [{}];
  const tried = side === 'attackers' ? asked : asked.slice(0, 1);
  return tried.some(context => {
    const request = { principal, guard, action, resource, context: { ...context, ...resource.context } };
    return verdict(request, policies) === 'Allowed';
  });
}
