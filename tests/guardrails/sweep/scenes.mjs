// The sweep's scenes: under which guard, who asks, and about what. `asksAllOfNothing`: each action is asked without a
// resource, too, because lockdown denies by one statement whatever the resource is.

import { centralKinds, delegatedKinds, memberKinds, membersReachedFromElsewhere, reachedFromElsewhere, sharedKinds }
  from './kinds.mjs';
import { alone, centralClasses, centralHelpers, memberClasses, memberHelpers } from './people.mjs';

const centralTrusted = {
  'vault administrator': ['vault-admin', 'Identity Center VaultAdmin', 'Identity Center VaultAdmin of us-east-1'],
  'StackSets': ['StackSets in central'],
};
const memberTrusted = { 'backup administrator': ['backup-admin'], 'StackSets': ['StackSets in a member'] };
const central = { kinds: centralKinds, attackers: centralClasses, helpers: centralHelpers, trusted: centralTrusted };

const fromElsewhere = (kinds, attackers, helpers = {}) => ({ guards: {}, kinds, attackers, helpers, trusted: {} });

export const scenes = {
  core: { ...central, guards: { vaultGuard: 'core.VaultGuard' } },
  lockdown: { ...central, guards: { vaultGuard: 'lockdown.VaultGuard' }, asksAllOfNothing: true },
  member: { guards: { memberGuard: 'memberGuard.MemberGuard' }, kinds: memberKinds,
    attackers: memberClasses, helpers: memberHelpers, trusted: memberTrusted },
  'from a member': fromElsewhere(reachedFromElsewhere,
    alone('member administrator without a guard', 'outsider')),
  'from the backup account': fromElsewhere(membersReachedFromElsewhere,
    alone('administrator without a guard', 'outsider')),
  'delegated: Identity Center': fromElsewhere(delegatedKinds.identityCenter,
    alone('delegated administrator of Identity Center')),
  'delegated: policies': fromElsewhere(delegatedKinds.policies, alone('delegated administrator of policies')),
  'delegated: accounts': fromElsewhere(delegatedKinds.accounts, alone('delegated administrator of accounts')),
  'recovery account': fromElsewhere(sharedKinds, alone('recovery administrator'), alone('recovery role')),
};

export const isHelper = who => Object.values(scenes).some(({ helpers }) => who in helpers);
