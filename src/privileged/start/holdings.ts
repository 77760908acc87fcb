import { posix, type User } from '../../posix/addon.js';
import type { Holdings } from '../contexts/assignment.js';
import { capabilityNumbers } from '../contexts/capabilities.js';
import type { ContextDeclaration } from '../contexts/declaration.js';
import { StartError } from './start-error.js';

/** An account as the system knows it. */
export interface Account {
  readonly name: string;
  readonly home: string;
}

/** What a helper's process is to hold, and its user's name and home. */
export interface Resolved {
  readonly holds: Holdings;
  readonly account: Account;
}

/**
 * The numbers behind a declaration's names.
 *
 * @param said who said what a key of the declaration says, for errors
 * @throws {StartError} for a user or a group that is not there
 */
export function resolveHoldings(
  declaration: ContextDeclaration,
  said: (key: 'user' | 'group' | 'groups') => string,
): Resolved {
  const { name: context, user, group, groups, capabilities, umask } = declaration;
  const fault = (problem: string) => new StartError(`context ${context}: ${problem}`);
  const gidOf = (key: 'group' | 'groups', account: string | number): number => {
    const gid = typeof account === 'number' ? account : posix.lookupGroup(account);
    if (gid !== undefined) return gid;
    throw fault(`there is no group ${account}; make it, or correct \`${key}\` in ${said(key)}`);
  };
  const known = knownUser(user);
  if (known === undefined && typeof user === 'string') {
    throw fault(`there is no user ${user}; make it, or correct \`user\` in ${said('user')}`);
  }
  const gid = group === undefined ? known?.gid : gidOf('group', group);
  if (gid === undefined) {
    throw fault(
      `uid ${user} has no entry in the user database, so its group is not known; write \`group\` in ${said('user')}`,
    );
  }
  const supplementary = new Set(groups.map((account) => gidOf('groups', account)));
  return {
    holds: {
      uid: typeof user === 'number' ? user : (known as User).uid,
      gid,
      groups: [...supplementary].sort((a, b) => a - b),
      capabilities: capabilityNumbers(capabilities),
      umask,
    },
    account: { name: known?.name ?? String(user), home: known?.home ?? '/' },
  };
}

function knownUser(user: string | number): User | undefined {
  const name = typeof user === 'number' ? posix.userName(user) : user;
  return name === undefined ? undefined : posix.lookupUser(name);
}
