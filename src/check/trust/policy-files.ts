import type { PolicySource } from '../../policy/policy-source.js';
import type { Ground } from './ground.js';
import type { Purpose } from './purpose.js';

/** What the engine itself looks at, and stops for: nothing runs. */
const REFUSED = 'the engine refuses it, exit code 97';

/**
 * The configuration, the filters directories and the filter files, with all that is above them. The
 * engine looks at the files and directories that it reads, and not at what is above.
 */
export function checkPolicyFiles({ path, config, files }: PolicySource, ground: Ground): void {
  for (const directory of config?.filtersPath ?? [path]) {
    const what = 'a filters directory';
    ground.directory(directory, refused(what), above(what));
  }
  for (const file of files) {
    const what = file === config?.file ? 'the configuration' : 'a filter file';
    if (ground.file(file, refused(what), above(what)) === undefined) {
      ground.unknown(file, `${what} was read, but cannot be looked at`);
    }
  }
}

function above(what: string): Purpose {
  return {
    severity: 'high',
    what,
    gets: "puts another of root's files in its place, such as an old version or another program's",
  };
}

function refused(what: string): Purpose {
  return { severity: 'high', what, so: REFUSED, strict: true };
}
