import type { PolicySource } from '../../policy/policy-source.js';
import { posix } from '../../posix/addon.js';
import type { Ground } from './ground.js';
import { checkInterpreter } from './interpreter.js';
import type { Purpose } from './purpose.js';

/** The programs that filters name, and the directories in which they are looked for. */
export function checkPrograms({ config, policy }: PolicySource, ground: Ground): void {
  if (config !== undefined && config.execDirs === undefined) {
    ground.findings.push({
      rule: 'trust-exec-dirs',
      severity: 'low',
      file: config.file,
      line: 0,
      problem: 'it does not say where programs are: the PATH of whoever calls is taken',
      instead: 'write exec_dirs = /usr/sbin,/usr/bin,/sbin,/bin under [DEFAULT]',
    });
  }
  for (const [exec, users] of usersByProgram(policy)) {
    const found = policy.findExecutable(exec);
    const purpose = purposeFor(exec, users);
    if (found !== undefined) {
      if (ground.file(found, purpose) !== undefined) checkInterpreter(found, ground, purpose);
    } else if (exec.startsWith('/')) {
      ground.way(exec, purpose); // others may be able to make it
    }
  }
  for (const directory of config?.execDirs ?? []) {
    ground.directory(directory, {
      severity: 'high',
      what: 'a directory of exec_dirs',
      gets: 'puts a program there that a filter names, which then runs as root',
    });
  }
}

/** Each program that filters name with the users that it runs as. */
function usersByProgram(policy: PolicySource['policy']): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { exec, user } of policy.filters) {
    const users = found.get(exec);
    if (users === undefined) found.set(exec, new Set([user]));
    else users.add(user);
  }
  return found;
}

/** A program that runs as one user only may be that user's: nobody gains by exchanging it. */
function purposeFor(exec: string, users: ReadonlySet<string>): Purpose {
  const [user = 'root'] = users;
  const uid = users.size === 1 ? posix.lookupUser(user)?.uid : undefined;
  const asRoot = uid === undefined || uid === 0;
  return {
    severity: asRoot ? 'high' : 'medium',
    what: `the program ${exec}, which filters allow`,
    gets: `puts a program of its own in its place, which then runs as ${asRoot ? 'root' : user}`,
    ...(!asRoot && { alsoOwner: uid }),
  };
}
