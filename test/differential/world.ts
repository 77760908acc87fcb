import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { script, temporaryDirectory } from '../support/policy-files.js';

/** Programs in exec_dirs; a filter may also name ABSENT, which is nowhere. */
export const PROGRAMS = [
  'cat', 'chown', 'cp', 'env', 'find', 'ionice', 'ip', 'ls', 'lvs', 'mv', 'nice', 'pvs', 'tc', 'tool',
] as const; // biome-ignore format: a table

export const ABSENT = 'absent';

/** Directories, programs and processes that both sides look at. */
export interface World {
  /** For exec_dirs; the second has a `late`, and a `folder` that is a directory in the first. */
  readonly execDirs: readonly string[];
  /** Base directory of PathFilters. */
  readonly images: string;
  /** Paths in, around and out of it. */
  readonly paths: readonly string[];
  readonly processes: readonly Process[];
}

export interface Process {
  readonly pid: number;
  readonly path: string;
  readonly name: string;
}

/**
 * The policy reads PATH as this process was given it. So the test file is run once more, by a process
 * that is started with the world's PATH, and this one ends as that does.
 */
function withPath(root: string): never {
  const path = `${join(root, 'sleepers')}:${join(root, 'loose')}:${process.env.PATH}`;
  const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, PATH: path, TSROOTWRAP_WORLD: root },
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

export function createWorld(): World {
  const root = process.env.TSROOTWRAP_WORLD ?? withPath(temporaryDirectory());
  const at = (...names: string[]) => join(root, ...names);
  for (const name of ['bin', 'bin/folder', 'bin2', 'sleepers', 'elsewhere', 'loose'])
    mkdirSync(at(name));
  for (const name of PROGRAMS) script(at('bin', name));
  for (const name of ['late', 'folder', 'cat']) script(at('bin2', name));
  writeFileSync(at('bin', 'late'), 'no execute bit');
  chmodSync(at('loose'), 0o777);
  return {
    execDirs: [at('bin'), at('bin2')],
    images: at('images'),
    paths: createImages(at('images')),
    processes: createProcesses(at),
  };
}

function createImages(images: string): string[] {
  const evil = `${images}-evil`;
  for (const directory of [images, evil, join(images, 'sub'), join(images, 'open')])
    mkdirSync(directory);
  for (const file of ['disk', 'sub/disk', 'open/disk', 'pass'])
    writeFileSync(join(images, file), '');
  writeFileSync(join(evil, 'disk'), '');
  symlinkSync('sub/disk', join(images, 'inside'));
  symlinkSync('../images-evil/disk', join(images, 'outside'));
  symlinkSync('/etc', join(images, 'away'));
  symlinkSync('loop', join(images, 'loop'));
  symlinkSync(images, join(evil, 'back'));
  chmodSync(join(images, 'open'), 0o777);
  const below =
    '/disk /sub/disk /open /open/disk /open/new /new /inside /outside /away /away/passwd /loop /loop/x / /.. /../images-evil/disk /sub/../disk //disk /./disk /disk/../inside /new/../disk'.split(
      ' ',
    );
  const beside = [
    images,
    evil,
    `${evil}/disk`,
    `${evil}/back/disk`,
    `${images}2`,
    `/${images}/disk`,
  ];
  return [
    ...below.map((path) => images + path),
    ...beside,
    '/',
    '/etc/passwd',
    'package.json',
    '',
    '.',
  ];
}

function createProcesses(at: (...names: string[]) => string): Process[] {
  const places = [
    ['sleepers', 'sleeper'],
    ['sleepers', 'other'],
    ['sleepers', 'removed'],
    ['elsewhere', 'sleeper'],
    ['loose', 'drifter'],
  ] as const;
  return places.map(([directory, name]) => {
    const path = at(directory, name);
    copyFileSync('/bin/sleep', path);
    chmodSync(path, 0o755);
    const child = spawn(path, ['600'], { stdio: 'ignore' });
    endWithThis(child);
    if (name === 'removed') unlinkSync(path);
    return { pid: child.pid ?? 0, path, name };
  });
}

function endWithThis(child: ChildProcess): void {
  child.unref();
  process.on('exit', () => child.kill('SIGKILL'));
}
