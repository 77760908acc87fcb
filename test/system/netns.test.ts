import { chownSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { publicPolicy, tsrootwrap } from '../support/executable.js';
import { networkNamespace } from '../support/namespaces.js';
import { script } from '../support/policy-files.js';
import { type Requirement, testWith } from '../support/requirements.js';

const NEEDS: Requirement[] = ['root', 'iproute2', 'network namespaces'];
const FILTERS = `
exec: IpNetnsExecFilter, ip, root
ip: IpFilter, ip, root
where: CommandFilter, where, root
env: EnvFilter, env, root, WORD=, where
read: ReadFileFilter, /etc/hostname
`;

function policy() {
  const { config, bin } = publicPolicy(FILTERS, 'exec_dirs = bin,/usr/sbin,/sbin,/usr/bin,/bin');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
  script(join(bin, 'where'), 'readlink /proc/self/ns/net; echo "$0 $* ${WORD-unset}"');
  return { config, bin };
}

testWith(NEEDS, 'ip link runs inside a network namespace', () => {
  const { config } = policy();
  const { status, stdout, stderr } = tsrootwrap(config, [
    'ip',
    'netns',
    'exec',
    networkNamespace(),
    'ip',
    'link',
  ]);
  assert.is(status, 0, stderr);
  assert.match(stdout, /^1: lo: .*DOWN/);
  assert.not.match(stdout, /^2: (eth|en)/m);
});

testWith(
  NEEDS,
  'an inner command by its bare name is run by its full path, in the namespace',
  () => {
    const { config, bin } = policy();
    const { stdout } = tsrootwrap(config, [
      'ip',
      'net',
      'e',
      networkNamespace(),
      'where',
      'a',
      'b c',
    ]);
    const [namespace, line] = stdout.trim().split('\n');
    assert.match(namespace ?? '', /^net:\[\d+\]$/);
    assert.is.not(namespace, readlinkSync('/proc/self/ns/net'));
    assert.is(line, `${bin}/where a b c unset`);
  },
);

testWith(NEEDS, 'a path that others can exchange reaches the inner program as the object', () => {
  const { config, directory } = publicPolicy(
    'exec: IpNetnsExecFilter, ip, root\ncat: PathFilter, cat, root, pass, /tmp\n' +
      'tac: PathFilter, tac, root, /tmp',
    'exec_dirs = /usr/sbin,/sbin,/usr/bin,/bin',
  );
  const owned = join(directory, 'owned');
  mkdirSync(owned);
  chownSync(owned, 65534, 65534);
  const file = join(owned, 'file');
  writeFileSync(file, 'OBJECT');
  const inside = ['ip', 'netns', 'exec', networkNamespace()];
  const { status, stdout, stderr } = tsrootwrap(config, [...inside, 'cat', '-E', file]);
  assert.is(stdout, 'OBJECT', stderr);
  assert.is(status, 0);
  const denied = tsrootwrap(config, [...inside, 'tac', file]);
  assert.is(denied.status, 99);
  assert.match(denied.stderr, /tac is not known to work on what was checked: give its directory/);
});

testWith(NEEDS, 'an inner EnvFilter sets its variables for the inner command', () => {
  const { config, bin } = policy();
  const words = ['ip', 'netns', 'exec', networkNamespace(), 'env', 'WORD=here', 'where', 'a'];
  const { stdout, stderr } = tsrootwrap(config, words);
  assert.is(stdout.trim().split('\n')[1], `${bin}/where a here`, stderr);
});

testWith(NEEDS, 'an inner ReadFileFilter reads its file', () => {
  const { config } = policy();
  const { status } = tsrootwrap(config, [
    'ip',
    'netns',
    'exec',
    networkNamespace(),
    'cat',
    '/etc/hostname',
  ]);
  assert.is(status, 0);
});

testWith(NEEDS, 'the inner command’s exit status is the answer', () => {
  const { config, bin } = policy();
  script(join(bin, 'where'), 'exit 42');
  assert.is(tsrootwrap(config, ['ip', 'netns', 'exec', networkNamespace(), 'where']).status, 42);
});

testWith(NEEDS, 'an IpFilter adds and removes devices in a namespace by -n', () => {
  const { config } = policy();
  const name = networkNamespace();
  const add = tsrootwrap(config, ['ip', '-n', name, 'link', 'add', 'd0', 'type', 'dummy']);
  if (add.status !== 0) return console.log(`SKIP: needs dummy devices: ${add.stderr}`);
  assert.match(tsrootwrap(config, ['ip', '-n', name, 'link']).stdout, /d0/);
  assert.is(tsrootwrap(config, ['ip', '-n', name, 'link', 'del', 'd0']).status, 0);
});

test.run();
