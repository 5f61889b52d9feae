// What services, and those who recover data, have to be able to do. The roles' actions are those of AWS's managed
// policies for backups (v29) and restores (v25), as far as they are about what the guards protect.

import { policies } from '../rendered.mjs';
import { verdict } from '../simulate.mjs';
import { accounts } from '../world.mjs';
import { actions as known } from './catalogue.mjs';
import { people } from './people.mjs';
import { scenes } from './scenes.mjs';

const inCentral = ['core', 'lockdown'];
const keyUse = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const forAwsResource = { 'kms:GrantIsForAWSResource': 'true' };
const centralVault = `arn:aws:backup:eu-west-1:${accounts.central}:backup-vault:central-backup`;
const toCentral = { 'backup:CopyTargets': [centralVault] };

// Actions on the snapshots of AWS Backup, by what they are for.
const restores = {
  'EBS snapshots and EC2 images of AWS Backup': ['ec2:CreateVolume', 'ec2:RunInstances'],
  'RDS and Aurora snapshots of AWS Backup':
    ['rds:RestoreDBInstanceFromDBSnapshot', 'rds:RestoreDBClusterFromSnapshot'],
  'Redshift snapshots of AWS Backup':
    ['redshift:RestoreFromClusterSnapshot', 'redshift:RestoreTableFromClusterSnapshot'],
  'Redshift Serverless snapshots of AWS Backup':
    ['redshift-serverless:RestoreTableFromSnapshot', 'redshift-serverless:RestoreFromSnapshot'],
  'DynamoDB backups of AWS Backup': ['dynamodb:RestoreTableFromBackup'],
  'FSx backups of AWS Backup': ['fsx:CreateFileSystemFromBackup', 'fsx:CreateVolumeFromBackup'],
};
const copies = {
  'EBS snapshots and EC2 images of AWS Backup':
    ['ec2:CopySnapshot', 'ec2:CopyImage', 'ec2:CreateTags', 'ec2:ModifySnapshotAttribute', 'ec2:ModifyImageAttribute'],
  'RDS and Aurora snapshots of AWS Backup': ['rds:CopyDBSnapshot', 'rds:CopyDBClusterSnapshot',
    'rds:ModifyDBSnapshotAttribute', 'rds:ModifyDBClusterSnapshotAttribute', 'rds:AddTagsToResource'],
  'FSx backups of AWS Backup': ['fsx:CopyBackup', 'fsx:ManageBackupPrincipalAssociations', 'fsx:TagResource'],
  'Redshift snapshots of AWS Backup': ['redshift:CreateTags'],
  'Redshift Serverless snapshots of AWS Backup': ['redshift-serverless:TagResource'],
};
const expires = {
  'EBS snapshots and EC2 images of AWS Backup':
    ['ec2:DeleteSnapshot', 'ec2:DeregisterImage', 'ec2:ModifySnapshotTier'],
  'RDS and Aurora snapshots of AWS Backup': ['rds:DeleteDBSnapshot', 'rds:DeleteDBClusterSnapshot'],
  'Redshift snapshots of AWS Backup': ['redshift:DeleteClusterSnapshot'],
  'Redshift Serverless snapshots of AWS Backup': ['redshift-serverless:DeleteSnapshot'],
  'DynamoDB backups of AWS Backup': ['dynamodb:DeleteBackup'],
  'FSx backups of AWS Backup': ['fsx:DeleteBackup'],
};

const path = (what, who, scenes, on, more = {}) => ({ what, who, in: scenes, on, ...more });
const listed = [
  path('the restore role restores', 'restore role', inCentral, restores),
  path('the restore role copies back', 'restore role', inCentral,
    { ...copies, 'recovery points': ['backup:CopyFromBackupVault'], 'vaults': ['backup:CopyIntoBackupVault'] }),
  path('the restore role tags what it makes', 'restore role', inCentral, { 'recovery points': ['backup:TagResource'] },
    { only: ['recovery point'] }),
  path('the restore role uses the key', 'restore role', inCentral, { keys: keyUse }, { only: ['key of the vault'] }),
  path('the restore role makes grants', 'restore role', inCentral, { keys: ['kms:CreateGrant'] },
    { only: ['key of the vault'], context: forAwsResource }),
  path('the restore role cleans up after a restore', 'restore role', inCentral,
    { 'restored data': ['ec2:DeleteVolume', 'ec2:TerminateInstances', 'rds:DeleteDBInstance', 'rds:DeleteDBCluster'] }),
  path('copies come in', 'AWS Backup in central', inCentral, { vaults: ['backup:CopyIntoBackupVault'] }),
  path('AWS Backup uses the key', 'AWS Backup in central', inCentral, { keys: keyUse }, { only: ['key of the vault'] }),
  path('AWS Backup makes grants', 'AWS Backup in central', inCentral, { keys: ['kms:CreateGrant'] },
    { only: ['key of the vault'], context: forAwsResource }),
  path('restores are tested', 'restore testing', inCentral, { 'recovery points': ['backup:StartRestoreJob'],
    'recovery points in the air-gapped vault': ['backup:StartRestoreJob'] }),
  path('the recovery account restores from the air-gapped vault', 'recovery role', ['recovery account'],
    { 'a shared air-gapped vault': ['backup:StartRestoreJob', 'backup:StartCopyJob'] }, { only: ['recovery point'] }),

  path('the backup role copies', 'backup role', ['member'], copies),
  path('the backup role copies to the central vault', 'backup role', ['member'],
    { 'recovery points': ['backup:CopyFromBackupVault'] }, { context: toCentral }),
  path('the backup role lets backups expire', 'backup role', ['member'], expires),
  path('the backup role tags what it makes', 'backup role', ['member'], { 'recovery points': ['backup:TagResource'] },
    { only: ['recovery point'] }),
  path('the backup role uses the key', 'backup role', ['member'], { key: keyUse }),
  path('the restore role of a member restores', 'member restore role', ['member'], restores),
  path('a member recovers', 'member administrator', ['member'],
    { ...restores, 'recovery points': ['backup:StartRestoreJob'], 'backup and restore roles': ['iam:PassRole'] }),
  path('a member backs up by itself', 'member administrator', ['member'],
    { 'the member vault': ['backup:StartBackupJob'],
      'other resources of AWS Backup': ['backup:CreateBackupPlan', 'backup:CreateBackupSelection'] }),
  path('EFS turns its automatic backups on', 'member administrator', ['member'],
    { 'service-linked role of AWS Backup': ['iam:PassRole'] }),
  path('AWS Backup uses a member\'s key', 'AWS Backup in a member', ['member'], { key: keyUse }),
];

// Some of the actions only read, and the sweep does not know these.
const canBeAbout = (action, resource) => known.find(each => each.name === action)?.canBeAbout(resource) ?? true;

function requestsOf({ who, in: where, on, only, context }) {
  return where.flatMap(scene => Object.entries(on).flatMap(([kind, actions]) => actions.flatMap(action =>
    Object.entries(scenes[scene].kinds[kind].resources)
      .filter(([name, resource]) => (!only || only.includes(name)) && canBeAbout(action, resource))
      .map(([name, resource]) => ({ scene, who, kind, action, name, resource, context })))));
}

export const paths = listed.map(each => ({ ...each, requests: requestsOf(each) }));

function isOpen({ scene, who, action, resource, context = {} }) {
  const principal = people[who];
  const guard = scenes[scene].guards[principal.guard];
  return verdict({ principal, guard, action, resource, context: { ...context, ...resource.context } }, policies)
    === 'Allowed';
}

// As lines; a path is broken if any of its requests is denied.
export function brokenPaths() {
  return paths.flatMap(({ what, requests }) => requests.filter(request => !isOpen(request))
    .map(({ scene, who, action, name }) => `${scene} | ${what}: ${who} | ${action} | ${name}`));
}
