import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ground } from '#src/check/trust/ground.js';
import { checkInstallation, INSTALLATION } from '#src/check/trust/installation.js';
import { script, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';
import { brief, giveAway } from '../../support/trust.js';

/** A package with one dependency, which has one of its own, a link to its launcher, and node. */
function installed() {
  const root = temporaryDirectory();
  chmodSync(root, 0o755);
  const at = (path: string) => join(root, path);
  for (const path of [
    'bin',
    'node',
    'p/bin',
    'p/dist/cli',
    'p/node_modules/a',
    'p/node_modules/b',
  ]) {
    mkdirSync(at(path), { recursive: true });
  }
  const manifest = (path: string, needs: object, name = 'tsrootwrap') =>
    writeFileSync(at(`${path}/package.json`), JSON.stringify({ name, dependencies: needs }));
  manifest('p', { a: '1' });
  manifest('p/node_modules/a', { b: '1', absent: '1' }, 'a');
  manifest('p/node_modules/b', { a: '1' }, 'b');
  writeFileSync(at('p/dist/cli/x.bundle'), '');
  script(at('p/bin/tsrootwrap'));
  symlinkSync('../p/bin/tsrootwrap', at('bin/tsrootwrap'));
  script(at('node/node'));
  const told = (nodeDirectories = [at('node')]) => {
    const ground = new Ground();
    checkInstallation({ launchers: [at('bin/tsrootwrap')], nodeDirectories }, ground);
    return brief(ground.findings, root);
  };
  return { at, told };
}

testWith(['root'], "root's installation has nothing to find", () => {
  assert.equal(installed().told(), []);
});

testWith(['root'], 'launcher, node, package and dependencies each count', () => {
  for (const [path, found] of [
    ['bin', 'high trust-directory /bin'],
    ['p/bin/tsrootwrap', 'high trust-owner /p/bin/tsrootwrap'],
    ['node', 'high trust-directory /node'],
    ['node/node', 'high trust-owner /node/node'],
    ['p', 'high trust-directory /p'],
    ['p/dist/cli/x.bundle', 'high trust-package /p'],
    ['p/node_modules/b/package.json', 'medium trust-package /p/node_modules'],
    ['p/node_modules', 'medium trust-directory /p/node_modules'],
  ] as const) {
    const { at, told } = installed();
    giveAway(at(path));
    assert.ok(told().includes(found), `${path}: ${told()}`);
  }
});

testWith(['root'], 'a link to the launcher in prebuilds leads to the package as well', () => {
  const { at, told } = installed();
  mkdirSync(at('p/prebuilds/target'), { recursive: true });
  script(at('p/prebuilds/target/launcher'));
  rmSync(at('bin/tsrootwrap'));
  symlinkSync('../p/prebuilds/target/launcher', at('bin/tsrootwrap'));
  assert.equal(told(), []);
  giveAway(at('p/dist/cli/x.bundle'));
  assert.equal(told(), ['high trust-package /p']);
});

testWith(['root'], 'all files of a package are one finding', () => {
  const { at, told } = installed();
  for (let i = 0; i < 100; i++) {
    writeFileSync(at(`p/dist/${i}`), '');
    chmodSync(at(`p/dist/${i}`), 0o666);
  }
  assert.equal(told(), ['high trust-package /p']);
});

testWith(['root'], 'a place for node that comes first counts though there is none in it', () => {
  const { at, told } = installed();
  mkdirSync(at('first'));
  assert.equal(told([at('first'), at('node')]), []);
  chmodSync(at('first'), 0o777);
  assert.equal(told([at('first'), at('node')]), ['high trust-directory /first']);
  assert.equal(told([at('node'), at('first')]), [], 'behind node it is not asked');
});

testWith(['root'], 'no node at all is told of, and so nothing runs', () => {
  const { at, told } = installed();
  rmSync(at('node/node'));
  assert.equal(told(), ['high trust-node /bin/tsrootwrap']);
});

testWith(['root'], 'links in a package are followed one by one, and loops do no harm', () => {
  const { at, told } = installed();
  symlinkSync('.', at('p/dist/loop'));
  symlinkSync('../..', at('p/node_modules/a/up'));
  assert.equal(told(), []);
});

test('this package can be looked at, whoever owns it', () => {
  const ground = new Ground();
  checkInstallation(INSTALLATION, ground);
  assert.not.ok(ground.findings.some(({ rule }) => rule === 'trust-unknown'));
});

test.run();
