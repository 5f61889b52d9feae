// Who asks, and for what: the principals and resources that the table speaks of.

export const accounts = {
  central: '222233334444',
  member: '444455556666',
  // Of the organization, and bound by neither guard.
  neighbour: '555566667777',
  // Of the organization: the air-gapped vault is shared with it, to restore there.
  recovery: '666677778888',
  // Of another organization.
  outside: '777788889999',
  // Bound by no guard: the management account, and one to which the organization's services delegate.
  management: '111122223333',
  delegate: '999900001111',
};
const organizationOf = account => (account === 'outside' ? 'o-elsewhere00' : 'o-exampleorgid');
// Which guard binds the account's principals; service-linked roles are bound by none.
const guardOf = { central: 'vaultGuard', member: 'memberGuard' };

export const region = 'eu-west-1';
const sso = 'role/aws-reserved/sso.amazonaws.com';
const serviceLinked = 'role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup';
const restoreTesting
  = 'role/aws-service-role/restore-testing.backup.amazonaws.com/AWSServiceRoleForBackupRestoreTesting';

export function principal(account, path, service = 'iam') {
  const bound = !path.startsWith('role/aws-service-role/');
  return {
    arn: `arn:aws:${service}::${accounts[account]}:${path}`,
    guard: bound ? guardOf[account] : undefined,
    context: {
      'aws:PrincipalArn': `arn:aws:${service}::${accounts[account]}:${path}`,
      'aws:PrincipalAccount': accounts[account],
      'aws:PrincipalOrgID': organizationOf(account),
      'aws:PrincipalIsAWSService': 'false',
    },
  };
}

// All of them hold AdministratorAccess, and most of them look like an administrator of the vault.
const centralAttackers = {
  'administrator': principal('central', 'role/administrator'),
  'root': principal('central', 'root'),
  'IAM user': principal('central', 'user/administrator'),
  'federated user': principal('central', 'federated-user/vault-admin', 'sts'),
  'vault-admin under a path': principal('central', 'role/other/vault-admin'),
  'vault-admin with a suffix': principal('central', 'role/vault-admin-too'),
  'user of path /:role/': principal('central', 'user/:role/vault-admin'),
  'Identity Center administrator':
    principal('central', `${sso}/${region}/AWSReservedSSO_AdministratorAccess_0123456789abcdef`),
  'OrganizationAccountAccessRole': principal('central', 'role/OrganizationAccountAccessRole'),
};
const centralAdmins = {
  'vault-admin': principal('central', 'role/vault-admin'),
  'Identity Center VaultAdmin': principal('central', `${sso}/${region}/AWSReservedSSO_VaultAdmin_0123456789abcdef`),
  'Identity Center VaultAdmin of us-east-1': principal('central', `${sso}/AWSReservedSSO_VaultAdmin_0123456789abcdef`),
  'StackSets in central': principal('central', 'role/stacksets-exec-0123456789abcdef'),
};
// Exempt where lockdown names them (templates.json), and administrators of the account like any other under core.
const centralServices = {
  'service role': principal('central', 'role/config-recorder'),
  'Control Tower': principal('central', 'role/AWSControlTowerExecution'),
};
const membersAttackers = {
  'member administrator': principal('member', 'role/administrator'),
  'member root': principal('member', 'root'),
  'member user of path /:role/': principal('member', 'user/:role/backup-admin'),
  'member OrganizationAccountAccessRole': principal('member', 'role/OrganizationAccountAccessRole'),
};
const membersAdmins = {
  'backup-admin': principal('member', 'role/backup-admin'),
  'StackSets in a member': principal('member', 'role/stacksets-exec-0123456789abcdef'),
};
// AWS Backup assumes it for the accounts' own plans.
const membersOtherBackupRole = {
  'role of an own plan': principal('member', 'role/service-role/AWSBackupDefaultServiceRole'),
};
const membersServices = { 'Control Tower in a member': principal('member', 'role/AWSControlTowerExecution') };

// Roles of a template, with what their policies allow and no more.
const watchsRoles = {
  'the watch': { ...principal('management', 'role/watch'), holds: ['watch.WatchRole+look', 'watch.WatchRole+own'] },
  'the healer': { ...principal('management', 'role/healer'),
    holds: ['watch.HealerRole+plan', 'watch.HealerRole+heal', 'watch.HealerRole+own'] },
};

export const principals = {
  ...watchsRoles,
  ...centralAttackers,
  ...centralAdmins,
  ...centralServices,
  'restore role': principal('central', 'role/central-restore'),
  'AWS Backup in central': principal('central', serviceLinked),
  'restore testing': principal('central', restoreTesting),
  ...membersAttackers,
  ...membersAdmins,
  ...membersServices,
  ...membersOtherBackupRole,
  'backup role': principal('member', 'role/member-backup-role'),
  'member restore role': principal('member', 'role/member-restore'),
  'AWS Backup in a member': principal('member', serviceLinked),
  'recovery role': principal('recovery', 'role/recovery'),
  'recovery administrator': principal('recovery', 'role/administrator'),
  'neighbour': principal('neighbour', 'role/administrator'),
  'outsider': principal('outside', 'role/administrator'),
  'outsider called like the backup role': principal('outside', 'role/member-backup-role'),
  'AWS Backup of an outsider': principal('outside', serviceLinked),
  'EventBridge': { arn: 'events.amazonaws.com', context: { 'aws:PrincipalIsAWSService': 'true' } },
  'another AWS service': { arn: 'dynamodb.amazonaws.com', context: { 'aws:PrincipalIsAWSService': 'true' } },
};

export const attackers = Object.keys(centralAttackers);
export const admins = Object.keys(centralAdmins);
// StackSets deploys, and has no part in what is in the vaults.
export const humans = admins.filter(who => who !== 'StackSets in central');
export const memberAttackers = Object.keys(membersAttackers);
export const memberAdmins = Object.keys(membersAdmins);
export const memberHumans = memberAdmins.filter(who => who !== 'StackSets in a member');

// The ARN of a recovery point is the underlying service's. [Access control - AWS Backup]
export const recoveryPointForms = {
  'backup point': 'backup:eu-west-1:ACCOUNT:recovery-point:1EB3B5E7-9EB0-435A-A80B-108B488B0D45',
  'EBS point': 'ec2:eu-west-1::snapshot/snap-0123456789abcdef0',
  'EC2 point': 'ec2:eu-west-1::image/ami-0123456789abcdef0',
  'RDS point': 'rds:eu-west-1:ACCOUNT:snapshot:awsbackup:job-0123',
  'Aurora point': 'rds:eu-west-1:ACCOUNT:cluster-snapshot:awsbackup:job-0123',
  'DynamoDB point': 'dynamodb:eu-west-1:ACCOUNT:table/orders/backup/01234567890123-abcdef01',
  'FSx point': 'fsx:eu-west-1:ACCOUNT:backup/backup-0123456789abcdef0',
  'Redshift point': 'redshift:eu-west-1:ACCOUNT:snapshot:orders/awsbackup:job-0123',
  'Redshift Serverless point': 'redshift-serverless:eu-west-1:ACCOUNT:snapshot/01234567-89ab-cdef-0123-456789abcdef',
};

// `types` are the catalogue's, so that an action meets the resources that it can be about. `policy` names the
// resource's own policy: one that the templates render to, or one of the bystanders below.
export function resource(account, types, rest, more = {}) {
  const arn = `arn:aws:${rest.replace('ACCOUNT', accounts[account])}`;
  return { arn, account: accounts[account], types: [types].flat(), ...more };
}

// A point is judged by the policy of the vault that it lies in.
function points(account, vault, policy, forms = recoveryPointForms) {
  return Object.fromEntries(Object.entries(forms).map(
    ([name, form]) => [`${name} in ${account}'s ${vault}`, resource(account, 'recoveryPoint', form, { policy })]));
}

// The same points, reached through the services that hold them, by service: its actions name these resources. The tags
// are those that AWS's managed policies for the backup role and for the service-linked role of AWS Backup compare.
const backedUp = { 'aws:ResourceTag/aws:backup:source-resource': 'arn:aws:ec2:eu-west-1:444455556666:volume/vol-0' };
const copied = { 'aws:ResourceTag/AWSBackupManagedResource': '' };
function underlying(account) {
  const named = (name, type, form, tags) => ({ [`${account}'s ${name}`]: resource(account, type, form, { tags }) });
  const { 'EBS point': snapshot, 'EC2 point': image } = recoveryPointForms;
  return {
    ec2: {
      ...named('snapshot that was backed up', 'snapshot', snapshot, backedUp),
      ...named('snapshot that was copied', 'snapshot', snapshot, copied),
      ...named('image that was backed up', 'image', image, backedUp),
      ...named('image that was copied', 'image', image, copied),
    },
    // The catalogue gives DescribeBackups no resource; AWS's managed policies give it these.
    fsx: named('tagged FSx backup', ['backup', '*'], recoveryPointForms['FSx point'], backedUp),
    redshiftServerless:
      named('tagged serverless snapshot', 'snapshot', recoveryPointForms['Redshift Serverless point'], backedUp),
    rds: {
      ...named('RDS point in RDS', 'snapshot', recoveryPointForms['RDS point']),
      ...named('Aurora point in RDS', 'cluster-snapshot', recoveryPointForms['Aurora point']),
    },
    redshift: named('Redshift point in Redshift', 'snapshot', recoveryPointForms['Redshift point']),
    // Nothing distinguishes these from the account's own.
    dynamodb: named('DynamoDB backup', 'backup', recoveryPointForms['DynamoDB point']),
    untaggedFsx: named('FSx backup without a tag', 'backup', recoveryPointForms['FSx point']),
  };
}
const memberUnderlying = underlying('member');
const centralUnderlying = underlying('central');

// The documentation lists some of a recovery point's actions with the ARN of its vault.
function vault(account, name, policy) {
  return { [`${account}'s vault ${name}`]:
    resource(account, ['backupVault', 'recoveryPoint'], `backup:${region}:ACCOUNT:backup-vault:${name}`, { policy }) };
}

export function key(account, id, tag, policy) {
  const tags = tag && { 'aws:ResourceTag/backup-guard': tag };
  return resource(account, 'key', `kms:${region}:ACCOUNT:key/${id}`, { tags, policy });
}

export function role(account, path) {
  return resource(account, 'role', `iam::ACCOUNT:${path}`, { policy: 'openTrust' });
}

function rule(account, name) {
  return resource(account, 'rule-on-default-event-bus', `events:${region}:ACCOUNT:rule/${name}`);
}

export function stack(account, name) {
  return resource(account, 'stack', `cloudformation:${region}:ACCOUNT:stack/${name}/01234567-89ab-cdef-0123-456789ab`);
}

// Resources by what the table calls them; each of these is a set of named resources.
export const resources = {
  // Stands for any resource: only a statement on every resource catches it.
  anything: { '*': { arn: '*', types: ['*'] } },
  centralVaults: {
    ...vault('central', 'central-backup', 'central.Vault'),
    ...vault('central', 'central-air-gapped', 'central.AirGapped'),
  },
  centralVault: vault('central', 'central-backup', 'central.Vault'),
  airGappedVault: vault('central', 'central-air-gapped', 'central.AirGapped'),
  centralPoints: points('central', 'central-backup', 'central.Vault'),
  airGappedPoints: points('central', 'central-air-gapped', 'central.AirGapped',
    { 'backup point': recoveryPointForms['backup point'] }),
  // Whoever it is shared with: sharing is not IAM's, so here an Allow stands for it.
  sharedPoints: points('central', 'central-air-gapped', 'central.AirGapped+shared',
    { 'shared backup point': recoveryPointForms['backup point'] }),
  pointsInEc2: centralUnderlying.ec2,
  pointsInFsx: centralUnderlying.fsx,
  pointsInRedshiftServerless: centralUnderlying.redshiftServerless,
  pointsInRds: centralUnderlying.rds,
  pointsInRedshift: centralUnderlying.redshift,
  dynamoDbBackups: centralUnderlying.dynamodb,
  untaggedFsxBackups: centralUnderlying.untaggedFsx,
  // AWS Backup's own actions on the points that carry a tag in EC2.
  taggedPoints: {
    'EBS point with its tag': resource('central', 'recoveryPoint', recoveryPointForms['EBS point'], { tags: backedUp }),
    'EBS copy with its tag': resource('central', 'recoveryPoint', recoveryPointForms['EBS point'], { tags: copied }),
  },
  // An administrator has opened them to read a backup of S3.
  accessPoints: {
    'access point of a backup':
      resource('central', 'accesspoint', `s3:${region}:ACCOUNT:accesspoint/backup-guard-audit`),
    'object of a backup':
      resource('central', 'accesspointobject', `s3:${region}:ACCOUNT:accesspoint/backup-guard-audit/object/orders.csv`),
  },
  restoredData: {
    'restored database': resource('central', 'db', `rds:${region}:ACCOUNT:db:orders-restored`),
    'restored object': resource('central', 'object', 's3:::orders-restored/2026/01'),
  },
  otherRdsSnapshots: {
    'a snapshot of the account\'s own': resource('central', 'snapshot', 'rds:eu-west-1:ACCOUNT:snapshot:orders'),
  },
  centralKey: { 'central key': key('central', 'central', 'central', 'central.Key') },
  centralKeyOpenToMembers: {
    'central key open to members': key('central', 'central', 'central', 'centralOpenToMembers.Key'),
  },
  // Worse than the templates make them: keys whose own policy leaves everything to the account.
  keysWithTheDefaultPolicy: {
    'central key with the default policy': key('central', 'central', 'central', 'defaultKey'),
    'alarm key with the default policy': key('central', 'alarm', 'alarm', 'defaultKey'),
  },
  centralKeyOpenToAll: { 'central key open to all': key('central', 'central', 'central', 'openKey') },
  alarmKey: { 'alarm key': key('central', 'alarm', 'alarm', 'alarm.Key') },
  keysWithAStray: {
    'central key with a stray Allow': key('central', 'central', 'central', 'central.Key+openKey'),
    'alarm key with a stray Allow': key('central', 'alarm', 'alarm', 'alarm.Key+openKey'),
  },
  guardedAlias: {
    'alias of the vault\'s key': resource('central', 'alias', `kms:${region}:ACCOUNT:alias/central-vault-key`),
  },
  adminRoles: {
    'role vault-admin': role('central', 'role/vault-admin'),
    'role stacksets-exec-evil': role('central', 'role/stacksets-exec-evil'),
    'role of a path stacksets-exec-': role('central', 'role/stacksets-exec-x/evil'),
  },
  // IAM itself refuses changes to it, and so does the simulator.
  identityCenterRole: {
    'role of the set VaultAdmin': role('central', `${sso}/${region}/AWSReservedSSO_VaultAdmin_0123456789abcdef`),
  },
  controlTowersRole: { 'role of Control Tower': role('central', 'role/AWSControlTowerExecution') },
  serviceRole: { 'role of a service': role('central', 'role/config-recorder') },
  restoreRole: { 'restore role': role('central', 'role/central-restore') },
  serviceLinkedRoles: {
    'AWSServiceRoleForBackup': role('central', serviceLinked),
    'AWSServiceRoleForBackupRestoreTesting': role('central', restoreTesting),
    'AWSServiceRoleForSSO': role('central', 'role/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO'),
    'StackSets\' service-linked role': role('central', 'role/aws-service-role/'
      + 'member.org.stacksets.cloudformation.amazonaws.com/AWSServiceRoleForCloudFormationStackSetsOrgMember'),
  },
  adminsPolicy: { 'policy under backup-guard': adminsPolicy('central') },
  otherServiceLinkedRole: {
    'AWSServiceRoleForConfig':
      role('central', 'role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig'),
  },
  samlProvider: {
    'SAML provider of Identity Center':
      resource('central', 'saml-provider', 'iam::ACCOUNT:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE'),
  },
  oidcProvider: {
    'OIDC provider': resource('central', 'oidc-provider', 'iam::ACCOUNT:oidc-provider/token.example.com'),
  },
  guardedStacks: {
    'stack of the vault': stack('central', 'StackSet-central-account-01234567-89ab-cdef-0123-456789abcdef'),
    'stack of another StackSet': stack('central', 'StackSet-baseline-01234567-89ab-cdef-0123-456789abcdef'),
    'stack of the execution role': stack('central', 'stacksets-exec-role-stack-0123456789abcdef'),
  },
  alarmRules: { 'rule of the alarm': rule('central', 'vault-alarm-calls') },
  alarmTopic: { 'topic of the alarm': resource('central', 'topic', `sns:${region}:ACCOUNT:vault-alarm`) },
  // Rendering makes its ARN up from its logical id.
  renderedTopic: {
    'topic of the alarm, as its policy has it':
      resource('central', 'topic', `sns:${region}:ACCOUNT:Topic`, { policy: 'alarm.TopicPolicy' }),
  },
  eventBus: { 'default event bus': resource('central', 'event-bus', `events:${region}:ACCOUNT:event-bus/default`) },
  trail: { 'trail': resource('central', 'trail', `cloudtrail:${region}:ACCOUNT:trail/organization`) },
  // The account's other work.
  otherWork: otherWork('central'),
  ownSnapshots: {
    'the account\'s own snapshot': resource('central', 'snapshot', recoveryPointForms['EBS point']),
    'the account\'s own image': resource('central', 'image', recoveryPointForms['EC2 point']),
  },
  // The management account, with the watch.
  guards: {
    'the vault guard': resource('management', 'policy',
      'organizations::ACCOUNT:policy/o-exampleorgid/service_control_policy/p-11111111'),
    'the root': resource('management', 'root', 'organizations::ACCOUNT:root/o-exampleorgid/r-abcd'),
  },
  healedStacks: { 'stack guard-vault': stack('management', 'guard-vault') },
  otherStacks: { 'stack payroll': stack('management', 'payroll') },
  theFunction: {
    'the function': resource('management', 'function', `lambda:${region}:ACCOUNT:function:cfn-org-policy`),
  },
  otherFunctions: {
    'another function': resource('management', 'function', `lambda:${region}:ACCOUNT:function:payroll`),
    'the watch\'s function': resource('management', 'function', `lambda:${region}:ACCOUNT:function:Watch`),
  },
  rolesOfTheWatch: {
    'role of the watch': resource('management', 'role', 'iam::ACCOUNT:role/WatchRole'),
    'role of the healer': resource('management', 'role', 'iam::ACCOUNT:role/HealerRole'),
  },
  watchsTable: { 'the watch\'s table': resource('management', 'table', `dynamodb:${region}:ACCOUNT:table/Table`) },
  watchsTopic: { 'the watch\'s topic': resource('management', 'topic', `sns:${region}:ACCOUNT:Topic`) },
  watchsQueue: { 'the watch\'s queue': resource('management', 'queue', `sqs:${region}:ACCOUNT:Changes`) },
  watchsLog: {
    'the watch\'s log': resource('management', 'log-stream', `logs:${region}:ACCOUNT:log-group:Log:log-stream:2026`),
  },
  othersOfTheWatchsKind: {
    'another table': resource('management', 'table', `dynamodb:${region}:ACCOUNT:table/orders`),
    'another topic': resource('management', 'topic', `sns:${region}:ACCOUNT:orders`),
    'another queue': resource('management', 'queue', `sqs:${region}:ACCOUNT:orders`),
    'another log': resource('management', 'log-stream', `logs:${region}:ACCOUNT:log-group:orders:log-stream:2026`),
  },
  templates: { 'a template': resource('management', 'object', 's3:::templates/guard.yaml') },
  // Members.
  memberVault: vault('member', 'member-backup', 'member.Vault'),
  otherMemberVault: vault('member', 'own-work'),
  formerMemberVault: vault('member', 'member-former'),
  memberPoints: points('member', 'member-backup', 'member.Vault'),
  otherMemberPoints: points('member', 'own-work'),
  // AWS Backup's own actions on the points that carry a tag in EC2.
  memberTaggedPoints: {
    'EBS point with its tag': resource('member', 'recoveryPoint', recoveryPointForms['EBS point'], { tags: backedUp }),
    'EBS copy with its tag': resource('member', 'recoveryPoint', recoveryPointForms['EBS point'], { tags: copied }),
  },
  memberEc2Points: memberUnderlying.ec2,
  memberFsxPoints: memberUnderlying.fsx,
  memberRedshiftServerlessPoints: memberUnderlying.redshiftServerless,
  memberRdsPoints: memberUnderlying.rds,
  memberRedshiftPoints: memberUnderlying.redshift,
  memberDynamoDbBackups: memberUnderlying.dynamodb,
  memberUntaggedFsxBackups: memberUnderlying.untaggedFsx,
  membersOwnRdsSnapshot: {
    'member\'s own RDS snapshot': resource('member', 'snapshot', 'rds:eu-west-1:ACCOUNT:snapshot:orders'),
  },
  memberAlias: {
    'alias of the member\'s key': resource('member', 'alias', `kms:${region}:ACCOUNT:alias/member-vault-key`),
  },
  memberAdminsPolicy: { 'member\'s policy under backup-guard': adminsPolicy('member') },
  memberOtherBackupRole: {
    'role of the own plans': role('member', 'role/service-role/AWSBackupDefaultServiceRole'),
  },
  memberKey: { 'member key': key('member', 'member', 'member', 'member.Key') },
  memberKeyWithTheDefaultPolicy: {
    'member key with the default policy': key('member', 'member', 'member', 'defaultKey'),
  },
  memberRoles: {
    'backup role': role('member', 'role/member-backup-role'),
    'member restore role': role('member', 'role/member-restore'),
  },
  memberSamlProvider: {
    'member\'s SAML provider of Identity Center':
      resource('member', 'saml-provider', 'iam::ACCOUNT:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE'),
  },
  memberAdminRoles: { 'role stacksets-exec-evil': role('member', 'role/stacksets-exec-evil') },
  memberServiceLinkedRole: { 'AWSServiceRoleForBackup': role('member', serviceLinked) },
  backupAdminRole: { 'role backup-admin': role('member', 'role/backup-admin') },
  membersControlTowersRole: { 'member\'s role of Control Tower': role('member', 'role/AWSControlTowerExecution') },
  memberStack: {
    'stack of the member': stack('member', 'StackSet-member-account-01234567-89ab-cdef-0123-456789abcdef'),
    'member\'s stack of another StackSet': stack('member', 'StackSet-baseline-01234567-89ab-cdef-0123-456789abcdef'),
    'stack of the member\'s execution role': stack('member', 'stacksets-exec-role-stack-0123456789abcdef'),
  },
  membersWork: otherWork('member'),
  membersOtherServiceLinkedRole: {
    'AWSServiceRoleForAutoScaling':
      role('member', 'role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling'),
  },
};

// The administrators' own policies have to lie under this path: nothing tells a policy by what it is attached to.
function adminsPolicy(account) {
  return resource(account, 'policy', 'iam::ACCOUNT:policy/backup-guard/vault-admin');
}

function otherWork(account) {
  return {
    [`${account}'s other key`]: key(account, 'other', undefined, 'defaultKey'),
    [`${account}'s other alias`]: resource(account, 'alias', `kms:${region}:ACCOUNT:alias/orders`),
    [`${account}'s other role`]: role(account, 'role/orders'),
    [`${account}'s other policy`]: resource(account, 'policy', 'iam::ACCOUNT:policy/orders'),
    [`${account}'s other user`]: resource(account, 'user', 'iam::ACCOUNT:user/orders'),
    [`${account}'s other stack`]: stack(account, 'orders'),
    [`${account}'s other rule`]: rule(account, 'orders'),
    [`${account}'s other topic`]: resource(account, 'topic', `sns:${region}:ACCOUNT:orders`),
    [`${account}'s instance`]: resource(account, 'instance', `ec2:${region}:ACCOUNT:instance/i-0123456789abcdef0`),
    [`${account}'s snapshot`]: resource(account, 'snapshot', `ec2:${region}::snapshot/snap-0123456789abcdef0`),
    [`${account}'s image`]: resource(account, 'image', `ec2:${region}::image/ami-0123456789abcdef0`),
    [`${account}'s object`]: resource(account, 'object', 's3:::orders/2026/01'),
  };
}

// Policies that are not the templates': the default of a key, and the worst that could stand on a key or in a trust.
const allow = (principal, action) => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Bystander', Effect: 'Allow', Principal: principal, Action: action, Resource: '*' }],
});
export const bystanders = {
  defaultKey: account => allow({ AWS: `arn:aws:iam::${account}:root` }, 'kms:*'),
  openKey: () => allow('*', 'kms:*'),
  openTrust: () => allow('*', 'sts:*'),
  shared: () => allow('*', 'backup:*'),
};
