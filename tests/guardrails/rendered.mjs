// What render.py has made of the templates.

import { readFileSync } from 'node:fs';

const { policies: byTemplate, actions, longest: byGuard, parameters } = JSON.parse(readFileSync(new URL('rendered.json', import.meta.url)));

// Policies as `central.Vault`: an entry of templates.json and a resource, each of which has one policy.
export const policies = Object.fromEntries(Object.entries(byTemplate).flatMap(([entry, documents]) =>
  Object.entries(documents).map(([property, document]) => [`${entry}.${property.split('.')[0]}`, document])));

// The actions and patterns that each template names, rendered or not.
export const namedActions = actions;

// The guards with the longest values that their parameters take: how long each policy becomes.
export const longest = byGuard;

// What stacks/vault-guard.yaml declares of its parameters.
export const vaultGuardParameters = parameters;
