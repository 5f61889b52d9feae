// What the roles of stacks/watch.yaml may do to the guard, its stacks, the vault and the key: the watch reads, and the
// healer has CloudFormation apply a template again. No guard binds them, so their own policies alone answer.

import { allowed, denied } from './rows.mjs';

const watch = ['the watch'];
const healer = ['the healer'];
const both = [...watch, ...healer];
const memory = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];
const changeSets
  = ['cloudformation:CreateChangeSet', 'cloudformation:DeleteChangeSet', 'cloudformation:ExecuteChangeSet'];
const named = name => ({ context: { 'cloudformation:ChangeSetName': name } });
const changeSet = 'arn:aws:cloudformation:eu-west-1:111122223333:changeSet/org-policy-heal-1/0123456789ab';
const forIt = { context: { 'aws:CalledVia': ['cloudformation.amazonaws.com'] } };
const planning = ['backup:DescribeGlobalSettings', 'backup:DescribeRegionSettings',
  'cloudformation:DescribeOrganizationsAccess', 'cloudformation:DescribeStacks', 'cloudformation:GetTemplate',
  'cloudformation:ListExports', 'cloudformation:ListStackResources', 'organizations:DescribePolicy',
  'organizations:ListAccountsForParent', 'organizations:ListAWSServiceAccessForOrganization',
  'organizations:ListOrganizationalUnitsForParent', 'organizations:ListPolicies', 'organizations:ListRoots',
  'organizations:ListTagsForResource', 'organizations:ListTargetsForPolicy'];

const table = [
  // Both.
  denied('changes no policy and no organization', both, ['organizations:*', 'account:*'], ['anything', 'guards']),
  denied('changes neither vault, backup, key nor alarm', both, ['backup:*', 'kms:*', 'events:*', 'sns:*', 'cloudtrail:*'],
    ['centralVaults', 'centralPoints', 'centralKey', 'alarmKey', 'alarmRules', 'alarmTopic', 'trail']),
  denied('gets no other role, and no more rights', both, ['iam:*', 'sts:*', 'sso:*', 'sso-directory:*'],
    ['anything', 'adminRoles', 'rolesOfTheWatch']),
  denied('reads and writes no files', both, ['s3:*', 's3:GetObject', 'ssm:*', 'ssm:GetParameter', 'secretsmanager:*',
    'secretsmanager:GetSecretValue'], ['anything']),
  denied('touches no stack', both, ['cloudformation:*'], ['anything', 'healedStacks', 'otherStacks', 'guardedStacks']),
  denied('changes and calls no function', both, ['lambda:*'], ['theFunction', 'otherFunctions']),
  denied('touches no other table, topic, queue or log', both,
    ['dynamodb:*', 'dynamodb:GetItem', 'sns:*', 'sqs:*', 'sqs:ReceiveMessage', 'logs:*'], ['othersOfTheWatchsKind']),
  denied('does nothing else to its own', both, ['dynamodb:*', 'sns:*', 'sqs:*', 'logs:*'],
    ['watchsTable', 'watchsTopic', 'watchsQueue', 'watchsLog']),
  allowed('knows stacks and policies', both, planning, ['anything']),
  allowed('remembers', both, memory, ['watchsTable']),
  allowed('tells', both, ['sns:Publish'], ['watchsTopic']),
  allowed('logs', both, ['logs:CreateLogStream', 'logs:PutLogEvents'], ['watchsLog']),

  // The watch.
  allowed('looks for accounts whose policy is withheld', watch,
    ['organizations:ListAccountsWithInvalidEffectivePolicy', 'organizations:ListEffectivePolicyValidationErrors'],
    ['anything']),
  allowed('asks who it was', watch, ['cloudtrail:LookupEvents'], ['anything']),
  allowed('is told of changes', watch, ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    ['watchsQueue']),
  denied('applies no template', watch, changeSets, ['healedStacks'], named('org-policy-heal-1')),

  // The healer.
  allowed('applies a template again', healer, changeSets, ['healedStacks'], named('org-policy-heal-1')),
  allowed('applies a template again, by the ARN of the change set', healer, changeSets, ['healedStacks'],
    named(changeSet)),
  denied('carries out no change set that somebody else has made', healer, changeSets, ['healedStacks'],
    named('release-2026')),
  denied('applies no template of another stack', healer, changeSets, ['otherStacks', 'guardedStacks'],
    named('org-policy-heal-1')),
  allowed('sees what comes of it', healer, ['cloudformation:DescribeChangeSet', 'cloudformation:DescribeStackEvents'],
    ['healedStacks']),
  denied('sees nothing of other stacks\' changes', healer,
    ['cloudformation:DescribeChangeSet', 'cloudformation:DescribeStackEvents'], ['otherStacks']),
  allowed('has the function write', healer, ['lambda:InvokeFunction'], ['theFunction']),
  allowed('CloudFormation updates nested stacks for it', healer, ['cloudformation:UpdateStack'], ['healedStacks'], forIt),
  denied('CloudFormation updates no other stacks for it', healer, ['cloudformation:UpdateStack'], ['otherStacks'], forIt),
  allowed('CloudFormation reads nested templates for it', healer, ['s3:GetObject'], ['templates'],
    { context: { ...forIt.context, 'aws:ResourceAccount': '111122223333' } }),
  denied('CloudFormation reads nothing of other accounts for it', healer, ['s3:GetObject'], ['templates'],
    { context: { ...forIt.context, 'aws:ResourceAccount': '555566667777' } }),
  denied('reads no template by itself', healer, ['s3:GetObject'], ['templates'],
    { context: { 'aws:ResourceAccount': '111122223333' } }),
];

export const watchRoles = { name: 'watch', table, settings: { 'with Heal': {} } };
