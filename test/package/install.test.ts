import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nativeFile } from '#src/posix/native-file.js';
import { PACKAGE } from '#src/posix/package-directory.js';
import { archiveOf, installArchive, type Place, packed } from '../support/archives.js';
import { publicDirectory, run } from '../support/executable.js';
import { script, temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const NAMES = ['tsrootwrap', 'tsrootwrap-daemon', 'tsrootwrap-privileged', 'tsrootwrapctl'];

function newPlace(): Place {
  const above = publicDirectory();
  const place = { to: join(above, 'versions'), prefix: join(above, 'prefix') };
  mkdirSync(join(place.prefix, 'bin'), { recursive: true });
  symlinkSync(process.execPath, join(place.prefix, 'bin/node'));
  return place;
}

const versionBy = (program: string) => run(program, ['--version']).stdout;
const find = (...words: string[]) => spawnSync('find', words, { encoding: 'utf8' }).stdout;

let first: string | undefined;
const firstArchive = () => (first ??= archiveOf('1.0.0'));

testWith(['root'], 'an archive is installed with its programs and manual pages', () => {
  const place = newPlace();
  const { status, stdout, stderr } = installArchive(firstArchive(), place);
  assert.is(status, 0, stderr);
  assert.match(stdout, /^tsrootwrap 1\.0\.0 is installed: \S+\/prefix\/bin\/tsrootwrap\n$/);
  assert.is(stderr, '');
  for (const name of NAMES.slice(0, 3)) {
    assert.is(versionBy(join(place.prefix, 'bin', name)), `${name} 1.0.0\n`);
  }
  assert.ok(existsSync(join(place.prefix, 'bin/tsrootwrapctl')));
  assert.ok(existsSync(join(place.prefix, 'share/man/man5/rootwrap.conf.5')));
  assert.equal(readdirSync(place.to).sort(), ['1.0.0', 'current']);
});

testWith(['root'], "what was installed is root's alone, under any umask", () => {
  for (const umask of ['000', '077']) {
    const place = newPlace();
    assert.is(installArchive(firstArchive(), place, umask).status, 0);
    const wrong = ['(', '!', '-user', 'root', '-o', '-perm', '/6022', ')', '!', '-type', 'l'];
    assert.is(find(place.to, place.prefix, ...wrong), '');
    const closed = ['!', '-type', 'l', '!', '-perm', '-444'];
    assert.is(find(place.to, place.prefix, ...closed), '');
  }
});

testWith(['root'], 'an upgrade keeps the old version, and the old archive goes back to it', () => {
  const place = newPlace();
  const program = join(place.prefix, 'bin/tsrootwrap');
  installArchive(firstArchive(), place);
  const { stdout } = installArchive(archiveOf('1.1.0'), place);
  assert.match(stdout, /Remove \S+\/versions\/1\.0\.0 when nothing runs from it any more/);
  assert.is(versionBy(program), 'tsrootwrap 1.1.0\n');
  assert.equal(readdirSync(place.to).sort(), ['1.0.0', '1.1.0', 'current']);
  installArchive(firstArchive(), place);
  assert.is(versionBy(program), 'tsrootwrap 1.0.0\n');
});

testWith(['root'], 'another build of a version that is installed is refused', () => {
  const place = newPlace();
  installArchive(firstArchive(), place);
  const changed = join(place.to, '1.0.0/data/programs.json');
  writeFileSync(changed, '{}');
  const { status, stderr } = installArchive(firstArchive(), place);
  assert.is(status, 1);
  assert.match(stderr, /another build of this version/);
  assert.equal(readdirSync(place.to).sort(), ['1.0.0', 'current']);
});

testWith(['root'], 'an archive whose program does not start changes nothing', () => {
  const place = newPlace();
  installArchive(firstArchive(), place);
  const directory = temporaryDirectory();
  run('/bin/tar', ['-C', directory, '-xzf', archiveOf('2.0.0')]);
  writeFileSync(
    join(directory, 'package/bin/program.js'),
    'console.error("too old"); process.exit(97)',
  );
  const { status, stderr } = installArchive(packed(directory, '2.0.0'), place);
  assert.is(status, 1);
  assert.match(stderr, /too old\n.*tsrootwrap 2\.0\.0 does not start here/);
  assert.equal(readdirSync(place.to).sort(), ['1.0.0', 'current']);
  assert.is(readlinkSync(join(place.to, 'current')), '1.0.0');
});

testWith(['root'], 'what is no archive of tsrootwrap is refused, and steers nothing', () => {
  const manifests = {
    'another package': { name: 'other', version: '1.0.0', bin: { x: 'x' }, man: [] },
    'a version above': { name: 'tsrootwrap', version: '../x', bin: {}, man: [] },
    'a version that is a word of the shell': { name: 'tsrootwrap', version: '$(id)', bin: {}, man: [] },
    'a program elsewhere': { name: 'tsrootwrap', version: '1.0.0', bin: { '../x': 'x' }, man: [] },
    'a program above': { name: 'tsrootwrap', version: '1.0.0', bin: { x: 'a/../../x' }, man: [] },
    'a line end': { name: 'tsrootwrap', version: '1.0.0', bin: { 'x\nbin y z': 'x' }, man: [] },
  }; // biome-ignore format: a table reads better
  for (const [what, manifest] of Object.entries(manifests)) {
    const place = newPlace();
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'package'));
    writeFileSync(join(directory, 'package/package.json'), JSON.stringify(manifest));
    const { status, stderr } = installArchive(packed(directory, 'x'), place);
    assert.is(status, 1, what);
    assert.match(stderr, /no archive of tsrootwrap/, what);
    assert.equal(readdirSync(place.to), [], what);
    assert.equal(readdirSync(join(place.prefix, 'bin')), ['node'], what);
  }
});

testWith(['root'], 'a place in which others than root can write is refused', () => {
  for (const name of ['to', 'prefix'] as const) {
    for (const spoil of [
      (path: string) => chmodSync(path, 0o775),
      (path: string) => chmodSync(path, 0o757),
      (path: string) => chownSync(path, 65_534, 0),
    ]) {
      const place = newPlace();
      const above = name === 'to' ? join(place.to, 'above') : join(place.prefix, 'bin');
      mkdirSync(above, { recursive: true });
      spoil(above);
      const to = name === 'to' ? join(above, 'versions') : place.to;
      const { status, stderr } = installArchive(firstArchive(), { ...place, to });
      assert.is(status, 1);
      assert.ok(stderr.includes(`others than root can write to ${above}`), stderr);
      assert.equal(readdirSync(to), []);
    }
  }
});

testWith(['root'], 'the sticky bit is enough above a place, not for the place itself', () => {
  const place = newPlace();
  mkdirSync(place.to);
  chmodSync(place.to, 0o1777);
  const { status, stderr } = installArchive(firstArchive(), place);
  assert.is(status, 1);
  assert.ok(stderr.includes(`others than root can write to ${place.to}`), stderr);
  assert.equal(readdirSync(place.to), []);
  const below = { ...place, to: join(place.to, 'own') };
  assert.is(installArchive(firstArchive(), below).status, 0);
});

testWith(['root'], 'a version that another user owns or can write to is not taken over', () => {
  for (const spoil of [
    (path: string) => chownSync(path, 65_534, 65_534),
    (path: string) => chmodSync(path, 0o666),
  ]) {
    const place = newPlace();
    installArchive(firstArchive(), place);
    spoil(join(place.to, '1.0.0/bin/program.js'));
    const { status, stderr } = installArchive(firstArchive(), place);
    assert.is(status, 1);
    assert.match(stderr, /others than root own or can write to what is in \S+\/1\.0\.0: remove it/);
  }
});

testWith(['root'], "directories of manual pages are root's alone, too", () => {
  const place = newPlace();
  const pages = join(place.prefix, 'share/man/man5');
  mkdirSync(pages, { recursive: true });
  chmodSync(pages, 0o777);
  const { status, stderr } = installArchive(firstArchive(), place);
  assert.is(status, 1);
  assert.ok(stderr.includes(`others than root can write to ${pages}`), stderr);
  assert.equal(readdirSync(place.to), []);
});

testWith(['root'], "npm's links become links to the version; files in their place are kept", () => {
  const place = newPlace();
  const link = join(place.prefix, 'bin/tsrootwrap');
  symlinkSync('../lib/node_modules/tsrootwrap/bin/tsrootwrap', link);
  assert.is(installArchive(firstArchive(), place).status, 0);
  assert.is(realpathSync(link), nativeFile('launcher').replace(PACKAGE, join(place.to, '1.0.0')));
  const other = newPlace();
  const own = script(join(other.prefix, 'bin/tsrootwrapctl'), 'echo own');
  const { status, stderr } = installArchive(firstArchive(), other);
  assert.is(status, 1);
  assert.match(stderr, /tsrootwrapctl is no link; move it away/);
  assert.is(run(own, []).stdout, 'own\n');
  assert.equal(readdirSync(other.to), []);
});

testWith(['root'], 'words that are no archive, and options that do not exist, are refused', () => {
  const place = newPlace();
  for (const archive of ['/nonexistent.tgz', '--force', '']) {
    const { status, stderr } = installArchive(archive, place);
    assert.is(status, 1, archive);
    assert.match(stderr, /^install\.sh: /);
  }
});

test.run();
