// Who asks in the sweep. Attackers hold AdministratorAccess; a class has one or more of them, of which the first stands
// for the others where not all are asked. Helpers are roles that services work with: neither attackers nor
// administrators, but somebody may get hold of one.

import { principal, principals as known } from '../world.mjs';

// No guard is attached to the account of a delegate: that is the worst case.
const delegate = name => principal('delegate', `role/${name}`);

const withoutAGuard = name => ({ ...known[name], guard: undefined });

export const people = {
  ...known,
  'delegated administrator of Identity Center': delegate('identity-center'),
  'delegated administrator of policies': delegate('organization-policies'),
  'delegated administrator of accounts': delegate('account-management'),
  'administrator without a guard': withoutAGuard('administrator'),
  'member administrator without a guard': withoutAGuard('member administrator'),
};

export const alone = (...names) => Object.fromEntries(names.map(name => [name, [name]]));

export const centralClasses = {
  'administrator': ['administrator', 'OrganizationAccountAccessRole', 'Identity Center administrator'],
  'root': ['root'],
  'IAM user': ['IAM user', 'federated user'],
  'look-alike of an administrator': ['vault-admin under a path', 'vault-admin with a suffix', 'user of path /:role/'],
};
export const centralHelpers = alone('restore role', 'service role', 'Control Tower');
export const memberClasses = {
  'administrator': ['member administrator', 'member OrganizationAccountAccessRole'],
  'root': ['member root'],
  'IAM user': ['member user of path /:role/'],
};
export const memberHelpers = alone('backup role', 'member restore role', 'role of an own plan',
  'Control Tower in a member');
