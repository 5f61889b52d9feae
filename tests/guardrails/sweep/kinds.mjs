// What the sweep asks about: the resources that the guards are to protect, by kind.
//
// Of a resource: `policy` names the policies that judge it beside the guard, `isPoint` says that it is a recovery point
// as AWS Backup sees it, `isNothing` that no resource is named, and `context` is what a request about it brings along.
// Of a kind: `only` limits it to some actions, and `isOtherWork` says that it is the account's business under core.

import * as world from '../world.mjs';
import { inventedArns } from './catalogue.mjs';

const { accounts, key, recoveryPointForms, region, stack } = world;

// The catalogue compares ARNs here, and no types.
const resource = (account, rest, more) => world.resource(account, 'any', rest, more);
const role = (account, path) => world.role(account, `role/${path}`);
const vault = (account, name, policy) => resource(account, `backup:${region}:ACCOUNT:backup-vault:${name}`, { policy });

// How AWS Backup marks what it makes in other services: a backup by the one tag, a copy by the other. [Managed policies
// AWSBackupServiceRolePolicyForBackup and AWSBackupServiceLinkedRolePolicyForBackup]
const marks = {
  'backed up': { tags: { 'aws:ResourceTag/aws:backup:source-resource': 'source' } },
  'copied': { tags: { 'aws:ResourceTag/AWSBackupManagedResource': '' } },
  'without a tag': {},
};
const stackId = '01234567-89ab-cdef-0123-456789abcdef';

// As the services call them that they came from.
const forms = {
  'recovery point': recoveryPointForms['backup point'],
  'EBS snapshot': recoveryPointForms['EBS point'],
  'EC2 image': recoveryPointForms['EC2 point'],
  'RDS snapshot': recoveryPointForms['RDS point'],
  'Aurora snapshot': recoveryPointForms['Aurora point'],
  'DynamoDB backup': recoveryPointForms['DynamoDB point'],
  'FSx backup': recoveryPointForms['FSx point'],
  'Redshift snapshot': recoveryPointForms['Redshift point'],
  'Redshift Serverless snapshot': recoveryPointForms['Redshift Serverless point'],
};

const each = (names, of) => Object.fromEntries(names.map(name => [name, of(name)]));
const points = (account, policy, names = Object.keys(forms)) =>
  each(names, name => resource(account, forms[name], { isPoint: true, policy }));
const marked = (account, names, ...how) => Object.assign({}, ...how.map(mark =>
  Object.fromEntries(names.map(name => [`${name}, ${mark}`, resource(account, forms[name], marks[mark])]))));
const named = (account, ...names) => each(names, name => resource(account, forms[name]));

// The points as the services see them that they came from. Names tell some of them from the account's own, tags others.
const snapshotKinds = account => Object.fromEntries(Object.entries({
  'EBS snapshots and EC2 images': marked(account, ['EBS snapshot', 'EC2 image'], 'backed up', 'copied'),
  'RDS and Aurora snapshots': named(account, 'RDS snapshot', 'Aurora snapshot'),
  'Redshift snapshots': named(account, 'Redshift snapshot'),
  'Redshift Serverless snapshots': marked(account, ['Redshift Serverless snapshot'], 'backed up', 'without a tag'),
  'DynamoDB backups': named(account, 'DynamoDB backup'),
  'FSx backups': marked(account, ['FSx backup'], 'backed up', 'without a tag'),
}).map(([kind, resources]) => [`${kind} of AWS Backup`, { resources }]));

// Every type of AWS Backup's resources, so that a type which the catalogue has not known before joins by itself.
async function otherBackupResources(account) {
  const arns = await inventedArns('backup', accounts[account], region);
  const { backupVault, recoveryPoint, backupAccessPoint, ...others } = arns;
  return Object.fromEntries(Object.entries(others).map(([type, arn]) =>
    [type, { arn, account: accounts[account], types: ['any'] }]));
}

// Nothing but its name tells an access point to a recovery point from any other.
const accessPoints = (account, name) => ({ resources: {
  'access point': resource(account, `backup:${region}:ACCOUNT:accesspoint/${name}`),
  'access point in S3': resource(account, `s3:${region}:ACCOUNT:accesspoint/${name}`),
  'object behind an access point': resource(account, `s3:${region}:ACCOUNT:accesspoint/${name}/object/orders`),
} });

const serviceLinked = (account, service, name) => role(account, `aws-service-role/${service}.amazonaws.com/${name}`);

const nothing = () => ({ '*': { arn: '*', types: ['any'], isNothing: true } });

// Sharing an air-gapped vault with another organization: a share for it, the vault put into a share that there is, or
// somebody let into a share that an administrator has made.
function sharing(account) {
  const share = resource(account, `ram:${region}:ACCOUNT:resource-share/01234567`);
  const stranger = { 'ram:RequestedAllowsExternalPrincipals': 'true', 'ram:Principal': accounts.outside };
  const withVault = { ...stranger, 'ram:RequestedResourceType': 'backup:BackupVault',
    'ram:ResourceArn': `arn:aws:backup:${region}:${accounts[account]}:backup-vault:${account}-air-gapped` };
  return {
    'a new share': { arn: '*', types: ['any'], isNothing: true, context: withVault },
    'a share that the vault is put into': { ...share, context: withVault },
    'a share of the vault': { ...share, context: stranger },
  };
}

// No policy tells what it is attached to; the guards protect those under a path.
const adminsPolicy = account => resource(account, 'iam::ACCOUNT:policy/backup-guard/vault-admin');

const identityProviders = account => ({
  'SAML provider of Identity Center':
    resource(account, 'iam::ACCOUNT:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE'),
  'another SAML provider': resource(account, 'iam::ACCOUNT:saml-provider/example'),
  'OIDC provider': resource(account, 'iam::ACCOUNT:oidc-provider/token.example.com'),
});

const stackSetStacks = (account, ours) => ({
  ...each(ours, name => stack(account, `StackSet-${name}-${stackId}`)),
  'another StackSet\'s': stack(account, `StackSet-baseline-${stackId}`),
  'stack of the execution role': stack(account, 'stacksets-exec-role-stack-0123456789abcdef'),
});

export const centralKinds = {
  'no resource': { isOtherWork: true, resources: nothing() },
  'recovery points': { resources: points('central', 'central.Vault') },
  'recovery points in the air-gapped vault': { resources: points('central', 'central.AirGapped', ['recovery point']) },
  'vaults': { resources: {
    'central vault': vault('central', 'central-backup', 'central.Vault'),
    'air-gapped vault': vault('central', 'central-air-gapped', 'central.AirGapped'),
  } },
  'other resources of AWS Backup': { resources: await otherBackupResources('central') },
  ...snapshotKinds('central'),
  'access points of the name backup-guard-': accessPoints('central', 'backup-guard-recovered'),
  'access points of another name': accessPoints('central', 'recovered'),
  'shares of an air-gapped vault': { resources: sharing('central'), only: /^ram:/ },
  'keys': { resources: {
    'key of the vault': key('central', 'central', 'central', 'central.Key'),
    'key of the alarm': key('central', 'alarm', 'alarm', 'alarm.Key'),
  } },
  'keys whose policy leaves all to the account': { resources: {
    'careless key of the vault': key('central', 'central', 'central', 'defaultKey'),
  } },
  'the guard\'s tag on another key': { only: /^kms:TagResource$/, resources: {
    'another key': { ...key('central', 'orders', undefined, 'defaultKey'),
      context: { 'aws:TagKeys': ['backup-guard'], 'aws:RequestTag/backup-guard': 'central' } },
  } },
  'aliases': { resources: {
    'alias of the vault\'s key': resource('central', `kms:${region}:ACCOUNT:alias/central-vault-key`),
  } },
  'administrators\' roles': { resources: {
    'vault-admin': role('central', 'vault-admin'),
    'role of the set VaultAdmin':
      role('central', `aws-reserved/sso.amazonaws.com/${region}/AWSReservedSSO_VaultAdmin_0123456789abcdef`),
    'execution role of StackSets': role('central', 'stacksets-exec-0123456789abcdef'),
    'role of a path stacksets-exec-': role('central', 'stacksets-exec-x/evil'),
  } },
  'restore role': { resources: { 'restore role': role('central', 'central-restore') } },
  'service-linked roles': { resources: {
    'of AWS Backup': serviceLinked('central', 'backup', 'AWSServiceRoleForBackup'),
    'of restore testing': serviceLinked('central', 'restore-testing.backup', 'AWSServiceRoleForBackupRestoreTesting'),
    'of StackSets': serviceLinked('central', 'member.org.stacksets.cloudformation',
      'AWSServiceRoleForCloudFormationStackSetsOrgMember'),
    'of Identity Center': serviceLinked('central', 'sso', 'AWSServiceRoleForSSO'),
  } },
  'administrators\' policies': { resources: { 'policy': adminsPolicy('central') } },
  'identity providers': { resources: identityProviders('central') },
  'stacks of StackSets': { resources: stackSetStacks('central', ['central-account', 'central-roles', 'central-alarm']) },
  'the alarm': { resources: {
    'rule': resource('central', `events:${region}:ACCOUNT:rule/vault-alarm-calls`),
    'topic': resource('central', `sns:${region}:ACCOUNT:vault-alarm`),
    'event bus': resource('central', `events:${region}:ACCOUNT:event-bus/default`),
  } },
  'another rule at the alarm\'s topic': { only: /^events:PutTargets$/, resources: {
    'another rule': resource('central', `events:${region}:ACCOUNT:rule/orders`,
      { context: { 'events:TargetArn': [`arn:aws:sns:${region}:${accounts.central}:vault-alarm`] } }),
  } },
  'trails': { resources: { 'trail': resource('central', `cloudtrail:${region}:ACCOUNT:trail/organization`) } },
  'the account': { resources: {
    'account': resource('central', 'account::ACCOUNT:account'),
  } },
  'restored data': { isOtherWork: true, resources: {
    'volume': resource('central', `ec2:${region}:ACCOUNT:volume/vol-0123456789abcdef0`),
    'instance': resource('central', `ec2:${region}:ACCOUNT:instance/i-0123456789abcdef0`),
    'database': resource('central', `rds:${region}:ACCOUNT:db:restored`),
    'database cluster': resource('central', `rds:${region}:ACCOUNT:cluster:restored`),
    'bucket': resource('central', 's3:::restored'),
    'object': resource('central', 's3:::restored/orders'),
    'table': resource('central', `dynamodb:${region}:ACCOUNT:table/restored`),
    'EFS file system': resource('central', `elasticfilesystem:${region}:ACCOUNT:file-system/fs-0123456789abcdef0`),
    'FSx file system': resource('central', `fsx:${region}:ACCOUNT:file-system/fs-0123456789abcdef0`),
    'Redshift cluster': resource('central', `redshift:${region}:ACCOUNT:cluster:restored`),
  } },
};

export const memberKinds = {
  'no resource': { isOtherWork: true, resources: nothing() },
  'recovery points': { resources: points('member', 'member.Vault') },
  'the member vault': { resources: { 'member vault': vault('member', 'member-backup', 'member.Vault') } },
  'vaults of the account\'s own': { resources: { 'own vault': vault('member', 'own-work') } },
  'other resources of AWS Backup': { resources: await otherBackupResources('member') },
  ...snapshotKinds('member'),
  'access points': accessPoints('member', 'recovered'),
  'shares of an air-gapped vault': { resources: sharing('member'), only: /^ram:/ },
  'key': { resources: { 'key of the vault': key('member', 'member', 'member', 'member.Key') } },
  'key whose policy leaves all to the account': { resources: {
    'careless key of the vault': key('member', 'member', 'member', 'defaultKey'),
  } },
  'the guard\'s tag on another key': { only: /^kms:TagResource$/, resources: {
    'another key': { ...key('member', 'orders', undefined, 'defaultKey'),
      context: { 'aws:TagKeys': ['backup-guard'], 'aws:RequestTag/backup-guard': 'member' } },
  } },
  'alias': { resources: {
    'alias of the vault\'s key': resource('member', `kms:${region}:ACCOUNT:alias/member-vault-key`),
  } },
  'backup and restore roles': { resources: {
    'backup role': role('member', 'member-backup-role'),
    'member restore role': role('member', 'member-restore'),
    'role of an own plan': role('member', 'service-role/AWSBackupDefaultServiceRole'),
  } },
  'administrators\' roles': { resources: {
    'backup-admin': role('member', 'backup-admin'),
    'execution role of StackSets': role('member', 'stacksets-exec-0123456789abcdef'),
  } },
  'service-linked role of AWS Backup': { resources: {
    'of AWS Backup': serviceLinked('member', 'backup', 'AWSServiceRoleForBackup'),
  } },
  'administrators\' policies': { resources: { 'policy': adminsPolicy('member') } },
  'identity providers': { resources: identityProviders('member') },
  'stacks of StackSets': { resources: stackSetStacks('member', ['member-account', 'member-roles']) },
  'the account': { resources: { 'account': resource('member', 'account::ACCOUNT:account') } },
};

// What another account can reach of vaults and keys is up to their own policies: no guard binds who asks here.
export const reachedFromElsewhere = {
  'central vaults': { ...centralKinds['vaults'], only: /^backup:/ },
  'central recovery points': { ...centralKinds['recovery points'], only: /^backup:/ },
  'central key': { ...centralKinds['keys'], only: /^kms:/ },
  'topic of the alarm': { only: /^sns:/, resources: {
    // Rendering makes its ARN up from its logical id.
    'topic': resource('central', `sns:${region}:ACCOUNT:Topic`, { types: ['topic'], policy: 'alarm.TopicPolicy' }),
  } },
};
export const membersReachedFromElsewhere = {
  'member vault': { ...memberKinds['the member vault'], only: /^backup:/ },
  'member recovery points': { ...memberKinds['recovery points'], only: /^backup:/ },
  'member key': { ...memberKinds['key'], only: /^kms:/ },
};

// AWS Organizations, Identity Center and Account Management let a delegated administrator act on what belongs to the
// management account. A simulator knows nothing of that, so these resources belong to whoever asks.
const ofWhoeverAsks = rest => ({ ...resource('management', rest), account: undefined });
// All that can be delegated. [AWS Organizations, Resource-based delegation policies]
const delegable
  = /^organizations:((Attach|Create|Delete|Detach|Update)Policy|(Disable|Enable)PolicyType|(Tag|Untag)Resource)$/;
export const delegatedKinds = {
  identityCenter: { 'who may sign in to the backup account': { only: /^(sso|identitystore):/, resources: {
    'assignments to the backup account': ofWhoeverAsks(`sso:::account/${accounts.central}`),
    'permission set VaultAdmin': ofWhoeverAsks('sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef'),
    'instance': ofWhoeverAsks('sso:::instance/ssoins-0123456789abcdef'),
    'group of the administrators': ofWhoeverAsks('identitystore:::group/01234567-89ab-cdef-0123-456789abcdef'),
  } } },
  policies: { 'the guards in the organization': { only: delegable, resources: {
    'guard': ofWhoeverAsks('organizations::ACCOUNT:policy/o-exampleorgid/service_control_policy/p-01234567'),
    'backup policy': ofWhoeverAsks('organizations::ACCOUNT:policy/o-exampleorgid/backup_policy/p-01234567'),
    'backup account': ofWhoeverAsks(`organizations::ACCOUNT:account/o-exampleorgid/${accounts.central}`),
    'root': ofWhoeverAsks('organizations::ACCOUNT:root/o-exampleorgid/r-abcd'),
  } } },
  accounts: { 'the account, from the organization': { only: /^account:/, resources: {
    'backup account': ofWhoeverAsks(`account::ACCOUNT:account/o-exampleorgid/${accounts.central}`),
  } } },
};
// What a share of the air-gapped vault permits is up to AWS RAM: here it permits all, and the vault's policy is asked.
// [Vault access policies: which actions it judges]
const judgedByTheVault = new RegExp('^backup:((Delete|Put)BackupVault(AccessPolicy|Notifications)?|DeleteRecoveryPoint'
  + '|Start(Copy|Restore)Job|UpdateRecoveryPointLifecycle)$');
export const sharedKinds = {
  'a shared air-gapped vault': { only: judgedByTheVault, resources: {
    'air-gapped vault': vault('central', 'central-air-gapped', 'central.AirGapped+shared'),
    ...points('central', 'central.AirGapped+shared', ['recovery point']),
  } },
};
