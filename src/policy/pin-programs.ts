import { realpathSync, statSync } from 'node:fs';
import type { Pin } from '../posix/addon.js';
import { baseName } from './filters/filter.js';

/** How a program uses a path that it is given as `/proc/self/fd/N`. */
export interface PinProgram {
  /** Directories as well; else a directory is refused, since the program works on names in it. */
  readonly takesDirectories: boolean;
  /** Names what it makes in a directory after the path, which would be a number. */
  readonly namesCopies?: boolean;
  /** Options with which it still works on the object. Others are refused: `-R`, `-h`, `-a`... */
  readonly options: readonly string[];
  /** The versions that test/escape/pin-programs.test.ts was run with. */
  readonly tried: string;
}

const COREUTILS = 'GNU coreutils 9.1';

/** For programs that open a file and read it. */
function reader(...options: readonly string[]): PinProgram {
  return { takesDirectories: false, options, tried: COREUTILS };
}

/** For programs that change the attributes of whatever it is. */
function changer(...options: readonly string[]): PinProgram {
  return { takesDirectories: true, options, tried: COREUTILS };
}

/**
 * The programs that work on the object when a path is `/proc/self/fd/N`: the kernel leads them to
 * what was opened, whatever happens to the names. A program that is not here may read the link back
 * to a name (mount, losetup, swapon, fsck), and is then raced as if nothing had been pinned, or act on
 * the link itself (`chown -R`, `chown -h`, rm, mv, `cp -a`). Each row is tried by a race.
 */
export const PIN_PROGRAMS: Readonly<Record<string, PinProgram>> = {
  cat: reader('-A', '-b', '-E', '-n', '-s', '-T', '-u', '-v'),
  cksum: reader(),
  head: reader('-c', '-n', '-q', '-v'),
  md5sum: reader('-b', '-t'),
  sha256sum: reader('-b', '-t'),
  tail: reader('-c', '-n', '-q', '-v'),
  wc: reader('-c', '-l', '-m', '-w'),

  chgrp: changer('-c', '-f', '-v', '--dereference'),
  chmod: changer('-c', '-f', '-v'),
  chown: changer('-c', '-f', '-v', '--dereference'),
  touch: changer('-a', '-c', '-m'),

  cp: { ...reader('-f', '-L', '-p', '-T', '-v'), namesCopies: true },
  tee: reader('-a'),
  truncate: reader('-c', '-s'),
  fallocate: {
    takesDirectories: false,
    options: ['-l', '-n', '-o'],
    tried: 'util-linux 2.38',
  },
  mke2fs: {
    takesDirectories: false,
    options: ['-b', '-F', '-i', '-L', '-m', '-N', '-q', '-t', '-U', '-v'],
    tried: 'e2fsprogs 1.47',
  },
};

/** Prefixes that hand descriptors and words on as they are, to the program behind them. */
export const PIN_PREFIXES: readonly string[] = [
  'chrt',
  'ionice',
  'ip',
  'nice',
  'setsid',
  'taskset',
  'timeout',
];

/** Where the programs that were tried live. What stands elsewhere under the name is another one. */
const SYSTEM_DIRECTORIES: readonly string[] = ['/bin', '/sbin', '/usr/bin', '/usr/sbin'];

/** What to do about a path that others can exchange, for a message. */
const ADVICE =
  'give its directory and all above it to root alone, or use a privileged function in place of the command';

/**
 * Why a program may not be given these paths, which somebody else could exchange at any moment;
 * undefined when it is known to work on what was checked.
 *
 * @param file the program's absolute path
 * @param args its arguments
 */
export function pinRefusal(
  file: string,
  args: readonly string[],
  pins: readonly Pin[],
): string | undefined {
  const written = baseName(file);
  const program = pinProgram(file);
  if (program === undefined) {
    return refusal(`${written} is not known to work on what was checked`);
  }
  const pinned = new Set(pins.map(({ index }) => index));
  const option = args.find((word, index) => !pinned.has(index) && !isKnown(word, program.options));
  if (option !== undefined) {
    return refusal(`${written} ${option} is not known to work on what was checked`);
  }
  if (!program.takesDirectories && pins.some(({ isDirectory }) => isDirectory)) {
    return refusal(`${written} works on names in a directory`);
  }
  if (program.namesCopies && isDirectory(args.at(-1) ?? '')) {
    return refusal(
      `${written} would name the copy after a descriptor: name the file, not its directory`,
    );
  }
  return undefined;
}

/** What cannot be looked at may be one. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return true;
  }
}

/** As `pinRefusal`, for a prefix in front of a command that has such paths. */
export function pinPrefixRefusal(file: string): string | undefined {
  if (PIN_PREFIXES.includes(systemName(file) ?? '')) return undefined;
  return refusal(`${baseName(file)} is not known to hand on what was checked`);
}

/** The program's row; undefined when it is not known to work on what it is given. */
export function pinProgram(file: string): PinProgram | undefined {
  const name = systemName(file);
  return name !== undefined && Object.hasOwn(PIN_PROGRAMS, name) ? PIN_PROGRAMS[name] : undefined;
}

function refusal(cause: string): string {
  return `could be exchanged by others than root, and ${cause}: ${ADVICE}`;
}

/** A word that is no option, one that is known, or known ones joined (`-fv`). */
export function isKnown(word: string, options: readonly string[]): boolean {
  if (!word.startsWith('-') || word === '-' || word === '--') return true;
  if (options.includes(word)) return true;
  return (
    /^-[A-Za-z]{2,}$/.test(word) &&
    [...word.slice(1)].every((letter) => options.includes(`-${letter}`))
  );
}

/**
 * The name of the system's program, at the end of all links: `mkfs.ext4` is mke2fs, and where cat is
 * busybox it is busybox, another program than the one that was tried.
 */
export function systemName(file: string): string | undefined {
  let real: string;
  try {
    real = realpathSync(file);
  } catch {
    return undefined; // removed meanwhile: it cannot start either
  }
  const name = baseName(real);
  return SYSTEM_DIRECTORIES.includes(real.slice(0, -name.length - 1)) ? name : undefined;
}
