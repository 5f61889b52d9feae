// `make attack`: ten calls of an administrator of the backup account, and what refuses each.

import { argv, env, exit, stdout } from 'node:process';
import { attacks, guards, outcome, vaultAdmin } from '../tests/guardrails/attacks.mjs';

const WIDTH = 100;
// As in terminal.py.
const isColoured = !env.NO_COLOR && (env.FORCE_COLOR || (stdout.isTTY && env.TERM !== 'dumb'));
const style = code => text => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
const [bold, dim, red, green, cyan] = [1, 2, 31, 32, 36].map(style);
const say = line => console.log(line && `  ${line}`);
const answer = isRefused => (isRefused ? green('refused') : red('allowed'));
const names = { 'guard': 'guard', 'vault policy': 'vault\'s policy', 'key policy': 'key\'s policy' };

const strength = argv[2] ?? 'lockdown';
if (!(strength in guards)) {
  console.error(`The guard's strength is ${Object.keys(guards).join(' or ')}, not "${strength}".`);
  exit(2);
}
const guard = guards[strength];

console.log(`\n${bold(cyan('━━ cfn-org-policy: ten attacks on the backup account '.padEnd(WIDTH, '━')))}`);
say('Somebody with AdministratorAccess in the account of the backups makes ten calls. An IAM simulator');
say(`decides each, with the policies that the templates render to (guard: ${strength}) and without them.`);
say('Below each call: every layer that refuses it by itself, with its statements.');
say('');
say(bold(`${''.padEnd(78)}without  with`));

let surprises = 0;
for (const [index, attack] of attacks.entries()) {
  const { isRefused, isRefusedWithout, layers } = outcome(attack, guard);
  const call = `${bold(attack.what.padEnd(32))}${attack.action.padEnd(42)}`;
  say(`${String(index + 1).padStart(2)}  ${call}${answer(isRefusedWithout)}  ${answer(isRefused)}`);
  const by = layers.map(({ layer, statements }) => `${names[layer]}: ${statements.join(', ')}`);
  say(dim(`    ${[...by, ...(attack.lock ? ['Vault Lock *'] : [])].join(' · ')}`));
  if (isRefusedWithout || !isRefused) surprises += 1;
}

const forAdmin = attacks.filter(attack => outcome(attack, guard, vaultAdmin).isRefused).map(attack => attack.what);
say('');
say('* Vault Lock is no policy, so the simulator knows nothing of it. As AWS documents it, AWS Backup');
say('  itself refuses the first call; the second, once the lock is final (compliance mode).');
say(`The vault administrator may do all of it but ${forAdmin.join(' and ')}.`);
if (surprises > 0) {
  say(red(`${surprises} of ${attacks.length} are not refused, or are refused without the policies too.`));
  exit(1);
}
say(green(`All ${attacks.length} are refused, and all ${attacks.length} would be allowed without the policies.`));
