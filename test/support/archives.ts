import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VERSION } from '#src/wire/version.js';
import { ROOT, run } from './executable.js';
import { temporaryDirectory } from './policy-files.js';

/** What of the package its programs and links need; documentation and sources are left out. */
const PARTS = ['bin', 'data', 'dist', 'docs/man', 'native', 'prebuilds', 'package.json'];

/** An archive as `npm pack` makes it of what was built, but with another version in all of it. */
export function archiveOf(version: string): string {
  const directory = temporaryDirectory();
  const root = join(directory, 'package');
  for (const part of PARTS) cpSync(join(ROOT, part), join(root, part), { recursive: true });
  rmSync(join(root, 'bin/tsrootwrap-daemon'), { force: true }); // npm packs no links
  const programs = join(root, 'dist/cli');
  for (const name of readdirSync(programs)) {
    if (/\.bundle\../.test(name))
      rmSync(join(programs, name)); // V8's code for the old text
    else if (name.endsWith('.bundle')) replaceVersion(join(programs, name), version);
  }
  replaceVersion(join(root, 'dist/wire/version.js'), version);
  replaceVersion(join(root, 'package.json'), version);
  mkdirSync(join(root, 'node_modules'));
  return packed(directory, version);
}

/** Packs the directory `package` in a directory. */
export function packed(directory: string, name: string): string {
  const archive = join(directory, `tsrootwrap-${name}.tgz`);
  const { status, stderr } = run('/bin/tar', ['-C', directory, '-czf', archive, 'package']);
  if (status !== 0) throw new Error(stderr);
  return archive;
}

function replaceVersion(file: string, version: string): void {
  const text = readFileSync(file, 'latin1');
  writeFileSync(file, text.replaceAll(VERSION, version), 'latin1');
}

/** Where tests install: the directory of the versions, and the prefix with the links. */
export interface Place {
  readonly to: string;
  readonly prefix: string;
}

/** The words behind `sh` that install an archive. */
export function scriptWords(archive: string, { to, prefix }: Place): readonly string[] {
  return [join(ROOT, 'scripts/install.sh'), archive, '--to', to, '--prefix', prefix];
}

/** Runs scripts/install.sh to its end. */
export function installArchive(archive: string, place: Place, umask = '022') {
  const words = ['-c', 'umask "$0"; exec sh "$@"', umask, ...scriptWords(archive, place)];
  return spawnSync('/bin/sh', words, {
    encoding: 'utf8',
    env: { PATH: `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin` },
  });
}
