import { PACKAGE } from '../../posix/package-directory.js';
import { LOADING_FLAGS } from '../contexts/node-flags.js';

/** Compiled, and not in a bundle: it loads ajv, and modules that import `tsrootwrap/privileged`. */
const PROGRAM = `${PACKAGE}/dist/privileged/helper/main.js`;

/**
 * SIGUSR1 opens Node's debugger to every local user; no socket can listen on this address, which is a
 * multicast one. Node 20 cannot do without: there main.ts also takes the signal away from it.
 */
const NO_DEBUGGER = [
  '--inspect-port=[ff00::]:9229',
  ...['--disable-sigusr1'].filter((flag) => process.allowedNodeEnvironmentFlags.has(flag)),
];

/** The command line of the program that loads modules: in this Node, with these words. */
export function helperCommand(...words: readonly string[]): {
  readonly file: string;
  readonly argv: readonly string[];
} {
  const file = process.execPath;
  return { file, argv: [file, ...NO_DEBUGGER, ...LOADING_FLAGS, PROGRAM, ...words] };
}

/**
 * An environment that holds nothing of the caller's. No compile cache, for the helper and for each Node
 * that its functions start: Node would take V8's code from a directory in /tmp, which anybody can make.
 */
export function madeEnvironment(home: string, user?: string): readonly string[] {
  return [
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    `HOME=${home}`,
    ...(user === undefined ? [] : [`USER=${user}`, `LOGNAME=${user}`]),
    'LANG=C.UTF-8',
    'NODE_DISABLE_COMPILE_CACHE=1',
  ];
}
