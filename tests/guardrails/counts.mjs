// Prints what a run has asked about.

import { requestsOf } from './simulate.mjs';
import { central, members, membersWithoutAdmins } from './table.mjs';
import { watchRoles } from './watch.mjs';

const scenes = [central, members, membersWithoutAdmins, watchRoles];
const requests = (await Promise.all(scenes.map(({ table, settings }) => requestsOf(table, settings)))).flat();
const different = of => new Set(requests.map(of)).size;

console.log(`guardrails: ${different(each => each.who)} principals × ${different(each => each.action)} actions`
  + ` × ${different(each => each.on)} resources: ${requests.length} requests answered as the table says`);
