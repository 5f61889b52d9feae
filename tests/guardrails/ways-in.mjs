// Whether somebody can still repair what an update has left half done.
//
// An update changes the guard, the vaults' policies and the keys' policies one after the other, and may stop on the
// way. So each of them is as it was, or has changed, in every mix. Those that the management account can reach are the
// execution role of StackSets, and the administrators, as far as their roles exist. One of them has to be able to make
// every repair by itself. The guard itself is repaired in the management account, which no guard binds.

import { readFileSync } from 'node:fs';
import { policyOf, verdict } from './simulate.mjs';
import * as world from './world.mjs';

const { region } = world;
const changed = JSON.parse(readFileSync(new URL('changed.json', import.meta.url)));

// What each account holds, and the calls that repair it: those by which StackSets updates, continues, rolls back or
// deletes a stack, and by which CloudFormation then writes the policies again.
const onStacks = ['cloudformation:ContinueUpdateRollback', 'cloudformation:CreateChangeSet',
  'cloudformation:DeleteStack', 'cloudformation:ExecuteChangeSet', 'cloudformation:RollbackStack',
  'cloudformation:UpdateStack'];
const onKeys = ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:PutKeyPolicy', 'kms:TagResource', 'kms:EnableKeyRotation'];
const onVaults
  = ['backup:DescribeBackupVault', 'backup:GetBackupVaultAccessPolicy', 'backup:PutBackupVaultAccessPolicy'];
const onLocks = ['backup:PutBackupVaultLockConfiguration'];
const onRoles = ['iam:GetRole', 'iam:UpdateAssumeRolePolicy', 'iam:AttachRolePolicy'];
const onAliases = ['kms:CreateAlias', 'kms:UpdateAlias', 'kms:DeleteAlias'];

const resource = (account, rest, more) => world.resource(account, 'any', rest, more);
const stack = (account, name) => [`stack of ${name}`, onStacks,
  world.stack(account, `StackSet-${name}-01234567-89ab-cdef-0123-456789abcdef`)];
const key = (account, name, tag, policy) => [name, onKeys, world.key(account, tag, tag, policy)];
const vault = (account, name, policy, actions) =>
  [name, actions, resource(account, `backup:${region}:ACCOUNT:backup-vault:${name}`, { policy })];
const role = (account, name) => [`role ${name}`, onRoles, resource(account, `iam::ACCOUNT:role/${name}`)];
const alias = (account, name) => [`alias ${name}`, onAliases, resource(account, `kms:${region}:ACCOUNT:alias/${name}`)];

const repairs = {
  central: [
    stack('central', 'central-account'), stack('central', 'central-roles'), stack('central', 'central-alarm'),
    key('central', 'key of the vault', 'central', 'account.Key'),
    key('central', 'key of the alarm', 'alarm', 'alarm.Key'),
    vault('central', 'central-backup', 'account.Vault', [...onVaults, ...onLocks]),
    vault('central', 'central-air-gapped', 'account.AirGapped', onVaults),
    role('central', 'central-restore'), role('central', 'other-restore'),
    alias('central', 'central-vault-key'), alias('central', 'other-key'),
    ['rule of the alarm', ['events:PutRule', 'events:PutTargets', 'events:EnableRule'],
      resource('central', `events:${region}:ACCOUNT:rule/vault-alarm-calls`)],
    ['topic of the alarm', ['sns:SetTopicAttributes', 'sns:Subscribe'],
      resource('central', `sns:${region}:ACCOUNT:vault-alarm`)],
  ],
  member: [
    stack('member', 'member-account'), stack('member', 'member-roles'),
    key('member', 'key of the vault', 'member', 'account.Key'),
    vault('member', 'member-backup', 'account.Vault', onVaults),
    vault('member', 'other-backup', 'account.Vault', onVaults),
    role('member', 'member-backup-role'), role('member', 'other-backup'), role('member', 'member-restore'),
    alias('member', 'member-vault-key'),
  ],
};

// Which policies go together, as the update writes them.
const written = {
  central: [['guard.VaultGuard'], ['account.Vault', 'account.AirGapped'],
    ['account.Key', 'alarm.Key', 'alarm.TopicPolicy']],
  member: [['guard.MemberGuard'], ['account.Vault'], ['account.Key']],
};
const called = ['guard', 'vault policy', 'key policy'];

// The role that each administrator of these lists is; a role of the name "nobody" exists in no account.
const administrators = {
  central: ['vault-admin', 'vault-operator', 'new-admin'],
  member: ['backup-admin', 'backup-operator', 'new-admin'],
};
export const stackSets = 'stacksets-exec-0123456789abcdef';

// Updates from the parameters as they were to each change, or from each to each. The way back has the same mixes.
export function updates({ isFull }) {
  return Object.entries(changed).flatMap(([account, variants]) => Object.keys(variants).flatMap((from, index, names) =>
    names.slice(index + 1).filter(() => isFull || from === 'as it was')
      .map(to => ({ account, from, to, before: variants[from], after: variants[to] }))));
}

// The eight mixes of an update: which of its policies have been written already.
export function mixesOf({ account, before, after }) {
  return Array.from({ length: 8 }, (_, bits) => {
    const isNew = called.map((_, index) => Boolean(bits & 1 << index));
    const policies = Object.fromEntries(written[account].flatMap((names, index) =>
      names.map(name => [name, (isNew[index] ? after : before)[name]])));
    return { policies, said: called.map((name, index) => `${isNew[index] ? 'new' : 'old'} ${name}`).join(', ') };
  });
}

function isAllowed(who, account, action, on, policies) {
  const [[guard]] = written[account];
  const request = { principal: world.principal(account, `role/${who}`), guard, action, resource: on, context: {} };
  return verdict(request, policies) === 'Allowed';
}

// The repairs that one principal cannot make, as lines.
export function missing(who, account, policies) {
  return repairs[account].flatMap(([name, actions, on]) =>
    actions.filter(action => !isAllowed(who, account, action, on, policies)).map(action => `${action} on ${name}`));
}

// Who can make every repair.
export function waysIn(account, policies) {
  return [stackSets, ...administrators[account]].filter(who => missing(who, account, policies).length === 0);
}

// The policy without what exempts StackSets' role.
export function withoutStackSets({ Statement }) {
  const exempt = /role\/stacksets-exec-/;
  const without = (_, value) => (Array.isArray(value) ? value.filter(each => !exempt.test(each)) : value);
  return policyOf(Statement.map(({ Condition, ...rest }) =>
    (Condition ? { ...rest, Condition: JSON.parse(JSON.stringify(Condition, without)) } : rest)));
}
