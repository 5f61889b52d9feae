// Ten calls of somebody with AdministratorAccess in the backup account, and which layer refuses each. `make attack`
// shows them; attacks.test.mjs holds them to what it shows.

import { policies } from './rendered.mjs';
import { deniers, verdict } from './simulate.mjs';
import { principals, resources } from './world.mjs';

export const attacker = 'administrator';
export const vaultAdmin = 'vault-admin';
export const guards = { lockdown: 'lockdown.VaultGuard', core: 'core.VaultGuard' };

// `on` is a set of resources of world.mjs, whose first is taken. Vault Lock is no policy, so no simulator of policies
// knows it: `lock` says that it refuses the call besides.
export const attacks = [
  { what: 'delete a recovery point', action: 'backup:DeleteRecoveryPoint', on: 'centralPoints', lock: true },
  { what: 'take the lock off the vault', action: 'backup:DeleteBackupVaultLockConfiguration', on: 'centralVault',
    lock: true },
  { what: 'rewrite the vault\'s policy', action: 'backup:PutBackupVaultAccessPolicy', on: 'centralVault' },
  { what: 'schedule the key\'s deletion', action: 'kms:ScheduleKeyDeletion', on: 'centralKey' },
  { what: 'become the vault administrator', action: 'sts:AssumeRole', on: 'adminRoles' },
  { what: 'operate the StackSet\'s stack', action: 'cloudformation:UpdateStack', on: 'guardedStacks' },
  { what: 'silence the alarm', action: 'events:DisableRule', on: 'alarmRules' },
  { what: 'share a database\'s snapshot', action: 'rds:ModifyDBSnapshotAttribute', on: 'pointsInRds' },
  { what: 'leave the organization', action: 'organizations:LeaveOrganization', on: 'anything' },
  { what: 'close the account', action: 'account:CloseAccount', on: 'anything' },
];

function requestOf({ action, on }, who, guard) {
  const [resource] = Object.values(resources[on]);
  return { principal: principals[who], action, resource, guard, context: {} };
}

// A vault without a policy, or a key with the policy that AWS gives it: the account's own policies decide.
function withoutItsPolicy(request) {
  const { resource } = request;
  if (!(resource.policy in policies)) return request;
  return { ...request, resource: { ...resource, policy: resource.types[0] === 'key' ? 'defaultKey' : undefined } };
}

const isRefused = request => verdict(request, policies) !== 'Allowed';
const statementsOf = request => deniers(request, policies).map(name => name.split('/')[1]);

// What becomes of a call. `layers` are those that refuse it even if all others were gone.
export function outcome(attack, guard, who = attacker) {
  const guarded = requestOf(attack, who, guard);
  const unguarded = requestOf(attack, who);
  const layers = [
    ['guard', withoutItsPolicy(guarded)],
    [{ key: 'key policy' }[guarded.resource.types[0]] ?? 'vault policy', unguarded],
  ];
  return {
    isRefused: isRefused(guarded),
    isRefusedWithout: isRefused(withoutItsPolicy(unguarded)),
    layers: layers.filter(([, request]) => isRefused(request))
      .map(([layer, request]) => ({ layer, statements: statementsOf(request) })),
  };
}
