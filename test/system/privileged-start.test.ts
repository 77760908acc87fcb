import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryUser } from '../support/accounts.js';
import { executable, publicDirectory, publicPolicy, run } from '../support/executable.js';
import {
  type Looked,
  lookingModule,
  type PrivilegedPolicy,
  privilegedPolicy,
  starter,
} from '../support/privileged-policy.js';
import { begin, beginThroughSudo, startWords } from '../support/privileged-start.js';
import { descriptorsOf } from '../support/proc.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { giveAway } from '../support/trust.js';

const NEEDS: Requirement[] = ['root', 'sudo'];
const NET_ADMIN = '0000000000001000';
const NONE = '0000000000000000';

/** What a test that fails leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

const sorted = (descriptors: string[]) =>
  descriptors.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

const field = (status: string, name: string) =>
  new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(status)?.[1];

// sudo makes a terminal of its own where it has one, and then copies what is none.
for (const [option, terminal] of [
  ['use_pty', true],
  ['use_pty', false],
  ['!use_pty', false],
] as const) {
  testWith(
    terminal ? [...NEEDS, 'script'] : NEEDS,
    `through sudo with ${option} and ${terminal ? 'a' : 'no'} terminal a helper holds what its context says, and nothing more`,
    async () => {
      const { name, uid, gid, groups } = temporaryUser();
      const options = { user: name, groups: [groups[0]], capabilities: ['CAP_NET_ADMIN'] };
      const policy = privilegedPolicy({ 'net.js': lookingModule('net', options) });
      const begun = beginThroughSudo(policy, option, { terminal });
      const ready = await begun.channel.next('ready');
      assert.equal([ready.context, ready.functions], ['net', ['lookPrivilegednet']]);
      const { pid, status, environment, cwd } = (await begun.channel.call(
        'lookPrivilegednet',
      )) as Looked;

      assert.equal(field(status, 'Uid')?.split('\t'), Array(4).fill(String(uid)));
      assert.equal(field(status, 'Gid')?.split('\t'), Array(4).fill(String(gid)));
      assert.is(field(status, 'Groups'), String(groups[0]));
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        assert.is(field(status, set), NET_ADMIN, set);
      }
      assert.is(field(status, 'NoNewPrivs'), '1');
      assert.is(field(status, 'Umask'), '0077');
      assert.is(cwd, '/');
      assert.equal(environment, {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/nonexistent',
        USER: name,
        LOGNAME: name,
        LANG: 'C.UTF-8',
        NODE_DISABLE_COMPILE_CACHE: '1',
      });
      const [nothing, out, errors, ...rest] = sorted(descriptorsOf(pid));
      assert.is(nothing, '0 /dev/null');
      assert.is(out?.slice(1), errors?.slice(1));
      // a pipe of this test's, or of sudo's between the two
      for (const [index, end] of rest.slice(0, 2).entries()) {
        assert.match(end, /^[34] (pipe:\[\d+\]|socket:\[\d+\]|\/.*\/pipe \(deleted\))$/);
        assert.ok(end.startsWith(String(3 + index)));
      }
      const input = rest[0]?.slice(1);
      const others = rest.slice(2).map((other) => other.replace(/^\d+/, ''));
      // the watchdog's copy, and what Node waits with
      assert.is(others.filter((other) => other === input).length, 1, rest.join());
      for (const other of others) {
        assert.ok(other === input || /^ (anon_inode:|pipe:|\/dev\/null$)/.test(other), rest.join());
      }
      begun.channel.end();
      assert.equal(await begun.ended, { code: 0, signal: null });
      assert.is(begun.stderr(), '');
    },
  );
}

testWith(
  NEEDS,
  'a context that no filter names is refused, and one that no module declares',
  async () => {
    const module = lookingModule('net', { user: 'nobody' });
    const policy = privilegedPolicy({ 'net.js': module }, ['net', 'files']);
    const refused = beginThroughSudo(policy, '!use_pty', { context: 'other' });
    assert.is((await refused.ended).code, 99);
    assert.match(refused.stderr(), /Unauthorized command: tsrootwrap-privileged .*--context other/);
    const unknown = beginThroughSudo(policy, '!use_pty', { context: 'files' });
    assert.is((await unknown.ended).code, 99);
    assert.is(
      unknown.stderr(),
      `tsrootwrap-privileged: there is no context files in ${policy.modules}; its modules declare net\n`,
    );
  },
);

testWith(NEEDS, 'a caller who adds a word, or names another file, is refused', () => {
  const { config } = privilegedPolicy({ 'net.js': lookingModule('net', { user: 'nobody' }) });
  for (const words of [
    [...startWords(config), '--user', 'root', '--', '/bin/sh'],
    [...startWords(`${config}/../rootwrap.conf`)],
    [...startWords('/etc/app/rootwrap.conf')],
    ['tsrootwrap-privileged', '--context', 'net', '--config', config],
  ]) {
    const { status, stderr } = run(executable(), [config, ...words]);
    assert.is(status, 99, stderr);
  }
});

/** What the helper of a context says about itself, started as root. */
async function look(policy: PrivilegedPolicy, context = 'net'): Promise<Looked> {
  const begun = begin([starter(), ...startWords(policy.config, context).slice(1)]);
  await begun.channel.next('ready');
  const looked = (await begun.channel.call(`lookPrivileged${context}`)) as Looked;
  begun.channel.end();
  assert.equal(await begun.ended, { code: 0, signal: null });
  return looked;
}

testWith(
  ['root'],
  'the operator’s section takes the place of the module’s words, key by key',
  async () => {
    const [declared, chosen] = [temporaryUser(), temporaryUser()];
    const module = lookingModule('net', {
      user: declared.name,
      groups: declared.groups,
      capabilities: ['CAP_NET_ADMIN', 'CAP_NET_RAW'],
      umask: 0o027,
    });
    const looked = (lines: string) =>
      look(privilegedPolicy({ 'net.js': module }, ['net'], `[net]\n${lines}`));

    const { status: narrowed } = await looked('capabilities = CAP_NET_ADMIN\ngroups =');
    assert.is(field(narrowed, 'CapEff'), NET_ADMIN);
    assert.is(field(narrowed, 'CapBnd'), NET_ADMIN);
    assert.is(field(narrowed, 'Groups'), '');
    assert.is(field(narrowed, 'Uid')?.split('\t')[0], String(declared.uid));
    assert.is(field(narrowed, 'Umask'), '0027');

    const { status: moved } = await looked(`user = ${chosen.uid}\ncapabilities =\ngroup = adm`);
    assert.is(field(moved, 'Uid')?.split('\t')[0], String(chosen.uid));
    assert.is(field(moved, 'CapPrm'), NONE);
    assert.is(field(moved, 'CapBnd'), NONE);
    assert.is(field(moved, 'Gid')?.split('\t')[0], '4');
  },
);

testWith(
  ['root'],
  'root as a context’s user holds what the context says, and no more',
  async () => {
    const module = lookingModule('net', { user: 'root', capabilities: ['CAP_NET_ADMIN'] });
    const { status } = await look(privilegedPolicy({ 'net.js': module }));
    assert.is(field(status, 'Uid'), '0\t0\t0\t0');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      assert.is(field(status, set), NET_ADMIN, set);
    }
  },
);

testWith(['root'], 'no variable of the caller’s reaches the helper, harmless or not', async () => {
  const { config } = privilegedPolicy(
    { 'net.js': lookingModule('net', { user: 'nobody' }) },
    ['net'],
    'env_keep = *',
  );
  const names = [
    'NODE_OPTIONS',
    'NODE_PATH',
    'BASH_ENV',
    'PYTHONPATH',
    'TERM',
    'TZ',
    'LC_ALL',
    'X',
  ];
  const env = Object.fromEntries(names.map((name) => [name, '/tmp/x']));
  const begun = begin([executable(), config, ...startWords(config)], { env });
  await begun.channel.next('ready');
  const { environment } = (await begun.channel.call('lookPrivilegednet')) as Looked;
  for (const name of names) assert.is(environment[name], undefined, name);
  assert.ok('PATH' in environment);
  begun.channel.end();
  assert.equal(await begun.ended, { code: 0, signal: null });
});

testWith(['root'], 'a caller’s limits do not reach the helper', async () => {
  const policy = privilegedPolicy({ 'net.js': lookingModule('net', { user: 'nobody' }) });
  const line = 'ulimit -Sf 1; ulimit -Sc unlimited; ulimit -Ss 512; ulimit -Sn 64; exec "$@"';
  const words = [starter(), ...startWords(policy.config).slice(1)];
  const begun = begin(['/bin/sh', '-c', line, 'sh', ...words]);
  await begun.channel.next('ready');
  const { limits } = (await begun.channel.call('lookPrivilegednet')) as Looked;
  begun.channel.end();
  assert.match(limits, /^Max file size +unlimited/m);
  assert.match(limits, /^Max core file size +0 +0 /m);
  assert.match(limits, /^Max stack size +8388608 /m);
  assert.not.match(limits, /^Max open files +64 /m);
  await begun.ended;
});

testWith(['root'], 'a terminal or a file is no channel', () => {
  const { config } = privilegedPolicy({ 'net.js': lookingModule('net', { user: 'nobody' }) });
  const words = startWords(config).slice(1);
  for (const [stdin, stdout, name] of [
    ['ignore', 'pipe', 'input'],
    ['pipe', 'ignore', 'output'],
  ] as const) {
    const {
      status,
      stdout: said,
      stderr,
    } = run(starter(), words, {
      stdio: [stdin, stdout, 'pipe'],
    });
    assert.is(status, 98);
    assert.is(said ?? '', '');
    assert.match(stderr, new RegExp(`standard ${name} is no pipe and no socket: a service starts`));
  }
});

testWith(['root'], 'a configuration that others could replace is not read', () => {
  const { config } = privilegedPolicy({ 'net.js': lookingModule('net', { user: 'nobody' }) });
  const theirs = publicDirectory();
  symlinkSync(config, join(theirs, 'link'));
  giveAway(theirs);
  const words = startWords(join(theirs, 'link')).slice(1);
  const { status, stdout, stderr } = run(starter(), words);
  assert.is(status, 97);
  assert.is(stdout, '');
  assert.match(stderr, /others could replace this file, or a directory or a link/);
});

testWith(['root'], 'what is wrong is said on standard error, and the channel stays empty', () => {
  const policy = (options: object, section = '') =>
    privilegedPolicy({ 'net.js': lookingModule('net', options) }, [], section);
  for (const [{ config }, said] of [
    [policy({ user: 'no-such' }), /there is no user no-such; .*the module in /],
    [
      policy({ user: 0 }, '[net]\nuser = no-such'),
      /no user no-such; .*`user` in \[net\] of .*\.conf/,
    ],
    [
      policy({ user: 0 }, '[net]\numask = 0'),
      /rootwrap\.conf:6: there is no key "umask" for context/,
    ],
    [policy({ user: 0, capabilities: ['CAP_X'] }), /no capability "CAP_X"/],
    [publicPolicy(''), /privileged_modules is missing; write `privileged_modules = DIRECTORY`/],
  ] as const) {
    const { status, stdout, stderr } = run(starter(), startWords(config).slice(1));
    assert.is(status, 97, stderr);
    assert.is(stdout, '');
    assert.match(stderr, said);
  }
});

testWith(['root'], 'who is not root is told so', () => {
  const { config } = privilegedPolicy({ 'net.js': lookingModule('net', { user: 'nobody' }) });
  const { status, stderr } = run(starter(), startWords(config).slice(1), {
    uid: 65534,
    gid: 65534,
  });
  assert.is(status, 126);
  assert.match(stderr, /only root can start a helper/);
});

test.run();
