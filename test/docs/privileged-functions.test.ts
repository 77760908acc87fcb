import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Account, temporaryUser } from '../support/accounts.js';
import { publicDirectory, ROOT, run } from '../support/executable.js';
import { networkNamespace } from '../support/namespaces.js';
import { testWith } from '../support/requirements.js';
import { sudoer } from '../support/sudoers.js';

const DOCUMENT = 'docs/privileged-functions.md';
const NEEDS = ['root', 'sudo', 'iproute2', 'network namespaces'] as const;

interface Block {
  readonly language: string;
  readonly text: string;
  /** What its first line says, in a comment. */
  readonly path: string | undefined;
}

const BLOCKS: readonly Block[] = [
  ...readFileSync(DOCUMENT, 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms),
].map(([, language = '', text = '']) => {
  return { language, text, path: /^(?:\/\/|#) (\/\S+)\n/.exec(text)?.[1] };
});

function only(language: string, word: string): string {
  const found = BLOCKS.filter((block) => block.language === language && block.text.includes(word));
  assert.is(found.length, 1, `blocks of ${language} with ${word}`);
  return found[0]?.text ?? '';
}

interface Machine {
  /** Where what the page puts below / lies. */
  readonly root: string;
  readonly bin: string;
  readonly service: Account;
  readonly namespace: string;
  /** A text of the page with the paths and users of this machine. */
  here(text: string): string;
}

/** Everything that the page sets up, below a directory and for users of this test's. */
function setUp(): Machine {
  const root = publicDirectory();
  const bin = join(root, 'usr/local/bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const name of ['tsrootwrap', 'tsrootwrap-daemon', 'tsrootwrap-privileged']) {
    symlinkSync(join(ROOT, 'bin/tsrootwrap'), join(bin, name));
  }
  const helper = temporaryUser();
  const config = join(root, 'etc/app/rootwrap.conf');
  const program = join(bin, 'tsrootwrap');
  const service = sudoer(
    [program, config, '*,', `${program}-daemon`, config],
    `secure_path=${bin}:/usr/sbin:/usr/bin`,
  );
  const here = (text: string) =>
    text
      .replace(/\/(etc\/app|opt\/app|usr\/local\/bin)/g, `${root}/$1`)
      .replaceAll("'svc-net'", `'${helper.name}'`);
  for (const [index, { path, text }] of BLOCKS.entries()) {
    if (path === undefined) continue;
    // two blocks are parts of one file of filters
    const file = path.endsWith('.filters') ? `${path}${index}` : path;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), here(text));
  }
  const app = join(root, 'opt/app');
  mkdirSync(join(app, 'node_modules'));
  symlinkSync(ROOT, join(app, 'node_modules/tsrootwrap'));
  writeFileSync(join(app, 'package.json'), '{"type":"module"}');
  const namespace = networkNamespace();
  run('ip', ['-n', namespace, 'link', 'add', 'tap0', 'type', 'bridge']);
  run('ip', ['-n', namespace, 'link', 'add', 'br0', 'type', 'bridge']);
  return { root, bin, service, namespace, here };
}

/** Runs a program of the service's in the namespace, as the service's user. */
function serve({ root, bin, service, namespace }: Machine, file: string) {
  const { uid, gid } = service;
  const as = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
  return run('ip', ['netns', 'exec', namespace, ...as, process.execPath, file], {
    cwd: root,
    env: { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`, HOME: '/' },
  });
}

function proxyArp({ namespace }: Machine): string {
  const file = '/proc/sys/net/ipv4/conf/tap0/proxy_arp';
  return run('ip', ['netns', 'exec', namespace, 'cat', file]).stdout.trim();
}

let machine: Machine | undefined;
const theMachine = () => {
  machine ??= setUp();
  return machine;
};

/** What each of the three ways leaves undone, so that the next one does it. */
function reset({ namespace }: Machine): void {
  run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv4.conf.tap0.proxy_arp=0']);
}

for (const [way, word] of [
  ['a command through tsrootwrap', "import { execFile } from 'node:child_process'"],
  ['the same through the daemon', 'new RootwrapClient('],
] as const) {
  testWith(NEEDS, `the worked example: ${way}`, () => {
    const here = theMachine();
    reset(here);
    const file = join(here.root, 'opt/app', `${way.replaceAll(' ', '-')}.mjs`);
    writeFileSync(file, here.here(only('js', word)));
    const { status, stderr } = serve(here, file);
    assert.is(status, 0, stderr);
    assert.is(proxyArp(here), '1');
  });
}

testWith(NEEDS, 'the worked example: a function', () => {
  const here = theMachine();
  reset(here);
  const { status, stderr } = serve(here, join(here.root, 'opt/app/service.js'));
  assert.is(status, 0, stderr);
  assert.is(proxyArp(here), '1');
});

testWith(NEEDS, 'what the page says of sysfs: CAP_NET_ADMIN alone does not own its files', () => {
  const here = theMachine();
  const { user } = { user: /user: '(\w+)'/.exec(here.here("user: 'svc-net'"))?.[1] };
  const modules = join(here.root, 'opt/sysfs');
  cpSync(join(here.root, 'opt/app'), modules, { recursive: true, verbatimSymlinks: true });
  writeFileSync(
    join(modules, 'privileged/net.js'),
    `import { execFile } from 'node:child_process';
    import { writeFile } from 'node:fs/promises';
    import { promisify } from 'node:util';
    import { context } from 'tsrootwrap/privileged';
    const net = context('net', { user: '${user}', capabilities: ['CAP_NET_ADMIN'] });
    export const ownPrivileged = net.entrypoint({}, () =>
      writeFile('/sys/class/net/br0/bridge/multicast_snooping', '0'));
    ${only('js', 'disableMulticastSnoopingPrivileged')}`,
  );
  const file = join(modules, 'service.js');
  writeFileSync(
    file,
    `import { useHelpers } from 'tsrootwrap/privileged/testing';
    import * as functions from ${JSON.stringify(join(modules, 'privileged/net.js'))};
    import { readFileSync } from 'node:fs';
    const helpers = await useHelpers({ modules: ${JSON.stringify(join(modules, 'privileged'))} });
    const snooping = () => readFileSync('/sys/class/net/br0/bridge/multicast_snooping', 'utf8').trim();
    const told = [await functions.ownPrivileged().catch(({ code }) => code)];
    await functions.disableMulticastSnoopingPrivileged({ bridge: 'br0' });
    told.push(snooping());
    await functions.multicastSnoopingPrivileged({ bridge: 'br0', on: true });
    told.push(snooping());
    await helpers[Symbol.asyncDispose]();
    console.log(JSON.stringify(told));`,
  );
  const { stdout, stderr } = run('ip', ['netns', 'exec', here.namespace, process.execPath, file]);
  assert.is(stdout.trim(), '["EACCES","0","1"]', stderr);
});

test('each block of JavaScript can be read', () => {
  const sources = BLOCKS.filter(({ language }) => language === 'js');
  assert.ok(sources.length > 10);
  const directory = publicDirectory();
  for (const [index, { text }] of sources.entries()) {
    const file = join(directory, `${index}.mjs`);
    writeFileSync(file, text);
    const { status, stderr } = run(process.execPath, ['--check', file]);
    // Node 20 does not know `await using`, as the page says
    if (!text.includes('await using')) assert.is(status, 0, `${text}\n${stderr}`);
  }
});

test('every error code of the page is one, and all are there', () => {
  const text = readFileSync(DOCUMENT, 'utf8');
  const codes = new Set([...text.matchAll(/ERR_PRIVILEGED_\w+/g)].map(([code]) => code));
  const source = readFileSync('src/privileged/wire/errors.ts', 'utf8');
  const known = [...source.matchAll(/^ {2}'(ERR_\w+)'/gm)].map(([, code]) => code);
  assert.equal([...codes].sort(), known.sort());
});

test.run();
