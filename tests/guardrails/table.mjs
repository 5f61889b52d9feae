// What the guards are there for: who may do what, row by row. A row's pattern ("backup:*") stands for every action of
// the catalogue that writes, manages permissions or tags; a later row takes requests of an earlier one over, so that the
// rule comes first and its exceptions follow by name. `guardLost` is the same account without its service control policy:
// what the vault's and the key's own policies still keep shut.

import { admins, attackers, memberAdmins, memberAttackers } from './world.mjs';

const restore = ['restore role'];
const notAdmins = [...attackers, ...restore];
const cures = ['kms:CancelKeyDeletion', 'kms:EnableKey'];
const use = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
const forAwsResource = { 'kms:GrantIsForAWSResource': 'true' };
const lockoutBypass = { 'kms:BypassPolicyLockoutSafetyCheck': 'true' };
const keyChanges = ['kms:DeleteImportedKeyMaterial', 'kms:DisableKey', 'kms:PutKeyPolicy', 'kms:ReplicateKey', 'kms:RevokeGrant',
  'kms:ScheduleKeyDeletion', 'kms:UpdatePrimaryRegion'];

// Documented as judged by the vault's policy, and harmful. [Vault access policies; Access control - AWS Backup]
const judgedByTheVault = {
  onVaults: ['backup:DeleteBackupVault', 'backup:DeleteBackupVaultAccessPolicy', 'backup:DeleteBackupVaultLockConfiguration',
    'backup:DeleteBackupVaultNotifications', 'backup:PutBackupVaultAccessPolicy', 'backup:PutBackupVaultLockConfiguration',
    'backup:PutBackupVaultNotifications', 'backup:StartBackupJob'],
  onPoints: ['backup:DeleteRecoveryPoint', 'backup:DisassociateRecoveryPoint', 'backup:StartCopyJob', 'backup:StartRestoreJob',
    'backup:UpdateRecoveryPointLifecycle'],
};
// An air-gapped vault has its lock for good, and holds nothing that is continuous.
const notOnAirGapped = ['backup:DeleteBackupVaultLockConfiguration', 'backup:PutBackupVaultLockConfiguration', 'backup:DisassociateRecoveryPoint',
  'backup:StartBackupJob'];
const without = (some, others) => some.filter(each => !others.includes(each));

const centralBackup = ['anything', 'centralVaults', 'centralPoints', 'airGappedPoints'];
const exemptRoles = ['adminRoles', 'identityCenterRole', 'restoreRole'];
const centralParts = ['adminRoles', 'restoreRole', 'serviceLinkedRoles', 'samlProvider', 'oidcProvider', 'guardedStacks', 'alarmRules', 'alarmTopic'];
const partActions = ['cloudformation:*', 'events:*', 'iam:*', 'sns:*', 'sts:*'];

// Under the backup account's guard, in either strength.
const centralTable = [
  { row: 'changes AWS Backup', who: notAdmins, what: ['backup:*', 'backup-storage:*'], on: centralBackup, allowed: false },
  { row: 'administers AWS Backup', who: admins, what: ['backup:*', 'backup-storage:*'], on: centralBackup, allowed: true },
  { row: 'copies back to the accounts', who: restore, what: ['backup:CopyFromBackupVault', 'backup:CopyIntoBackupVault'], on: centralBackup, allowed: true },

  // Copies in.
  { row: 'copies of the organization come in', who: ['AWS Backup in central', 'AWS Backup in a member', 'backup role'],
    what: ['backup:CopyIntoBackupVault'], on: ['centralVaults'], allowed: true },
  { row: 'strangers copy nothing in', who: ['outsider', 'outsider called like the backup role', 'AWS Backup of an outsider'],
    what: ['backup:CopyIntoBackupVault'], on: ['centralVaults'], allowed: false },
  { row: 'other accounts do nothing else to the vault', who: ['outsider', 'member administrator', 'member root', 'backup role', 'neighbour', 'backup-admin'],
    what: [...judgedByTheVault.onVaults, ...judgedByTheVault.onPoints], on: ['centralVaults', 'centralPoints', 'airGappedPoints'], allowed: false },

  // Keys.
  { row: 'changes or uses the key', who: notAdmins, what: ['kms:*'], on: ['centralKey'], allowed: false },
  { row: 'changes or uses keys with a careless policy', who: attackers, what: ['kms:*'], on: ['keysWithTheDefaultPolicy'], allowed: false },
  { row: 'rotates keys with a careless policy', in: ['core'], who: attackers, what: ['kms:EnableKeyRotation'], on: ['keysWithTheDefaultPolicy'], allowed: true },
  { row: 'the restore role changes no key', who: restore,
    what: [...keyChanges, 'kms:DisableKeyRotation', 'kms:RetireGrant', 'kms:TagResource', 'kms:UntagResource'],
    on: ['keysWithTheDefaultPolicy'], allowed: false },
  { row: 'removes the key\'s guard tag', who: notAdmins, what: ['kms:UntagResource', 'kms:TagResource'], on: ['centralKey', 'keysWithTheDefaultPolicy'], allowed: false },
  { row: 'takes the grants of AWS Backup away', who: notAdmins, what: ['kms:RetireGrant', 'kms:RevokeGrant'], on: ['centralKey'], allowed: false },
  { row: 'cures the key', who: [...notAdmins, ...admins], what: cures, on: ['centralKey', 'keysWithTheDefaultPolicy'], allowed: true },
  { row: 'administers the key', who: admins, what: ['kms:*'], on: ['centralKey', 'keysWithTheDefaultPolicy', 'guardedAliases'], allowed: true },
  { row: 'AWS Backup uses the key', who: ['AWS Backup in central', ...restore], what: use, on: ['centralKey'], allowed: true },
  { row: 'AWS Backup makes grants', who: ['AWS Backup in central', ...restore], what: ['kms:CreateGrant'], on: ['centralKey'], context: forAwsResource, allowed: true },
  { row: 'grants the key to a stranger', who: ['AWS Backup in central', ...notAdmins], what: ['kms:CreateGrant'], on: ['centralKey'], allowed: false },
  { row: 'has a service use the key', who: attackers, what: ['kms:CreateGrant'], context: forAwsResource, on: ['centralKey'], allowed: false },
  { row: 'changes a key that is not the guard\'s', who: restore, what: keyChanges, on: ['otherWork'], allowed: true },
  { row: 'points an alias elsewhere', who: notAdmins, what: ['kms:*'], on: ['guardedAliases'], allowed: false },
  { row: 'bypasses the lockout check', who: [...notAdmins, ...admins], what: ['kms:CreateKey', 'kms:PutKeyPolicy'], context: lockoutBypass,
    on: ['anything', 'centralKey', 'keysWithTheDefaultPolicy'], allowed: false },
  { row: 'makes a key', who: admins, what: ['kms:CreateKey'], on: ['anything'], allowed: true },
  { row: 'members leave the key alone', who: ['backup role', 'AWS Backup in a member', 'member administrator', 'outsider'],
    what: ['kms:*'], on: ['centralKey'], allowed: false },
  { row: 'nobody but backup roles uses a key that is open to members', who: ['member administrator', 'outsider', 'outsider called like the backup role', 'AWS Backup of an outsider'],
    what: ['kms:*'], on: ['centralKeyOpenToMembers'], allowed: false },
  { row: 'members use a key that is open to them', who: ['backup role', 'AWS Backup in a member'], what: [...use, 'kms:DescribeKey'],
    on: ['centralKeyOpenToMembers'], allowed: true },
  { row: 'members make grants of a key that is open to them', who: ['backup role', 'AWS Backup in a member'], what: ['kms:CreateGrant'], context: forAwsResource,
    on: ['centralKeyOpenToMembers'], allowed: true },
  { row: 'nobody but backup roles has a service use a key that is open to members', who: ['member administrator', 'outsider called like the backup role'],
    what: ['kms:CreateGrant'], context: forAwsResource, on: ['centralKeyOpenToMembers'], allowed: false },
  { row: 'members change no key that is open to them', who: ['backup role', 'AWS Backup in a member'], what: [...keyChanges, 'kms:CreateGrant'],
    on: ['centralKeyOpenToMembers'], allowed: false },

  // Doors: whoever can become, change or move what the guard exempts or hangs on.
  { row: 'changes a part of the guard', who: notAdmins, what: partActions, on: [...centralParts, 'identityCenterRole'], allowed: false },
  { row: 'creates an exempt role', who: notAdmins, what: ['iam:CreateRole'], on: exemptRoles, allowed: false },
  { row: 'rewrites an exempt role\'s trust', who: notAdmins, what: ['iam:UpdateAssumeRolePolicy'], on: exemptRoles, allowed: false },
  { row: 'gives an exempt role a policy', who: notAdmins, what: ['iam:AttachRolePolicy', 'iam:PutRolePolicy', 'iam:DeleteRolePermissionsBoundary'],
    on: exemptRoles, allowed: false },
  { row: 'passes an exempt role', who: notAdmins, what: ['iam:PassRole'], on: exemptRoles, allowed: false },
  { row: 'assumes an exempt role', who: notAdmins, what: ['sts:AssumeRole'], on: exemptRoles, allowed: false },
  { row: 'deletes a service-linked role', who: notAdmins, what: ['iam:DeleteServiceLinkedRole'], on: ['serviceLinkedRoles'], allowed: false },
  { row: 'replaces the SSO SAML provider\'s metadata', who: notAdmins, what: ['iam:UpdateSAMLProvider'], on: ['samlProvider'], allowed: false },
  { row: 'replaces the OIDC provider\'s thumbprint', who: notAdmins, what: ['iam:UpdateOpenIDConnectProviderThumbprint'], on: ['oidcProvider'], allowed: false },
  { row: 'takes over the StackSet\'s stack', who: notAdmins, what: ['cloudformation:UpdateStack', 'cloudformation:CreateChangeSet', 'cloudformation:ExecuteChangeSet',
    'cloudformation:DeleteStack', 'cloudformation:SetStackPolicy'], on: ['guardedStacks'], allowed: false },
  { row: 'turns off the alarm\'s rule', who: notAdmins, what: ['events:DisableRule', 'events:DeleteRule', 'events:PutRule', 'events:RemoveTargets'],
    on: ['alarmRules'], allowed: false },
  { row: 'unsubscribes', who: notAdmins, what: ['sns:Unsubscribe', 'sns:SetSubscriptionAttributes', 'sns:DeleteTopic'], on: ['alarmTopic'], allowed: false },
  { row: 'stops the trail', who: notAdmins, what: ['cloudtrail:StopLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:UpdateTrail', 'cloudtrail:PutEventSelectors'],
    on: ['trail'], allowed: false },
  { row: 'administers the parts of the guard', who: admins, what: [...partActions, 'cloudtrail:*'], on: [...centralParts, 'trail'], allowed: true },

  { row: 'leaves the organization', who: [...notAdmins, ...admins], what: ['organizations:LeaveOrganization', 'organizations:AcceptHandshake'], on: ['anything'], allowed: false },
  { row: 'closes the account or a Region', who: [...notAdmins, ...admins], what: ['account:CloseAccount', 'account:DisableRegion'], on: ['anything'], allowed: false },
  { row: 'blocks restores of EC2 in spite of a lock', who: [...notAdmins, ...admins],
    what: ['ec2:DisableImage', 'ec2:EnableAllowedImagesSettings', 'ec2:ReplaceImageCriteriaInAllowedImagesSettings'], on: ['anything'], allowed: false },

  { row: 'reads', who: [...notAdmins, ...admins], on: ['anything'], allowed: true, what: ['backup:DescribeRecoveryPoint', 'backup:GetBackupVaultAccessPolicy',
    'backup:ListRecoveryPointsByBackupVault', 'cloudformation:DescribeStacks', 'cloudformation:DetectStackDrift', 'cloudformation:GetTemplate',
    'cloudformation:ListStacks', 'cloudtrail:DescribeTrails', 'cloudtrail:GetTrailStatus', 'cloudtrail:ListTrails', 'cloudtrail:LookupEvents',
    'cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:ListMetrics', 'config:DescribeConfigRules', 'config:GetResourceConfigHistory',
    'config:ListDiscoveredResources', 'ec2:DescribeSnapshots', 'events:DescribeRule', 'events:ListTargetsByRule', 'health:DescribeEvents',
    'iam:GetRole', 'iam:ListRoles', 'kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:ListGrants', 'organizations:DescribeOrganization',
    'organizations:ListAccounts', 'rds:DescribeDBSnapshots', 'sns:GetTopicAttributes', 'sns:ListSubscriptionsByTopic', 'sts:GetCallerIdentity',
    'support:CreateCase', 'tag:GetResources'] },
  { row: 'reads the parts of the guard', who: [...attackers, ...admins], allowed: true, on: ['adminRoles', 'restoreRole', 'guardedStacks', 'alarmRules', 'alarmTopic', 'centralKey'],
    what: ['cloudformation:DescribeStacks', 'cloudformation:DetectStackDrift', 'cloudformation:GetTemplate', 'cloudformation:ListStackResources',
      'events:DescribeRule', 'events:ListTargetsByRule', 'iam:GetRole', 'iam:ListRolePolicies', 'sns:GetTopicAttributes',
      'sns:ListSubscriptionsByTopic', 'kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:ListGrants', 'kms:ListKeyPolicies', 'kms:ListResourceTags'] },

  // Other work: core lets an account go on with it, lockdown does not.
  { row: 'does other work', in: ['core'], who: attackers, on: ['otherWork'], allowed: true,
    what: ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 's3:PutObject'] },
  { row: 'reaches a snapshot through EC2', in: ['core'], who: attackers, what: ['ec2:ModifySnapshotAttribute', 'ec2:CreateVolume', 'ec2:LockSnapshot'],
    on: ['otherWork'], allowed: true },
  { row: 'does other work', in: ['lockdown'], who: attackers, on: ['otherWork'], allowed: false,
    what: ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 'ec2:ModifySnapshotAttribute', 'ec2:CreateVolume',
      'ec2:LockSnapshot', 's3:PutObject'] },
  // IAM makes them under aws-service-role/ alone, so no other role comes of it.
  { row: 'creates a service-linked role', who: notAdmins, what: ['iam:CreateServiceLinkedRole'],
    on: ['adminRoles', 'restoreRole', 'serviceLinkedRoles', 'otherWork'], allowed: true },
  { row: 'cures any key', in: ['lockdown'], who: attackers, what: cures, on: ['otherWork'], allowed: true },
  { row: 'administers the whole account', who: admins, on: ['otherWork'], allowed: true,
    what: ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 's3:PutObject'] },
  { row: 'another account of the OU does its own work', who: ['neighbour'], on: ['neighboursWork', 'anything'], allowed: true,
    what: ['backup:*', 'cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'cloudtrail:StopLogging', 'account:CloseAccount',
      'organizations:LeaveOrganization', 'ec2:DisableImage', 'ec2:RunInstances', 's3:PutObject'] },
  { row: 'another account of the OU is trusted with the vault', who: ['neighbour'], what: ['sts:AssumeRole'], on: ['adminRoles'], allowed: true },
  { row: 'another account of the OU uses a central key that is open to it', who: ['neighbour'], what: ['kms:Decrypt', 'kms:RevokeGrant'],
    on: ['centralKeyOpenToAll'], allowed: true },
  { row: 'another account of the OU bypasses the lockout check', who: ['neighbour'], on: ['anything', 'neighboursWork'], context: lockoutBypass, allowed: true,
    what: ['kms:CreateKey', 'kms:PutKeyPolicy'] },

  // The databases' snapshots under the recovery points, reached through the databases' own services.
  { row: 'changes a snapshot under a recovery point', who: attackers, what: ['rds:*'], on: ['pointsInRds'], allowed: false },
  { row: 'changes a snapshot under a recovery point', who: attackers, what: ['redshift:*'], on: ['pointsInRedshift'], allowed: false },
  { row: 'restores and copies from a snapshot', who: [...admins, ...restore], what: ['rds:*'], on: ['pointsInRds'], allowed: true },
  { row: 'restores and copies from a snapshot', who: [...admins, ...restore], what: ['redshift:*'], on: ['pointsInRedshift'], allowed: true },
  { row: 'reads a snapshot under a recovery point', in: ['core'], who: attackers, what: ['rds:DescribeDBSnapshots', 'rds:ListTagsForResource'],
    on: ['pointsInRds'], allowed: true },
  { row: 'reads a snapshot under a recovery point', in: ['core'], who: attackers, what: ['redshift:DescribeTags'], on: ['pointsInRedshift'], allowed: true },
  { row: 'changes a snapshot of the account\'s own', in: ['core'], who: attackers, what: ['rds:*'], on: ['otherRdsSnapshots'], allowed: true },

  // The guard is gone: somebody has detached it, or the account has left.
  { row: 'guard lost: the vault keeps to its administrators', guardLost: true, who: notAdmins, allowed: false,
    what: [...judgedByTheVault.onVaults, ...judgedByTheVault.onPoints], on: ['centralVault', 'centralPoints'] },
  { row: 'guard lost: the air-gapped vault keeps to its administrators', guardLost: true, who: notAdmins, allowed: false,
    what: without([...judgedByTheVault.onVaults, ...judgedByTheVault.onPoints], notOnAirGapped), on: ['airGappedVault', 'airGappedPoints'] },
  { row: 'guard lost: administers the vaults', guardLost: true, who: admins, on: ['centralVaults', 'centralPoints', 'airGappedPoints'], allowed: true,
    what: [...judgedByTheVault.onVaults, ...judgedByTheVault.onPoints] },
  { row: 'guard lost: the key keeps to its administrators', guardLost: true, who: notAdmins, what: ['kms:*'], on: ['centralKey'], allowed: false },
  { row: 'guard lost: has a service use the key', guardLost: true, who: attackers, what: ['kms:CreateGrant'], context: forAwsResource, on: ['centralKey'], allowed: false },
  { row: 'guard lost: grants are retired, which no key policy stops', guardLost: true, who: attackers, what: ['kms:RetireGrant'], on: ['centralKey'], allowed: true },
  { row: 'guard lost: the restore role uses the key', guardLost: true, who: restore, what: [...use, ...cures, 'kms:RetireGrant'], on: ['centralKey'], allowed: true },
  { row: 'guard lost: cures the key', guardLost: true, who: attackers, what: cures, on: ['centralKey'], allowed: true },
  { row: 'guard lost: a stray Allow changes no key', guardLost: true, who: [...notAdmins, 'outsider', 'AWS Backup in central'], what: keyChanges,
    on: ['centralKeyWithAStray'], allowed: false },
  { row: 'guard lost: administers the key', guardLost: true, who: admins, what: ['kms:*'], on: ['centralKey', 'centralKeyWithAStray'], allowed: true },
  { row: 'an AWS service ends its grant', guardLost: true, who: ['an AWS service'], what: ['kms:RevokeGrant'], on: ['centralKeyWithAStray'], allowed: true },
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
  { row: 'copies to the central vault', who: everyMember, what: copy, on: ['memberPoints'], context: copiesTo(centralVault), allowed: true },
  { row: 'copies to the air-gapped vault', who: everyMember, what: copy, on: ['memberPoints'], context: copiesTo(airGappedVault), allowed: true },
  { row: 'copies to a vault of its own', who: everyMember, what: copy, on: ['memberPoints'], context: copiesTo(ownVault), allowed: false },
  { row: 'copies to a stranger', who: everyMember, what: copy, on: ['memberPoints'], context: copiesTo(strangersVault), allowed: false },
  { row: 'copies to the central vault and another', who: everyMember, what: copy, on: ['memberPoints'], context: copiesTo(centralVault, strangersVault), allowed: false },
  { row: 'copies without saying where', who: everyMember, what: copy, on: ['memberPoints'], allowed: false },

  // Whatever destroys backups is shut by default; what makes and uses them stays the account's.
  { row: 'changes recovery points', who: membersNotAdmins, what: ['backup:*'], on: ['memberPoints'], allowed: false },
  { row: 'changes recovery points of another vault', who: membersNotAdmins, on: ['otherMemberPoints'], allowed: false,
    what: ['backup:DeleteRecoveryPoint', 'backup:Disassociate*', 'backup:UpdateRecoveryPointLifecycle'] },
  { row: 'changes the vault', who: membersNotAdmins, what: ['backup:*'], on: ['memberVault'], allowed: false },
  { row: 'uses recovery points', who: membersNotAdmins, on: ['memberPoints', 'memberVault'], allowed: true, what: ['backup:CreateBackupAccessPoint', 'backup:SearchRecoveryPoint',
    'backup:StartCopyJob', 'backup:StartRestoreJob', 'backup:StartScanJob', 'backup:UpdateRecoveryPointIndexSettings'] },
  { row: 'tags recovery points', who: membersNotAdmins, on: ['memberPoints'], allowed: true, what: ['backup:TagResource', 'backup:UntagResource'] },
  { row: 'tags the vault', who: membersNotAdmins, on: ['memberVault'], allowed: false, what: ['backup:TagResource', 'backup:UntagResource'] },
  { row: 'uses the vault', who: membersNotAdmins, on: ['memberVault'], allowed: true, what: ['backup:AssociateBackupVaultMpaApprovalTeam', 'backup:CopyIntoBackupVault',
    'backup:CreateBackupVault', 'backup:CreateLogicallyAirGappedBackupVault', 'backup:CreateRestoreAccessBackupVault',
    'backup:RevokeRestoreAccessBackupVault', 'backup:StartBackupJob'] },
  { row: 'stops backups', who: membersNotAdmins, what: ['backup:CancelLegalHold', 'backup:StopBackupJob', 'backup:UpdateRegionSettings'], on: ['anything'], allowed: false },
  { row: 'administers AWS Backup', who: memberAdmins, what: allButCopies,
    on: ['memberPoints', 'memberVault', 'anything'], allowed: true },
  { row: 'changes a vault of its own', who: memberAttackers, what: ['backup:DeleteBackupVault*', 'backup:Put*', 'backup:*agResource'], on: ['otherMemberVault'], allowed: true },

  { row: 'changes a backup role', who: membersNotAdmins, what: ['iam:*', 'sts:*'], on: ['memberRoles'], allowed: false },
  { row: 'passes a backup role to AWS Backup', who: membersNotAdmins, what: ['iam:PassRole'], on: ['memberRoles'], allowed: true },
  { row: 'becomes an administrator', who: membersNotAdmins, what: ['iam:*', 'sts:*'], on: ['memberAdminRoles', 'backupAdminRole'], allowed: false },
  { row: 'creates the service-linked role', who: membersNotAdmins, what: ['iam:CreateServiceLinkedRole'], on: ['memberAdminRoles', 'backupAdminRole'], allowed: true },
  { row: 'takes over the StackSet\'s stack', who: membersNotAdmins, what: ['cloudformation:*'], on: ['memberStack'], allowed: false },
  { row: 'reads the parts of the guard', who: memberAttackers, on: ['memberRoles', 'memberAdminRoles', 'memberStack', 'memberKey'], allowed: true,
    what: ['iam:GetRole', 'iam:ListRolePolicies', 'cloudformation:DescribeStacks', 'cloudformation:DetectStackDrift', 'cloudformation:GetTemplate',
      'cloudformation:ListStackResources', 'kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:ListGrants', 'kms:ListKeyPolicies',
      'kms:ListResourceTags'] },
  { row: 'administers the parts of the guard', who: memberAdmins, what: ['iam:*', 'sts:*', 'cloudformation:*'],
    on: ['memberRoles', 'memberAdminRoles', 'backupAdminRole', 'memberStack'], allowed: true },
  { row: 'leaves the organization', who: everyMember, what: ['organizations:LeaveOrganization', 'organizations:AcceptHandshake', 'account:CloseAccount'],
    on: ['anything'], allowed: false },
  { row: 'does other work', who: memberAttackers, on: ['membersWork', 'membersOtherServiceLinkedRole'], allowed: true,
    what: ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 's3:PutObject'] },

  // Keys.
  { row: 'changes or uses the vault\'s key', who: memberAttackers, what: ['kms:*'], on: ['memberKey'], allowed: false },
  { row: 'changes a vault\'s key with a careless policy', who: membersNotAdmins,
    what: [...keyChanges, 'kms:DisableKeyRotation', 'kms:RetireGrant', 'kms:TagResource', 'kms:UntagResource'],
    on: ['memberKeyWithTheDefaultPolicy'], allowed: false },
  { row: 'cures the key', who: [...membersNotAdmins, ...memberAdmins], what: cures, on: ['memberKey', 'memberKeyWithTheDefaultPolicy'], allowed: true },
  { row: 'administers the key', who: memberAdmins, what: ['kms:*'], on: ['memberKey'], allowed: true },
  { row: 'backups use the key', who: ['backup role', 'member restore role', 'AWS Backup in a member', 'AWS Backup in central'],
    what: without(use, ['kms:Encrypt']), on: ['memberKey'], allowed: true },
  { row: 'backups use the key', who: ['backup role', 'member restore role', 'AWS Backup in a member'], what: ['kms:Encrypt'], on: ['memberKey'], allowed: true },
  { row: 'AWS Backup sees the key', who: ['AWS Backup in central'], what: ['kms:DescribeKey'], on: ['memberKey'], allowed: true },
  { row: 'backups make grants', who: ['backup role', 'member restore role', 'AWS Backup in a member', 'AWS Backup in central'], what: ['kms:CreateGrant'],
    context: forAwsResource, on: ['memberKey'], allowed: true },
  { row: 'has a service use the key', who: [...memberAttackers, 'administrator', 'restore role', 'outsider'], what: ['kms:CreateGrant'], context: forAwsResource,
    on: ['memberKey'], allowed: false },
  { row: 'grants the key to a stranger', who: ['backup role', 'member restore role', 'AWS Backup in a member', 'AWS Backup in central'], what: ['kms:CreateGrant'],
    on: ['memberKey'], allowed: false },
  { row: 'other accounts leave the key alone', who: ['administrator', 'restore role', 'outsider', 'AWS Backup of an outsider'], what: ['kms:*'], on: ['memberKey'], allowed: false },

  // Copies back.
  { row: 'copies come back from the central vault', who: ['restore role', 'AWS Backup in central', 'AWS Backup in a member'], what: ['backup:CopyIntoBackupVault'], on: ['memberVault'], allowed: true },
  { row: 'strangers copy nothing in', who: ['outsider', 'AWS Backup of an outsider', 'neighbour'], what: ['backup:CopyIntoBackupVault'], on: ['memberVault'], allowed: false },

  { row: 'guard lost: the vault keeps to its administrators', guardLost: true, who: membersNotAdmins, allowed: false, on: ['memberVault', 'memberPoints'],
    what: ['backup:DeleteBackupVault', 'backup:DeleteBackupVaultAccessPolicy', 'backup:DeleteRecoveryPoint', 'backup:PutBackupVaultAccessPolicy',
      'backup:UpdateRecoveryPointLifecycle'] },
  { row: 'guard lost: administers the vault', guardLost: true, who: memberAdmins, allowed: true, on: ['memberVault', 'memberPoints'],
    what: ['backup:DeleteBackupVault', 'backup:DeleteBackupVaultAccessPolicy', 'backup:DeleteRecoveryPoint', 'backup:PutBackupVaultAccessPolicy',
      'backup:UpdateRecoveryPointLifecycle'] },
  { row: 'guard lost: the key keeps to its administrators', guardLost: true, who: memberAttackers, what: keyChanges, on: ['memberKey'], allowed: false },
];

// Under the members' guard without AdminRoleArns: backup-admin is a role like any other, and StackSets alone administers.
const memberTableWithoutAdmins = [
  { row: 'changes recovery points', who: [...membersNotAdmins, 'backup-admin'], what: ['backup:DeleteRecoveryPoint'], on: ['memberPoints'], allowed: false },
  { row: 'becomes an administrator', who: [...membersNotAdmins, 'backup-admin'], what: ['iam:*', 'sts:*'], on: ['memberAdminRoles'], allowed: false },
  { row: 'creates the service-linked role', who: [...membersNotAdmins, 'backup-admin'], what: ['iam:CreateServiceLinkedRole'],
    on: ['memberAdminRoles'], allowed: true },
  { row: 'administers AWS Backup', who: ['StackSets in a member'], what: allButCopies, on: ['memberVault', 'memberPoints'], allowed: true },
  { row: 'copies to the central vault', who: everyMember, what: copy, on: ['memberPoints'], context: copiesTo(centralVault), allowed: true },
  { row: 'copies to a vault that is not listed', who: everyMember, what: copy, on: ['memberPoints'], context: copiesTo(airGappedVault), allowed: false },
  { row: 'copies without saying where', who: everyMember, what: copy, on: ['memberPoints'], allowed: false },
  { row: 'does other work', who: memberAttackers, on: ['membersWork', 'backupAdminRole'], allowed: true,
    what: ['cloudformation:*', 'events:*', 'iam:*', 'kms:*', 'sns:*', 'sts:*', 'ec2:RunInstances', 's3:PutObject'] },
];

export const central = { name: 'backup account', table: centralTable,
  settings: { core: { vaultGuard: 'core.VaultGuard' }, lockdown: { vaultGuard: 'lockdown.VaultGuard' } } };
export const members = { name: 'member account', table: memberTable,
  settings: { 'with administrators': { memberGuard: 'memberGuard.MemberGuard' } } };
export const membersWithoutAdmins = { name: 'member account', table: memberTableWithoutAdmins,
  settings: { 'without administrators': { memberGuard: 'memberGuardWithoutAdmins.MemberGuard' } } };
