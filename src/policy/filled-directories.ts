import { baseName } from './filters/filter.js';
import { isKnown, PIN_PROGRAMS, systemName } from './pin-programs.js';

/** Options under which a program uses a directory as one object. */
export interface DirectoryProgram {
  readonly options: readonly string[];
  /** The versions that test/escape/filled-directories.test.ts was run with. */
  readonly tried: string;
}

/** For coreutils that look at a directory or change it. */
function coreutil(...options: readonly string[]): DirectoryProgram {
  return { options, tried: 'GNU coreutils 9.1' };
}

/** For programs that go by the name of a directory and open nothing in it. */
function mounter(...options: readonly string[]): DirectoryProgram {
  return { options, tried: 'util-linux 2.38' };
}

/**
 * The programs that may have a directory which is fixed by its name, but in which others can put what
 * they like: these open, change and create nothing under a name in it. All others may, as `cp FILE
 * DIRECTORY` and `chmod -R` do, and would follow a link there. Each row is tried with such links.
 */
export const DIRECTORY_PROGRAMS: Readonly<Record<string, DirectoryProgram>> = {
  ...Object.fromEntries(
    Object.entries(PIN_PROGRAMS).filter(([, { takesDirectories }]) => takesDirectories),
  ),
  df: coreutil('-h', '-i', '-k', '-P', '-T'),
  ls: coreutil('-1', '-A', '-a', '-d', '-i'),
  rmdir: coreutil('-v'),
  stat: coreutil('-c', '-f', '-L', '-t'),
  mount: mounter('--bind', '-r', '-v', '-w'),
  mountpoint: mounter('-d', '-q'),
  umount: mounter('-f', '-l', '-n', '-v'),
};

/** What to do about a directory that others can fill, for a message. */
const ADVICE =
  'name what is meant in it, give the directory to root alone, or use a privileged function in place of the command';

/**
 * Why a program may not be given a directory into which others can put a link at any moment;
 * undefined when it is known to leave alone what is in it.
 *
 * @param file the program's absolute path
 * @param args its arguments, the directory one of them
 */
export function filledRefusal(file: string, args: readonly string[]): string | undefined {
  const name = systemName(file);
  const program =
    name !== undefined && Object.hasOwn(DIRECTORY_PROGRAMS, name)
      ? DIRECTORY_PROGRAMS[name]
      : undefined;
  if (program === undefined) return refusal(baseName(file));
  const option = args.find((word) => !isKnown(word, program.options));
  return option === undefined ? undefined : refusal(`${baseName(file)} ${option}`);
}

function refusal(command: string): string {
  return `is a directory in which others than root can put links, and ${command} is not known to leave alone what is in it: ${ADVICE}`;
}
