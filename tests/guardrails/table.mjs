// What the guards are there for: who may do what to which resources, row by row.
//
// A pattern ("backup:*") stands for every action of the catalogue that writes, manages permissions or tags. A later row
// takes requests of an earlier one over, so that the rule comes first and its exceptions follow by name. `in` says for
// which strength of the guard a row holds, if not for both. `guardLost` is the same account without its service control
// policy: what the vault's and the key's own policies still keep shut.

import { admins, attackers, memberAdmins, memberAttackers } from './world.mjs';

const restore = ['restore role'];
const notAdmins = [...attackers, ...restore];
const cures = ['kms:CancelKeyDeletion', 'kms:EnableKey'];
const use = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
const forAwsResource = { 'kms:GrantIsForAWSResource': 'true' };
const lockoutBypass = { 'kms:BypassPolicyLockoutSafetyCheck': 'true' };
const keyChanges = ['kms:DeleteImportedKeyMaterial', 'kms:DisableKey', 'kms:PutKeyPolicy', 'kms:ReplicateKey',
  'kms:RevokeGrant', 'kms:ScheduleKeyDeletion', 'kms:UpdatePrimaryRegion'];

// Documented as judged by the vault's policy, and harmful. [Vault access policies; Access control - AWS Backup]
const judgedByTheVault = {
  onVaults: ['backup:DeleteBackupVault', 'backup:DeleteBackupVaultAccessPolicy',
    'backup:DeleteBackupVaultLockConfiguration', 'backup:DeleteBackupVaultNotifications',
    'backup:PutBackupVaultAccessPolicy', 'backup:PutBackupVaultLockConfiguration',
    'backup:PutBackupVaultNotifications', 'backup:StartBackupJob'],
  onPoints: ['backup:DeleteRecoveryPoint', 'backup:DisassociateRecoveryPoint', 'backup:StartCopyJob',
    'backup:StartRestoreJob', 'backup:UpdateRecoveryPointLifecycle'],
};
// An air-gapped vault has its lock for good, and holds nothing that is continuous.
const notOnAirGapped = ['backup:DeleteBackupVaultLockConfiguration', 'backup:PutBackupVaultLockConfiguration',
  'backup:DisassociateRecoveryPoint', 'backup:StartBackupJob'];
const without = (some, others) => some.filter(each => !others.includes(each));

const centralBackup = ['anything', 'centralVaults', 'centralPoints', 'airGappedPoints'];
const exemptRoles = ['adminRoles', 'identityCenterRole', 'restoreRole'];
const centralParts = ['adminRoles', 'restoreRole', 'serviceLinkedRoles', 'samlProvider', 'oidcProvider',
  'guardedStacks', 'alarmRules', 'alarmTopic'];
const partActions = ['cloudformation:*', 'events:*', 'iam:*', 'sns:*', 'sts:*'];

const row = expected => (name, who, what, on, more = {}) => ({ row: name, who, what, on, allowed: expected, ...more });
const allowed = row(true);
const denied = row(false);

// Under the backup account's guard, in either strength.
const centralTable = [
  denied('changes AWS Backup', notAdmins, ['backup:*', 'backup-storage:*'], centralBackup),
  allowed('administers AWS Backup', admins, ['backup:*', 'backup-storage:*'], centralBackup),
  allowed('copies back to the accounts', restore,
    ['backup:CopyFromBackupVault', 'backup:CopyIntoBackupVault'], centralBackup),

  allowed('tests restores', ['restore testing'], ['backup:StartRestoreJob'], ['centralPoints', 'airGappedPoints']),

  // Copies in.
  allowed('copies of the organization come in', ['AWS Backup in central', 'AWS Backup in a member', 'backup role'],
    ['backup:CopyIntoBackupVault'], ['centralVaults']),
  denied('strangers copy nothing in', ['outsider', 'outsider called like the backup role', 'AWS Backup of an outsider'],
    ['backup:CopyIntoBackupVault'], ['centralVaults']),
  denied('other accounts do nothing else to the vault',
    ['outsider', 'member administrator', 'member root', 'backup role', 'neighbour', 'backup-admin'],
    [...judgedByTheVault.onVaults, ...judgedByTheVault.onPoints],
    ['centralVaults', 'centralPoints', 'airGappedPoints']),

  // Keys.
  denied('changes or uses the key', notAdmins, ['kms:*'], ['centralKey', 'alarmKey']),
  denied('changes or uses keys with a careless policy', attackers, ['kms:*'], ['keysWithTheDefaultPolicy']),
  allowed('rotates keys with a careless policy', attackers,
    ['kms:EnableKeyRotation'], ['keysWithTheDefaultPolicy'], { in: ['core'] }),
  denied('the restore role changes no key', restore,
    [...keyChanges, 'kms:DisableKeyRotation', 'kms:RetireGrant', 'kms:TagResource', 'kms:UntagResource'],
    ['keysWithTheDefaultPolicy']),
  denied('removes the key\'s guard tag', notAdmins,
    ['kms:UntagResource', 'kms:TagResource'], ['centralKey', 'alarmKey', 'keysWithTheDefaultPolicy']),
  denied('takes the grants of AWS Backup away', notAdmins,
    ['kms:RetireGrant', 'kms:RevokeGrant'], ['centralKey']),
  allowed('cures the key', [...notAdmins, ...admins],
    cures, ['centralKey', 'alarmKey', 'keysWithTheDefaultPolicy']),
  allowed('administers the key', admins,
    ['kms:*'], ['centralKey', 'alarmKey', 'keysWithTheDefaultPolicy', 'guardedAlias']),
  allowed('AWS Backup uses the key', ['AWS Backup in central', ...restore], use, ['centralKey']),
  allowed('AWS Backup makes grants', ['AWS Backup in central', ...restore],
    ['kms:CreateGrant'], ['centralKey'], { context: forAwsResource }),
  denied('grants the key to a stranger', ['AWS Backup in central', ...notAdmins],
    ['kms:CreateGrant'], ['centralKey']),
  denied('has a service use the key', attackers,
    ['kms:CreateGrant'], ['centralKey'], { context: forAwsResource }),
  allowed('changes a key that is not the guard\'s', restore, keyChanges, ['otherWork']),
  denied('points an alias elsewhere', notAdmins, ['kms:*'], ['guardedAlias']),
  denied('bypasses the lockout check', [...notAdmins, ...admins],
    ['kms:CreateKey', 'kms:PutKeyPolicy'],
    ['anything', 'centralKey', 'keysWithTheDefaultPolicy'], { context: lockoutBypass }),
  allowed('makes a key', admins, ['kms:CreateKey'], ['anything']),
  denied('members and strangers leave the key alone',
    ['backup role', 'member administrator', 'outsider', 'outsider called like the backup role',
     'AWS Backup of an outsider'],
    ['kms:*'], ['centralKey']),
  denied('strangers have no service use the key', ['backup role', 'AWS Backup of an outsider'],
    ['kms:CreateGrant'], ['centralKey'], { context: forAwsResource }),
  allowed('a copy back reads with the key', ['AWS Backup in a member'], [...use, 'kms:DescribeKey'], ['centralKey']),
  allowed('a copy back makes grants', ['AWS Backup in a member'],
    ['kms:CreateGrant'], ['centralKey'], { context: forAwsResource }),
  denied('a copy back changes no key', ['AWS Backup in a member'], [...keyChanges, 'kms:CreateGrant'], ['centralKey']),
  denied('nobody but backup roles uses a key that is open to members',
    ['member administrator', 'outsider', 'outsider called like the backup role', 'AWS Backup of an outsider'],
    ['kms:*'], ['centralKeyOpenToMembers']),
  allowed('members use a key that is open to them', ['backup role', 'AWS Backup in a member'],
    [...use, 'kms:DescribeKey'], ['centralKeyOpenToMembers']),
  allowed('members make grants of a key that is open to them', ['backup role', 'AWS Backup in a member'],
    ['kms:CreateGrant'], ['centralKeyOpenToMembers'], { context: forAwsResource }),
  denied('nobody but backup roles has a service use a key that is open to members',
    ['member administrator', 'outsider called like the backup role'],
    ['kms:CreateGrant'], ['centralKeyOpenToMembers'], { context: forAwsResource }),
  denied('members change no key that is open to them', ['backup role', 'AWS Backup in a member'],
    [...keyChanges, 'kms:CreateGrant'], ['centralKeyOpenToMembers']),

  // Doors: whoever can become, change or move what the guard exempts or hangs on.
  denied('changes a part of the guard', notAdmins, partActions, [...centralParts, 'identityCenterRole']),
  denied('creates an exempt role', notAdmins, ['iam:CreateRole'], exemptRoles),
  denied('rewrites an exempt role\'s trust', notAdmins, ['iam:UpdateAssumeRolePolicy'], exemptRoles),
  denied('gives an exempt role a policy', notAdmins,
    ['iam:AttachRolePolicy', 'iam:PutRolePolicy', 'iam:DeleteRolePermissionsBoundary'], exemptRoles),
  denied('passes an exempt role', notAdmins, ['iam:PassRole'], exemptRoles),
  denied('assumes an exempt role', notAdmins, ['sts:AssumeRole'], exemptRoles),
  denied('deletes a service-linked role', notAdmins, ['iam:DeleteServiceLinkedRole'], ['serviceLinkedRoles']),
  denied('replaces the SSO SAML provider\'s metadata', notAdmins,
    ['iam:UpdateSAMLProvider'], ['samlProvider']),
  denied('replaces the OIDC provider\'s thumbprint', notAdmins,
    ['iam:UpdateOpenIDConnectProviderThumbprint'], ['oidcProvider']),
  denied('takes over the StackSet\'s stack', notAdmins,
    ['cloudformation:UpdateStack', 'cloudformation:CreateChangeSet', 'cloudformation:ExecuteChangeSet',
     'cloudformation:DeleteStack', 'cloudformation:SetStackPolicy'],
    ['guardedStacks']),
  denied('turns off the alarm\'s rule', notAdmins,
    ['events:DisableRule', 'events:DeleteRule', 'events:PutRule', 'events:RemoveTargets'], ['alarmRules']),
  denied('gives the event bus another key', notAdmins, ['events:UpdateEventBus'], ['eventBus']),
  allowed('gives the event bus another key', admins, ['events:UpdateEventBus'], ['eventBus']),
  denied('unsubscribes', notAdmins,
    ['sns:Unsubscribe', 'sns:SetSubscriptionAttributes', 'sns:DeleteTopic'], ['alarmTopic']),
  allowed('the alarm rings', ['EventBridge'], ['sns:Publish', 'kms:Decrypt', 'kms:GenerateDataKey*'],
    ['renderedTopic', 'alarmKey']),
  denied('nobody else rings the alarm', ['another AWS service', 'outsider', 'member administrator', 'neighbour'],
    ['sns:*', 'kms:*'], ['renderedTopic', 'alarmKey']),
  denied('stops the trail', notAdmins,
    ['cloudtrail:StopLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:UpdateTrail', 'cloudtrail:PutEventSelectors'],
    ['trail']),
  allowed('administers the parts of the guard', admins,
    [...partActions, 'cloudtrail:*'], [...centralParts, 'trail']),

  denied('leaves the organization', [...notAdmins, ...admins],
    ['organizations:LeaveOrganization', 'organizations:AcceptHandshake'], ['anything']),
  denied('closes the account or a Region', [...notAdmins, ...admins],
    ['account:CloseAccount', 'account:DisableRegion'], ['anything']),
  denied('blocks restores of EC2 in spite of a lock', [...notAdmins, ...admins],
    ['ec2:DisableImage', 'ec2:EnableAllowedImagesSettings', 'ec2:ReplaceImageCriteriaInAllowedImagesSettings'],
    ['anything']),

  allowed('reads', [...notAdmins, ...admins],
    ['backup:DescribeRecoveryPoint', 'backup:GetBackupVaultAccessPolicy', 'backup:ListRecoveryPointsByBackupVault',
     'cloudformation:DescribeStacks', 'cloudformation:DetectStackDrift', 'cloudformation:GetTemplate',
     'cloudformation:ListStacks', 'cloudtrail:DescribeTrails', 'cloudtrail:GetTrailStatus', 'cloudtrail:ListTrails',
     'cloudtrail:LookupEvents', 'cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:ListMetrics',
     'config:DescribeConfigRules', 'config:GetResourceConfigHistory', 'config:ListDiscoveredResources',
     'ec2:DescribeSnapshots', 'events:DescribeRule', 'events:ListTargetsByRule', 'health:DescribeEvents',
     'iam:GetRole', 'iam:ListRoles', 'kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:ListGrants',
     'organizations:DescribeOrganization', 'organizations:ListAccounts', 'rds:DescribeDBSnapshots',
     'sns:GetTopicAttributes', 'sns:ListSubscriptionsByTopic', 'sts:GetCallerIdentity', 'support:CreateCase',
     'tag:GetResources'],
    ['anything']),
  allowed('reads the parts of the guard', [...attackers, ...admins],
    ['cloudformation:DescribeStacks', 'cloudformation:DetectStackDrift', 'cloudformation:GetTemplate',
     'cloudformation:ListStackResources', 'events:DescribeRule', 'events:ListTargetsByRule', 'iam:GetRole',
     'iam:ListRolePolicies', 'sns:GetTopicAttributes', 'sns:ListSubscriptionsByTopic', 'kms:DescribeKey',
     'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:ListGrants', 'kms:ListKeyPolicies', 'kms:ListResourceTags'],
    ['adminRoles', 'restoreRole', 'guardedStacks', 'alarmRules', 'alarmTopic', 'centralKey', 'alarmKey']),

  // Other work: core lets an account go on with it, lockdown does not.
  allowed('does other work', attackers,
    ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 's3:PutObject'],
    ['otherWork'], { in: ['core'] }),
  allowed('reaches a snapshot through EC2', attackers,
    ['ec2:ModifySnapshotAttribute', 'ec2:CreateVolume', 'ec2:LockSnapshot'], ['otherWork'], { in: ['core'] }),
  denied('does other work', attackers,
    ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances',
     'ec2:ModifySnapshotAttribute', 'ec2:CreateVolume', 'ec2:LockSnapshot', 's3:PutObject'],
    ['otherWork'], { in: ['lockdown'] }),
  // IAM makes them under aws-service-role/ alone, so no other role comes of it.
  allowed('creates a service-linked role', notAdmins,
    ['iam:CreateServiceLinkedRole'], ['adminRoles', 'restoreRole', 'serviceLinkedRoles', 'otherWork']),
  allowed('cures any key', attackers, cures, ['otherWork'], { in: ['lockdown'] }),
  allowed('administers the whole account', admins,
    ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 's3:PutObject'],
    ['otherWork']),
  allowed('another account of the OU does its own work', ['neighbour'],
    ['backup:*', 'cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'cloudtrail:StopLogging',
     'account:CloseAccount', 'organizations:LeaveOrganization', 'ec2:DisableImage', 'ec2:RunInstances', 's3:PutObject'],
    ['neighboursWork', 'anything']),
  allowed('another account of the OU is trusted with the vault', ['neighbour'],
    ['sts:AssumeRole'], ['adminRoles']),
  allowed('another account of the OU uses a central key that is open to it', ['neighbour'],
    ['kms:Decrypt', 'kms:RevokeGrant'], ['centralKeyOpenToAll']),
  allowed('another account of the OU bypasses the lockout check', ['neighbour'],
    ['kms:CreateKey', 'kms:PutKeyPolicy'], ['anything', 'neighboursWork'], { context: lockoutBypass }),

  // The databases' snapshots under the recovery points, reached through the databases' own services.
  denied('changes a snapshot under a recovery point', attackers, ['rds:*'], ['pointsInRds']),
  denied('changes a snapshot under a recovery point', attackers, ['redshift:*'], ['pointsInRedshift']),
  allowed('restores and copies from a snapshot', [...admins, ...restore], ['rds:*'], ['pointsInRds']),
  allowed('restores and copies from a snapshot', [...admins, ...restore],
    ['redshift:*'], ['pointsInRedshift']),
  allowed('reads a snapshot under a recovery point', attackers,
    ['rds:DescribeDBSnapshots', 'rds:ListTagsForResource'], ['pointsInRds'], { in: ['core'] }),
  allowed('reads a snapshot under a recovery point', attackers,
    ['redshift:DescribeTags'], ['pointsInRedshift'], { in: ['core'] }),
  allowed('changes a snapshot of the account\'s own', attackers,
    ['rds:*'], ['otherRdsSnapshots'], { in: ['core'] }),

  // The guard is gone: somebody has detached it, or the account has left.
  denied('guard lost: the vault keeps to its administrators', notAdmins,
    [...judgedByTheVault.onVaults, ...judgedByTheVault.onPoints],
    ['centralVault', 'centralPoints'], { guardLost: true }),
  denied('guard lost: the air-gapped vault keeps to its administrators', notAdmins,
    without([...judgedByTheVault.onVaults, ...judgedByTheVault.onPoints], notOnAirGapped),
    ['airGappedVault', 'airGappedPoints'], { guardLost: true }),
  allowed('guard lost: administers the vaults', admins,
    [...judgedByTheVault.onVaults, ...judgedByTheVault.onPoints],
    ['centralVaults', 'centralPoints', 'airGappedPoints'], { guardLost: true }),
  denied('guard lost: the keys keep to their administrators', notAdmins,
    ['kms:*'], ['centralKey', 'alarmKey'], { guardLost: true }),
  denied('guard lost: has a service use the key', attackers,
    ['kms:CreateGrant'], ['centralKey', 'alarmKey'], { guardLost: true, context: forAwsResource }),
  allowed('guard lost: grants are retired, which no key policy stops', notAdmins,
    ['kms:RetireGrant'], ['centralKey', 'alarmKey'], { guardLost: true }),
  allowed('guard lost: the restore role uses the key', restore,
    use, ['centralKey'], { guardLost: true }),
  allowed('guard lost: cures the keys', notAdmins, cures, ['centralKey', 'alarmKey'], { guardLost: true }),
  denied('guard lost: a stray Allow changes no key', [...notAdmins, 'outsider', 'AWS Backup in central'],
    keyChanges, ['keysWithAStray'], { guardLost: true }),
  allowed('guard lost: administers the keys', admins,
    ['kms:*'], ['centralKey', 'alarmKey', 'keysWithAStray'], { guardLost: true }),
  // The vault and the key know their administrators by name.
  allowed('guard lost: becomes an administrator', attackers,
    ['iam:CreateRole', 'sts:AssumeRole'], ['adminRoles', 'restoreRole'], { guardLost: true }),
  allowed('guard lost: silences the alarm', attackers, ['sns:*'], ['alarmTopic'], { guardLost: true }),
  allowed('an AWS service ends its grant', ['another AWS service'],
    ['kms:RevokeGrant'], ['keysWithAStray'], { guardLost: true }),
];

const everyMember = [...memberAttackers, ...memberAdmins, 'backup role', 'member restore role'];
const membersNotAdmins = [...memberAttackers, 'backup role', 'member restore role'];
const copiesTo = (...vaults) => ({ 'backup:CopyTargets': vaults });
const centralVault = 'arn:aws:backup:eu-west-1:222233334444:backup-vault:central-backup';
const airGappedVault = 'arn:aws:backup:eu-west-1:222233334444:backup-vault:central-air-gapped';
const ownVault = 'arn:aws:backup:eu-west-1:444455556666:backup-vault:own-work';
const strangersVault = 'arn:aws:backup:eu-west-1:777788889999:backup-vault:central-backup';
const copy = ['backup:CopyFromBackupVault'];
const allButCopies = ['A', 'Ca', 'CopyInto', 'Cr', 'D', 'P', 'R', 'S', 'T', 'U'].map(start => `backup:${start}*`);

// Under the members' guard.
const memberTable = [
  allowed('copies to the central vault', everyMember,
    copy, ['memberPoints'], { context: copiesTo(centralVault) }),
  allowed('copies to the air-gapped vault', everyMember,
    copy, ['memberPoints'], { context: copiesTo(airGappedVault) }),
  denied('copies to a vault of its own', everyMember,
    copy, ['memberPoints'], { context: copiesTo(ownVault) }),
  denied('copies to a stranger', everyMember, copy, ['memberPoints'], { context: copiesTo(strangersVault) }),
  denied('copies to the central vault and another', everyMember,
    copy, ['memberPoints'], { context: copiesTo(centralVault, strangersVault) }),
  denied('copies without saying where', everyMember, copy, ['memberPoints']),

  // Whatever destroys backups is shut by default; what makes and uses them stays the account's.
  denied('changes recovery points', membersNotAdmins, ['backup:*'], ['memberPoints']),
  denied('changes recovery points of another vault', membersNotAdmins,
    ['backup:DeleteRecoveryPoint', 'backup:Disassociate*', 'backup:UpdateRecoveryPointLifecycle'],
    ['otherMemberPoints']),
  denied('changes the vault', membersNotAdmins, ['backup:*'], ['memberVault']),
  allowed('uses recovery points', membersNotAdmins,
    ['backup:CreateBackupAccessPoint', 'backup:SearchRecoveryPoint', 'backup:StartCopyJob', 'backup:StartRestoreJob',
     'backup:StartScanJob', 'backup:UpdateRecoveryPointIndexSettings'],
    ['memberPoints', 'memberVault']),
  allowed('tags recovery points', membersNotAdmins,
    ['backup:TagResource', 'backup:UntagResource'], ['memberPoints']),
  denied('tags the vault', membersNotAdmins, ['backup:TagResource', 'backup:UntagResource'], ['memberVault']),
  allowed('uses the vault', membersNotAdmins,
    ['backup:AssociateBackupVaultMpaApprovalTeam', 'backup:CopyIntoBackupVault', 'backup:CreateBackupVault',
     'backup:CreateLogicallyAirGappedBackupVault', 'backup:CreateRestoreAccessBackupVault',
     'backup:RevokeRestoreAccessBackupVault', 'backup:StartBackupJob'],
    ['memberVault']),
  denied('stops backups', membersNotAdmins,
    ['backup:CancelLegalHold', 'backup:StopBackupJob', 'backup:UpdateRegionSettings'], ['anything']),
  allowed('administers AWS Backup', memberAdmins, allButCopies, ['memberPoints', 'memberVault', 'anything']),
  allowed('changes a vault of its own', memberAttackers,
    ['backup:DeleteBackupVault*', 'backup:Put*', 'backup:*agResource'], ['otherMemberVault']),

  denied('changes a backup role', membersNotAdmins, ['iam:*', 'sts:*'], ['memberRoles']),
  allowed('passes a backup role to AWS Backup', membersNotAdmins, ['iam:PassRole'], ['memberRoles']),
  denied('becomes an administrator', membersNotAdmins,
    ['iam:*', 'sts:*'], ['memberAdminRoles', 'backupAdminRole']),
  allowed('creates the service-linked role', membersNotAdmins,
    ['iam:CreateServiceLinkedRole'], ['memberAdminRoles', 'backupAdminRole']),
  denied('takes over the StackSet\'s stack', membersNotAdmins, ['cloudformation:*'], ['memberStack']),
  allowed('reads the parts of the guard', memberAttackers,
    ['iam:GetRole', 'iam:ListRolePolicies', 'cloudformation:DescribeStacks', 'cloudformation:DetectStackDrift',
     'cloudformation:GetTemplate', 'cloudformation:ListStackResources', 'kms:DescribeKey', 'kms:GetKeyPolicy',
     'kms:GetKeyRotationStatus', 'kms:ListGrants', 'kms:ListKeyPolicies', 'kms:ListResourceTags'],
    ['memberRoles', 'memberAdminRoles', 'memberStack', 'memberKey']),
  allowed('administers the parts of the guard', memberAdmins,
    ['iam:*', 'sts:*', 'cloudformation:*'], ['memberRoles', 'memberAdminRoles', 'backupAdminRole', 'memberStack']),
  denied('leaves the organization', everyMember,
    ['organizations:LeaveOrganization', 'organizations:AcceptHandshake', 'account:CloseAccount',
      'account:DisableRegion'], ['anything']),
  allowed('does other work', memberAttackers,
    ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 's3:PutObject'],
    ['membersWork', 'membersOtherServiceLinkedRole']),

  // Keys.
  denied('changes or uses the vault\'s key', memberAttackers, ['kms:*'], ['memberKey']),
  denied('changes a vault\'s key with a careless policy', membersNotAdmins,
    [...keyChanges, 'kms:DisableKeyRotation', 'kms:RetireGrant', 'kms:TagResource', 'kms:UntagResource'],
    ['memberKeyWithTheDefaultPolicy']),
  allowed('cures the key', [...membersNotAdmins, ...memberAdmins],
    cures, ['memberKey', 'memberKeyWithTheDefaultPolicy']),
  allowed('administers the key', memberAdmins, ['kms:*'], ['memberKey']),
  allowed('backups use the key',
    ['backup role', 'member restore role', 'AWS Backup in a member', 'AWS Backup in central'],
    without(use, ['kms:Encrypt']), ['memberKey']),
  allowed('backups use the key', ['backup role', 'member restore role', 'AWS Backup in a member'],
    ['kms:Encrypt'], ['memberKey']),
  allowed('AWS Backup sees the key', ['AWS Backup in central'], ['kms:DescribeKey'], ['memberKey']),
  allowed('backups make grants',
    ['backup role', 'member restore role', 'AWS Backup in a member', 'AWS Backup in central'],
    ['kms:CreateGrant'], ['memberKey'], { context: forAwsResource }),
  denied('has a service use the key', [...memberAttackers, 'administrator', 'restore role', 'outsider'],
    ['kms:CreateGrant'], ['memberKey'], { context: forAwsResource }),
  denied('grants the key to a stranger',
    ['backup role', 'member restore role', 'AWS Backup in a member', 'AWS Backup in central'],
    ['kms:CreateGrant'], ['memberKey']),
  denied('other accounts leave the key alone',
    ['administrator', 'restore role', 'outsider', 'AWS Backup of an outsider'],
    ['kms:*'], ['memberKey']),

  // Copies back.
  allowed('copies come back from the central vault',
    ['restore role', 'AWS Backup in central', 'AWS Backup in a member'],
    ['backup:CopyIntoBackupVault'], ['memberVault']),
  denied('strangers copy nothing in', ['outsider', 'AWS Backup of an outsider', 'neighbour'],
    ['backup:CopyIntoBackupVault'], ['memberVault']),

  denied('guard lost: the vault keeps to its administrators', membersNotAdmins,
    ['backup:DeleteBackupVault', 'backup:DeleteBackupVaultAccessPolicy', 'backup:DeleteRecoveryPoint',
     'backup:PutBackupVaultAccessPolicy', 'backup:UpdateRecoveryPointLifecycle'],
    ['memberVault', 'memberPoints'], { guardLost: true }),
  allowed('guard lost: administers the vault', memberAdmins,
    ['backup:DeleteBackupVault', 'backup:DeleteBackupVaultAccessPolicy', 'backup:DeleteRecoveryPoint',
     'backup:PutBackupVaultAccessPolicy', 'backup:UpdateRecoveryPointLifecycle'],
    ['memberVault', 'memberPoints'], { guardLost: true }),
  denied('guard lost: the key keeps to its administrators', memberAttackers,
    keyChanges, ['memberKey'], { guardLost: true }),
];

// Under the members' guard without AdminRoleArns: backup-admin is a role like any other.
const memberTableWithoutAdmins = [
  denied('changes recovery points', [...membersNotAdmins, 'backup-admin'],
    ['backup:DeleteRecoveryPoint'], ['memberPoints']),
  denied('becomes an administrator', [...membersNotAdmins, 'backup-admin'],
    ['iam:*', 'sts:*'], ['memberAdminRoles']),
  allowed('creates the service-linked role', [...membersNotAdmins, 'backup-admin'],
    ['iam:CreateServiceLinkedRole'], ['memberAdminRoles']),
  allowed('administers AWS Backup', ['StackSets in a member'], allButCopies, ['memberVault', 'memberPoints']),
  allowed('copies to the central vault', everyMember,
    copy, ['memberPoints'], { context: copiesTo(centralVault) }),
  denied('copies to a vault that is not listed', everyMember,
    copy, ['memberPoints'], { context: copiesTo(airGappedVault) }),
  denied('copies without saying where', everyMember, copy, ['memberPoints']),
  allowed('does other work', memberAttackers,
    ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 's3:PutObject'],
    ['membersWork', 'backupAdminRole']),
];

export const central = { name: 'backup account', table: centralTable,
  settings: { core: { vaultGuard: 'core.VaultGuard' }, lockdown: { vaultGuard: 'lockdown.VaultGuard' } } };
export const members = { name: 'member account', table: memberTable,
  settings: { 'with administrators': { memberGuard: 'memberGuard.MemberGuard' } } };
export const membersWithoutAdmins = { name: 'member account', table: memberTableWithoutAdmins,
  settings: { 'without administrators': { memberGuard: 'memberGuardWithoutAdmins.MemberGuard' } } };
