import { lstatSync, readdirSync, readFileSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isExecutable } from '../../posix/executable.js';
import { quoteForShell } from '../../posix/shell-word.js';
import type { Finding, Severity } from '../finding.js';
import type { Ground } from './ground.js';
import { checkInterpreter } from './interpreter.js';
import type { Purpose } from './purpose.js';

/** Where tsrootwrap is, and where its launcher looks for node. */
export interface Installation {
  /** Paths of `tsrootwrap` as they are called; links are followed. The first that is there counts. */
  readonly launchers: readonly string[];
  /** Where the launcher looks besides its own directory. */
  readonly nodeDirectories: readonly string[];
}

/** The package that this file is part of. */
const PACKAGE = join(import.meta.dirname, '../../..');

/** As native/programs/launcher.c has it. */
export const INSTALLATION: Installation = {
  launchers: ['/usr/local/bin/tsrootwrap', '/usr/bin/tsrootwrap', join(PACKAGE, 'bin/tsrootwrap')],
  nodeDirectories: ['/usr/local/bin', '/usr/bin'],
};

/** What of the package runs as root; the rest is documentation and sources. */
const PARTS = ['bin', 'dist', 'prebuilds', 'data', 'package.json'];

/** Files of one package, and packages: far above real ones. */
const MOST = 20_000;

const RUNS: Purpose = {
  severity: 'high',
  what: 'the program that sudo runs as root',
  gets: 'puts a program of its own in its place, which then runs as root',
};

/** tsrootwrap's launcher, the node that it would take, its package and the packages it needs. */
export function checkInstallation(installation: Installation, ground: Ground): void {
  const launcher = installation.launchers.find(isExecutable);
  if (launcher === undefined) return; // it is installed elsewhere, which the sudoers lines may tell
  ground.file(launcher, RUNS);
  checkInterpreter(launcher, ground, RUNS);
  const root = packageOf(launcher);
  if (root === undefined) return;
  checkNode([dirname(launcher), ...installation.nodeDirectories], launcher, ground);
  for (const part of PARTS) ground.way(join(root, part), { ...RUNS, what: "tsrootwrap's package" });
  tell(
    ground,
    root,
    'tsrootwrap',
    'high',
    PARTS.flatMap((part) => changeable(join(root, part))),
  );
  for (const [place, needed] of dependencies(root)) {
    for (const path of needed) {
      ground.way(path, { ...RUNS, severity: 'medium', what: 'what tsrootwrapctl needs' });
    }
    tell(ground, place, 'what tsrootwrapctl needs', 'medium', needed.flatMap(changeable));
  }
}

/** Each directory before the one that has node counts as well: others must not put one there. */
function checkNode(directories: readonly string[], launcher: string, ground: Ground): void {
  for (const directory of directories) {
    const node = `${directory}/node`;
    ground.way(node, { ...RUNS, what: 'node' });
    if (isExecutable(node)) {
      ground.file(node, { ...RUNS, what: 'node, which runs tsrootwrap as root' });
      return;
    }
  }
  ground.findings.push({
    rule: 'trust-node',
    severity: 'high',
    file: launcher,
    line: 0,
    problem: `there is no node in ${directories.join(', ')}: nothing runs`,
    instead: "link one of root's there, as in ln -s /opt/node/bin/node /usr/local/bin/node",
  });
}

/** The package of bin/tsrootwrap or prebuilds/TARGET/launcher, links followed. */
function packageOf(launcher: string): string | undefined {
  try {
    const above = dirname(dirname(realpathSync(launcher)));
    const root = basename(above) === 'prebuilds' ? dirname(above) : above;
    return nameAndNeeds(root).name === 'tsrootwrap' ? root : undefined;
  } catch {
    return undefined; // a launcher of another make
  }
}

function nameAndNeeds(root: string): { readonly name?: string; readonly needs: string[] } {
  const read: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { name, dependencies = {} } = read as { name?: string; dependencies?: object };
  return { ...(name !== undefined && { name }), needs: Object.keys(dependencies) };
}

/** The packages that a package needs, and those that these need, under the node_modules they are in. */
function dependencies(root: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const known = new Set([root]);
  for (const from of known) {
    for (const need of needsOf(from)) {
      const path = installedAt(need, from);
      if (path === undefined || known.has(path) || known.size === MOST) continue;
      known.add(path);
      const place = path.slice(0, path.lastIndexOf('/node_modules/') + '/node_modules'.length);
      found.set(place, [...(found.get(place) ?? []), path]);
    }
  }
  return found;
}

function needsOf(root: string): readonly string[] {
  try {
    return nameAndNeeds(root).needs;
  } catch {
    return []; // whoever needs it fails by itself
  }
}

/** Where Node finds a package, links followed. */
function installedAt(name: string, from: string): string | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    try {
      return realpathSync(join(directory, 'node_modules', name));
    } catch {
      if (directory === '/') return undefined; // Node looks in the directory above as well
    }
  }
}

/** Paths in a tree that others than root can change. Links are for `Ground.way`. */
function changeable(root: string): readonly string[] {
  const found: string[] = [];
  const left = [root];
  for (let path = left.pop(), count = 0; path !== undefined && count < MOST; path = left.pop()) {
    count++;
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined || stats.isSymbolicLink()) continue;
    if (othersCanChange(stats)) found.push(path);
    if (stats.isDirectory()) left.push(...namesIn(path).map((name) => `${path}/${name}`));
  }
  return found;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // not for us to read, but for root: who can write there was judged
  }
}

/** root's own group is as good as root. */
function othersCanChange({ uid, gid, mode }: Stats): boolean {
  return uid !== 0 || (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0);
}

/** One finding for a tree: somebody else who unpacked it owns every file in it. */
function tell(
  ground: Ground,
  root: string,
  what: string,
  severity: Severity,
  wrong: readonly string[],
): void {
  const [first] = wrong;
  if (first === undefined) return;
  const quoted = quoteForShell(root);
  const finding: Finding = {
    rule: 'trust-package',
    severity,
    file: root,
    line: 0,
    problem: `others than root can change ${wrong.length} files and directories of ${what}, for one ${first}`,
    gets: 'changes what root runs',
    instead: `chown -R root ${quoted} && chmod -R go-w ${quoted}`,
  };
  ground.findings.push(finding);
}
