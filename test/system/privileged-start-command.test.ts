import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { type Account, temporaryUser } from '../support/accounts.js';
import { type Started, startProgram } from '../support/daemon-start.js';
import { publicDirectory, ROOT, run, SAFE_PATH } from '../support/executable.js';
import { patiently, until } from '../support/patience.js';
import {
  IMPORTS,
  type Looked,
  lookingModule,
  type PrivilegedPolicy,
  privilegedPolicy,
  starter,
} from '../support/privileged-policy.js';
import { everyProcess, isAlive } from '../support/proc.js';
import { testWith } from '../support/requirements.js';

const SERVICE = join(ROOT, 'build/test/support/privileged-service.js');

/** What a test that fails leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

interface Said extends Looked {
  readonly words: readonly string[];
  readonly descriptors: readonly (readonly [number, string])[];
  readonly helpers: Readonly<Record<string, Looked>>;
}

const field = (status: string, name: string) =>
  new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(status)?.[1];

function twoContexts(net: Account, files: Account): PrivilegedPolicy {
  return privilegedPolicy({
    'net.js': lookingModule('net', { user: net.name, capabilities: ['CAP_NET_ADMIN'] }),
    'files.js': lookingModule('files', { user: files.name, groups: [files.groups[0]] }),
  });
}

function words({ config }: PrivilegedPolicy, user: string, ...command: string[]): string[] {
  const contexts = ['--context', 'net', '--context', 'files'];
  return ['--config', config, ...contexts, '--user', user, '--', ...command];
}

/** Starts the service, and waits for what it says. */
async function startService(argv: readonly string[], env: Record<string, string> = {}) {
  const started = startProgram(argv, { stdio: ['pipe', 'pipe', 'inherit'], env });
  return { started, said: await whatItSays(started) };
}

async function whatItSays({ child }: Started): Promise<Said> {
  const lines = createInterface(child.stdout as Readable)[Symbol.asyncIterator]();
  const { value } = await patiently('what the service says', lines.next());
  return JSON.parse(value) as Said;
}

testWith(
  ['root'],
  'a service is started as its user, with a channel to each of its helpers',
  async () => {
    const [svc, net, files] = [temporaryUser(), temporaryUser(), temporaryUser()];
    const policy = twoContexts(net, files);
    const directory = publicDirectory();
    const line = `cd ${directory}; ulimit -Sn 300; ulimit -Sc 1000 2>/dev/null; exec "$@"`;
    const { said, started } = await startService(
      [
        '/bin/sh',
        '-c',
        line,
        'sh',
        starter(),
        ...words(policy, svc.name, process.execPath, SERVICE, '--user', 'root', '--', '-x'),
      ],
      { GIVEN: 'by root', HOME: '/root', USER: 'root', TSROOTWRAP_PRIVILEGED: 'other=9' },
    );
    assert.is(said.pid, started.pid);
    assert.equal(said.words, ['--user', 'root', '--', '-x']);
    assert.equal(field(said.status, 'Uid')?.split('\t'), Array(4).fill(String(svc.uid)));
    assert.equal(field(said.status, 'Gid')?.split('\t'), Array(4).fill(String(svc.gid)));
    const groups = field(said.status, 'Groups')
      ?.split(' ')
      .map(Number)
      .sort((a, b) => a - b);
    assert.equal(
      groups,
      [...svc.groups, svc.gid].sort((a, b) => a - b),
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
      assert.is(field(said.status, set), '0000000000000000');
    }
    assert.is(said.cwd, directory);
    assert.is(said.environment.GIVEN, 'by root');
    assert.is(said.environment.TSROOTWRAP_CALLER_UID, undefined);
    const { HOME, USER, LOGNAME, TSROOTWRAP_PRIVILEGED } = said.environment;
    assert.equal(
      { HOME, USER, LOGNAME, TSROOTWRAP_PRIVILEGED },
      {
        HOME: '/nonexistent',
        USER: svc.name,
        LOGNAME: svc.name,
        TSROOTWRAP_PRIVILEGED: 'net=3,files=4',
      },
    );
    assert.equal(
      said.descriptors.map(([fd, link]) => [fd, link.split(':')[0]]),
      [
        [3, 'socket'],
        [4, 'socket'],
      ],
    );

    const { helpers } = said;
    assert.is(field(helpers.net?.status ?? '', 'Uid')?.split('\t')[0], String(net.uid));
    assert.is(field(helpers.net?.status ?? '', 'CapEff'), '0000000000001000');
    assert.is(field(helpers.files?.status ?? '', 'Uid')?.split('\t')[0], String(files.uid));
    assert.is(field(helpers.files?.status ?? '', 'CapEff'), '0000000000000000');
    assert.is(field(helpers.files?.status ?? '', 'Groups'), String(files.groups[0]));
    for (const helper of Object.values(helpers)) {
      assert.is(helper.cwd, '/');
      assert.is(helper.environment.GIVEN, undefined);
      assert.is(field(helper.status, 'PPid'), String(started.pid));
      // in a session of its own: a terminal's signals are not for it
      assert.is(field(helper.status, 'NSsid'), String(helper.pid));
    }

    started.child.stdin?.end();
    assert.equal(await started.ended, { code: 7, signal: null });
    const pids = Object.values(helpers).map(({ pid }) => pid);
    await until('the end of the helpers', () => !pids.some(isAlive));
  },
);

testWith(['root'], 'sockets that systemd passes keep their places', async () => {
  const [svc, net, files] = [temporaryUser(), temporaryUser(), temporaryUser()];
  const policy = twoContexts(net, files);
  const server = createServer().listen(join(publicDirectory(), 'socket'));
  const fd = (server as unknown as { _handle: { fd: number } })._handle.fd;
  const line = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"';
  const argv = ['-c', line, 'sh', starter(), ...words(policy, svc.name, process.execPath, SERVICE)];
  const started = startProgram(['/bin/sh', ...argv], {
    stdio: ['pipe', 'pipe', 'inherit', fd] as never,
  });
  const said = await whatItSays(started);
  assert.is(said.environment.TSROOTWRAP_PRIVILEGED, 'net=4,files=5');
  assert.is(said.environment.LISTEN_FDS, '1');
  assert.match(said.descriptors.find(([fd]) => fd === 3)?.[1] ?? '', /^socket:/);
  assert.equal(Object.keys(said.helpers), ['net', 'files']);
  server.close();
  started.child.stdin?.end();
  await started.ended;
});

testWith(
  ['root'],
  'SIGKILL of the service ends its helpers, and that of a helper is seen',
  async () => {
    const [svc, net, files] = [temporaryUser(), temporaryUser(), temporaryUser()];
    const policy = twoContexts(net, files);
    const argv = [starter(), ...words(policy, svc.name, process.execPath, SERVICE)];
    const { said, started } = await startService(argv);
    const [one = 0, other = 0] = Object.values(said.helpers).map(({ pid }) => pid);
    process.kill(one, 'SIGKILL');
    await until('the end of one helper', () => !isAlive(one));
    assert.ok(isAlive(other));
    assert.ok(isAlive(started.pid));
    started.child.kill('SIGKILL');
    assert.equal(await started.ended, { code: null, signal: 'SIGKILL' });
    await until('the end of the other', () => !isAlive(other));
  },
);

testWith(['root'], 'the capabilities of the example unit are enough', async () => {
  const [svc, net, files] = [temporaryUser(), temporaryUser(), temporaryUser()];
  const unit = readFileSync(join(ROOT, 'docs/examples/systemd/app.service'), 'utf8');
  const [, all = ''] = /^CapabilityBoundingSet=(.*)$/m.exec(unit) ?? [];
  const kept = all.split(' ').map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`);
  const limit = ['setpriv', '--no-new-privs', `--bounding-set=-all,${kept.join(',')}`];
  const argv = [starter(), ...words(twoContexts(net, files), svc.name, process.execPath, SERVICE)];
  const { said, started } = await startService([...limit, ...argv]);
  assert.is(field(said.helpers.net?.status ?? '', 'CapEff'), '0000000000001000');
  assert.is(field(said.status, 'CapPrm'), '0000000000000000');
  started.child.stdin?.end();
  await started.ended;
});

/** Processes of these users. */
function processesOf(...accounts: readonly Account[]): number[] {
  const uids = new Set(accounts.map(({ uid }) => uid));
  return everyProcess()
    .map(({ pid }) => pid)
    .filter((pid) => uids.has(uidOf(pid) ?? -1) && isAlive(pid));
}

function uidOf(pid: number): number | undefined {
  const { stdout } = run('stat', ['-c', '%u', `/proc/${pid}`]);
  return stdout === '' ? undefined : Number(stdout);
}

testWith(
  ['root'],
  'when one helper or the program cannot be started, nothing is left',
  async () => {
    const [svc, net, files] = [temporaryUser(), temporaryUser(), temporaryUser()];
    const groups = Array.from({ length: 30_000 }, (_, index) => 100_000 + index); // E2BIG, as text
    const many = privilegedPolicy({
      'net.js': lookingModule('net', { user: net.name }),
      'files.js': `${IMPORTS}
      const declared = context('files', { user: '${files.name}', groups: ${JSON.stringify(groups)} });
      export const nothingPrivileged = declared.entrypoint({}, () => {});`,
    });
    const first = run(starter(), words(many, svc.name, '/bin/true'));
    assert.is(first.status, 126, first.stderr);
    assert.match(first.stderr, /^tsrootwrap-privileged: .*E2BIG/);
    await until('the end of the first helper', () => processesOf(net, files).length === 0);

    const broken = join(publicDirectory(), 'broken');
    writeFileSync(broken, 'no program', { mode: 0o755 });
    const second = run(starter(), words(twoContexts(net, files), svc.name, broken));
    assert.is(second.status, 126, second.stderr);
    assert.match(second.stderr, /ENOEXEC/);
    await until('the end of the helpers', () => processesOf(net, files).length === 0);
  },
);

testWith(
  ['root'],
  'a program that is not there, or where others could put one, starts no helper',
  () => {
    const [svc, net, files] = [temporaryUser(), temporaryUser(), temporaryUser()];
    const policy = twoContexts(net, files);
    const open = publicDirectory();
    chmodSync(open, 0o777);
    writeFileSync(join(open, 'evil'), '#!/bin/sh\n', { mode: 0o755 });
    const env = { PATH: `${open}:${SAFE_PATH}` };
    for (const command of ['evil', 'no-such', './evil', '/no/such', '../bin/true', '']) {
      const { status, stderr } = run(starter(), words(policy, svc.name, command), {
        env,
        cwd: open,
      });
      assert.is(status, 97, stderr);
      assert.match(stderr, /there is no program .*; write its absolute path, or a name/);
    }
    assert.is(run(starter(), words(policy, svc.name, 'true'), { env }).status, 0);
    const { status, stderr } = run(starter(), words(policy, 'no-such-user', 'true'));
    assert.is(status, 97);
    assert.match(stderr, /there is no user no-such-user; make it, or correct --user/);
    assert.is(posix.lookupUser('no-such-user'), undefined);
  },
);

test.run();
