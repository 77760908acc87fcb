import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ObjectClient } from '../support/clients.js';
import {
  type DaemonPolicy,
  DaemonProcess,
  daemonExecutable,
  daemonPolicy,
} from '../support/daemon.js';
import {
  type Announced,
  announcement,
  clientOf,
  pipe,
  type Started,
  startDaemon,
  startProgram,
} from '../support/daemon-start.js';
import { publicPolicy, ROOT } from '../support/executable.js';
import { patiently, until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { descriptorsOf, isAlive } from '../support/proc.js';
import { testWith } from '../support/requirements.js';

/** Milliseconds in which a daemon that is about to end would have. */
const WHILE = 700;

/** What a test that fails leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

/** A command that makes a file when it is up, waits for another, and says "done". */
function waiting(): { readonly argv: string[]; readonly up: string; readonly go: () => void } {
  const directory = temporaryDirectory();
  const [up, go] = [join(directory, 'up'), join(directory, 'go')];
  const line = `: > ${up}; while [ ! -e ${go} ]; do sleep 0.02; done; echo done`;
  return { argv: ['sh', '-c', line], up, go: () => writeFileSync(go, '') };
}

/** Asserts that the daemon left nothing behind and ended well. */
async function endedWell({ ended }: Started, { base }: DaemonPolicy): Promise<void> {
  assert.equal(await ended, { code: 0, signal: null });
  assert.equal(readdirSync(base), []);
}

/** Asks for a command that waits, has the daemon told to end, and lets the command end. */
async function finishesWhatRuns(
  client: ObjectClient,
  tellToEnd: () => void,
  time = WHILE,
): Promise<void> {
  const { argv, up, go } = waiting();
  const id = client.request(argv);
  await until('the command', () => existsSync(up));
  tellToEnd();
  const { message } = await patiently('goodbye', client.connection.receive());
  assert.equal(message, { type: 'goodbye', last: id });
  client.request(['true']); // not run, and so not answered
  await wait(time);
  go();
  const { code, stdout } = await client.end(id);
  assert.equal([code, stdout], [0, 'done\n']);
  assert.equal(await client.connection.end(), []);
}

/** The reading end of a pipe as a stream, and its writing end for a daemon. */
function readable(): { readonly stream: Readable; readonly writer: number } {
  const { reader, writer } = pipe();
  return { stream: createReadStream('', { fd: reader }), writer };
}

async function toArray(stream: Readable): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return pieces;
}

async function whole(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await patiently('the end of a stream', toArray(stream)));
}

test('the end of a pipe on standard input ends the daemon when what runs is answered', async () => {
  const policy = daemonPolicy();
  const { reader, writer } = pipe();
  const daemon = startDaemon([policy.config], { stdio: [reader, 'pipe', 'inherit'] });
  closeSync(reader);
  const client = await clientOf(await announcement(daemon.child.stdout as Readable));
  await finishesWhatRuns(client, () => closeSync(writer));
  await endedWell(daemon, policy);
});

test('so does the end of a socket', async () => {
  const policy = daemonPolicy();
  const daemon = startDaemon([policy.config]);
  const client = await clientOf(await announcement(daemon.child.stdout as Readable));
  await finishesWhatRuns(client, () => daemon.child.stdin?.end());
  await endedWell(daemon, policy);
});

test('what stands on standard input is no matter, only its end', async () => {
  const policy = daemonPolicy();
  const daemon = startDaemon([policy.config]);
  const client = await clientOf(await announcement(daemon.child.stdout as Readable));
  daemon.child.stdin?.write(Buffer.alloc(1024 * 1024, 'x'));
  assert.is((await client.run(['true'])).code, 0);
  daemon.child.stdin?.end();
  await endedWell(daemon, policy);
});

test('so does the sudden death of the process that holds the other end', async () => {
  const policy = daemonPolicy();
  const { reader, writer } = pipe();
  const holder = startProgram(['sleep', '1000'], { stdio: ['ignore', writer, 'inherit'] });
  const daemon = startDaemon([policy.config], { stdio: [reader, 'pipe', 'inherit'] });
  closeSync(reader);
  closeSync(writer);
  const client = await clientOf(await announcement(daemon.child.stdout as Readable));
  await finishesWhatRuns(client, () => holder.child.kill('SIGKILL'));
  await endedWell(daemon, policy);
});

/** Asserts that it serves, and still does after a while. */
async function staysUp(announced: Announced, { base }: DaemonPolicy): Promise<void> {
  const client = await clientOf(announced);
  await wait(WHILE);
  assert.is((await client.run(['sh', '-c', 'echo here'])).stdout, 'here\n');
  assert.is(readdirSync(base).length, 1);
  client.connection.destroy();
}

test('standard input from /dev/null does not end it', async () => {
  const policy = daemonPolicy();
  const daemon = startDaemon([policy.config], { stdio: ['ignore', 'pipe', 'inherit'] });
  await staysUp(await announcement(daemon.child.stdout as Readable), policy);
  daemon.child.kill('SIGTERM');
  await endedWell(daemon, policy);
});

test('nor does a start as systemd makes it, with a socket for its messages', async () => {
  const policy = daemonPolicy();
  const output = readable();
  const daemon = startDaemon([policy.config], { stdio: ['ignore', output.writer, 'pipe'] });
  closeSync(output.writer);
  const announced = await announcement(output.stream);
  await staysUp(announced, policy);
  const client = await clientOf(announced);
  client.request(['forbidden']);
  assert.is((await client.connection.receive()).message.type, 'refused');
  daemon.child.kill('SIGTERM');
  const said = String(await whole(daemon.child.stderr as Readable));
  assert.is(
    said.replace(/from \S+ /, 'from NAME '),
    `tsrootwrap-daemon: from NAME (uid ${process.geteuid?.()}), pid ${process.pid}, by ${policy.config}: Unauthorized command: forbidden (no filter matched)\n`,
  );
  await endedWell(daemon, policy);
});

testWith(['script'], 'nor does a terminal', async () => {
  const policy = daemonPolicy();
  const file = join(temporaryDirectory(), 'stdout');
  const line = `exec '${daemonExecutable()}' '${policy.config}' >'${file}'`;
  const terminal = startProgram(
    ['script', '-qec', `echo $$ >'${file}.pid'; ${line}`, '/dev/null'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  await until('the announcement', () => existsSync(file) && readFileSync(file).includes('\n'));
  const pid = Number(readFileSync(`${file}.pid`, 'utf8'));
  assert.match(readlinkSync(`/proc/${pid}/fd/0`), /^\/dev\/pts\//);
  await staysUp(await announcement(createReadStream(file)), policy);
  process.kill(pid, 'SIGTERM');
  await endedWell(terminal, policy);
});

test('idle for daemon_timeout it ends, but not while a command runs', async () => {
  const policy = daemonPolicy('', 'daemon_timeout = 1');
  const daemon = await DaemonProcess.start(policy);
  const client = await daemon.client();
  const { code } = await client.run(['sh', '-c', 'sleep 2.5']);
  assert.is(code, 0);
  const since = performance.now();
  assert.equal((await client.connection.receive()).message, { type: 'goodbye', last: 1 });
  assert.ok(performance.now() - since > 900, 'the end of a command is no idleness');
  assert.equal(await daemon.ended, { code: 0, signal: null });
  assert.equal(readdirSync(policy.base), []);
});

test('idle from the start it ends too, and daemon_timeout 0 leaves time to connect', async () => {
  const policy = daemonPolicy('', 'daemon_timeout = 0');
  const daemon = await DaemonProcess.start(policy);
  await daemon.client();
  assert.equal(await daemon.ended, { code: 0, signal: null });
  assert.equal(readdirSync(policy.base), []);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends it when what runs is answered`, async () => {
    const policy = daemonPolicy();
    const daemon = startDaemon([policy.config]);
    const announced = await announcement(daemon.child.stdout as Readable);
    const client = await clientOf(announced);
    await finishesWhatRuns(client, () => daemon.child.kill(signal), 6000); // above any patience
    await endedWell(daemon, policy);
  });

  test(`a second ${signal}, more than a second later, ends what runs, by SIGTERM and SIGKILL, and tells the clients`, async () => {
    const policy = daemonPolicy();
    const daemon = startDaemon([policy.config]);
    const client = await clientOf(await announcement(daemon.child.stdout as Readable));
    const polite = client.request(
      [
        'sh',
        '-c',
        'exec 2>/dev/null; trap "echo asked; exit 3" TERM; echo up; while :; do sleep 0.02; done',
      ],
      {
        window: 1024,
      },
    );
    const deaf = client.request(
      ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.02; done'],
      {
        window: 1024,
      },
    );
    for (const id of [polite, deaf]) {
      assert.is((await client.about(id)).message.type, 'started');
      assert.is(String((await client.about(id)).bytes), 'up\n');
    }
    daemon.child.kill(signal);
    assert.equal((await client.connection.receive()).message, { type: 'goodbye', last: deaf });
    await wait(1100);
    daemon.child.kill(signal);
    const since = performance.now();
    assert.is(String((await client.about(polite)).bytes), 'asked\n');
    const { message: first } = await client.about(polite);
    assert.equal([first.code, first.signal, first.aborted], [3, null, true]);
    const { message: second } = await patiently('SIGKILL', client.about(deaf));
    assert.equal([second.code, second.signal, second.aborted], [null, 'SIGKILL', true]);
    assert.ok(performance.now() - since > 1500, 'SIGKILL came without time to end');
    await endedWell(daemon, policy);
  });
}

test('signals that come together are one wish, and what runs is answered', async () => {
  const policy = daemonPolicy();
  const daemon = startDaemon([policy.config]);
  const client = await clientOf(await announcement(daemon.child.stdout as Readable));
  const { argv, up, go } = waiting();
  const id = client.request(argv);
  await until('the command', () => existsSync(up));
  // a control group's, the one that sudo passes on, and a terminal's
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) daemon.child.kill(signal);
  assert.equal((await client.connection.receive()).message, { type: 'goodbye', last: id });
  daemon.child.kill('SIGTERM');
  await wait(WHILE);
  go();
  const { code, aborted } = await client.end(id);
  assert.equal([code, aborted], [0, undefined]);
  await endedWell(daemon, policy);
});

test('a client that takes no answer holds up the end for seconds only', async () => {
  const policy = daemonPolicy();
  const daemon = startDaemon([policy.config]);
  const announced = await announcement(daemon.child.stdout as Readable);
  const client = await clientOf(announced);
  client.request(['sh', '-c', 'head -c 8000000 /dev/zero']);
  client.connection.socket.pause();
  const other = await clientOf(announced);
  assert.is((await other.run(['true'])).code, 0);
  await wait(WHILE);
  daemon.child.kill('SIGTERM');
  await endedWell(daemon, policy);
});

test('while it ends it takes no connections', async () => {
  const policy = daemonPolicy();
  const daemon = startDaemon([policy.config]);
  const announced = await announcement(daemon.child.stdout as Readable);
  const client = await clientOf(announced);
  const { argv, up, go } = waiting();
  const id = client.request(argv);
  await until('the command', () => existsSync(up));
  daemon.child.kill('SIGTERM');
  await client.connection.receive();
  assert.is(await connectionError(announced.path), 'ENOENT');
  go();
  assert.is((await client.end(id)).code, 0);
  await endedWell(daemon, policy);
});

function connectionError(path: string): Promise<string> {
  return new Promise((resolve) => {
    connect(path)
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
      .once('connect', function (this: Socket) {
        this.destroy();
        resolve('connected');
      });
  });
}

test('who reads its standard output and error sees their ends once it listens', async () => {
  const policy = daemonPolicy();
  const output = readable();
  const errors = readable();
  const daemon = startDaemon([policy.config], { stdio: ['pipe', output.writer, errors.writer] });
  closeSync(output.writer);
  closeSync(errors.writer);
  const said = await whole(output.stream);
  assert.is(String(await whole(errors.stream)), '');
  const end = said.indexOf('\n') + 1;
  assert.is(said.length, end + 32);
  // between the end that was seen and this there is no descriptor at all
  await until('/dev/null', () =>
    [1, 2].every((fd) => descriptorsOf(daemon.pid).includes(`${fd} /dev/null`)),
  );
  const client = await clientOf({
    path: said.toString('utf8', 0, end - 1),
    key: said.subarray(end),
  });
  client.request(['forbidden']); // complains to nobody
  assert.is((await client.connection.receive()).message.type, 'refused');
  const { stdout } = await client.run(['sh', '-c', 'echo seen; echo heard >&2']);
  assert.is(stdout, 'seen\n');
  daemon.child.stdin?.end();
  await endedWell(daemon, policy);
});

test('standard error that is a file gets its messages', async () => {
  const policy = daemonPolicy();
  const daemon = await DaemonProcess.start(policy);
  const client = await daemon.client();
  client.request(['forbidden']);
  await client.connection.receive();
  assert.match(
    daemon.complaints,
    /^tsrootwrap-daemon: from \S+ \(uid \d+\), pid \d+, by \S+: Unauthorized command: forbidden .*\n$/,
  );
  await daemon.stop();
});

test('SIGUSR1 opens no debugger', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy());
  const client = await daemon.client();
  for (let times = 0; times < 3; times++) daemon.child.kill('SIGUSR1');
  await wait(WHILE);
  assert.is((await client.run(['true'])).code, 0);
  assert.is(daemon.complaints, ''); // Node would tell where it listens, or that it cannot
  await daemon.stop();
});

test('SIGPIPE and a hangup do not end it', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy());
  const client = await daemon.client();
  for (const signal of ['SIGPIPE', 'SIGHUP'] as const) daemon.child.kill(signal);
  await wait(WHILE);
  assert.is((await client.run(['true'])).code, 0);
  await daemon.stop();
});

test('commands are under the soft limit of open files that the daemon was started with', async () => {
  const policy = daemonPolicy('', 'rlimit_nofile = 200');
  for (const [own, expected] of [
    [123, 123],
    [900, 200],
  ] as const) {
    const daemon = await DaemonProcess.start(policy, {
      through: (launcher) => ['/bin/sh', '-c', `ulimit -Sn ${own}; exec "$0" "$@"`, launcher],
    });
    const client = await daemon.client();
    assert.is((await client.run(['sh', '-c', 'ulimit -Sn'])).stdout, `${expected}\n`);
    await daemon.stop();
  }
});

test('a command has descriptors 0, 1 and 2 and no other', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy(), {
    through: (launcher) => ['/bin/sh', '-c', 'exec 7</etc/passwd 9</etc; exec "$0" "$@"', launcher],
  });
  const client = await daemon.client();
  const other = await daemon.client();
  const { argv, up, go } = waiting();
  const id = other.request(argv); // its pipes are the daemon's too
  await until('the command', () => existsSync(up));
  const { stdout } = await client.run(['sh', '-c', 'ls /proc/$$/fd']);
  go();
  await other.end(id);
  assert.is(stdout, '0\n1\n2\n');
  await daemon.stop();
});

test('a command is in a session of its own, in /, and its standard input is at its end', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy(), {
    through: (launcher) => ['/bin/sh', '-c', 'cd /; exec "$0" "$@"', launcher],
  });
  const client = await daemon.client();
  const line =
    'read -r pid name state parent group session rest </proc/$$/stat; echo $((pid - group)) $((pid - session)) $parent; pwd; cat';
  const { stdout } = await client.run(['sh', '-c', line]);
  assert.is(stdout, `0 0 ${daemon.pid}\n/\n`);
  await daemon.stop();
});

test('a command gets what env_keep and the list of harmless names take of the daemon’s environment', async () => {
  const daemon = await DaemonProcess.start(
    daemonPolicy('env: CommandFilter, env, ME', 'env_keep = KEPT'),
    {
      env: {
        KEPT: 'yes',
        OTHER: 'no',
        EDITOR: '/tmp/evil',
        PYTHONPATH: '/tmp',
        NODE_OPTIONS: '--no-deprecation',
        LISTEN_FDS: '1',
      },
    },
  );
  const client = await daemon.client();
  const { stdout } = await client.run(['env']);
  const names = [...stdout.matchAll(/^(\w+)=/gm)].map(([, name]) => name).sort();
  const own = ['PWD', 'OLDPWD', 'SHLVL', '_']; // of the launcher's shell
  assert.equal(
    names.filter((name = '') => !own.includes(name)),
    ['HOME', 'KEPT', 'LC_ALL', 'PATH', 'TSROOTWRAP_CALLER_UID'],
  );
  await daemon.stop();
});

test('what a killed daemon left is removed by the next one with the same directory', async () => {
  const policy = daemonPolicy();
  const killed = await DaemonProcess.start(policy);
  killed.child.kill('SIGKILL');
  await killed.ended;
  assert.ok(existsSync(killed.directory));
  assert.is(await connectionError(killed.path), 'ECONNREFUSED');
  const next = await DaemonProcess.start(policy);
  assert.not(existsSync(killed.directory));
  assert.match(
    next.complaints,
    `Removed ${killed.directory}, which a daemon that was killed had left`,
  );
  await next.stop();
});

test('what a killed daemon ran runs on', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy());
  const client = await daemon.client();
  const { argv, up, go } = waiting();
  const id = client.request(argv, { window: 1024 });
  const { message } = await client.about(id);
  await until('the command', () => existsSync(up));
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  await wait(100);
  assert.ok(isAlive(message.pid));
  go();
  await until('its end', () => !isAlive(message.pid));
  rmSync(daemon.directory, { recursive: true });
});

/** Runs the daemon, which is not to serve, to its end. */
function toItsEnd(args: readonly string[], who: { uid?: number; gid?: number } = {}) {
  const { status, stdout, stderr } = spawnSync(daemonExecutable(), args, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    timeout: 60_000,
    ...who,
  });
  return { status, stdout, stderr };
}

test('without a configuration, or with words behind it, it ends with 98', () => {
  const { config, base } = daemonPolicy();
  const missing = { status: 98, stdout: '', stderr: 'tsrootwrap-daemon: No configuration file\n' };
  const extra = {
    status: 98,
    stdout: '',
    stderr: 'tsrootwrap-daemon: Extra arguments to daemon\n',
  };
  assert.equal(toItsEnd([]), missing);
  assert.equal(toItsEnd(['--stdio']), missing);
  assert.equal(toItsEnd([config, 'true']), extra);
  assert.equal(toItsEnd(['--stdio', config, 'true']), extra);
  assert.equal(toItsEnd([config, '--stdio']), extra);
  assert.equal(toItsEnd(['--help', config]), extra);
  assert.equal(readdirSync(base), []);
});

test('with a configuration that is wrong or missing it ends with 97 and says where', () => {
  const { config, base } = daemonPolicy('', 'daemon_timeout = soon');
  for (const option of [[], ['--stdio']]) {
    const wrong = toItsEnd([...option, config]);
    assert.is(wrong.status, 97);
    assert.match(
      wrong.stderr,
      new RegExp(`^tsrootwrap-daemon: ${config}:\\d+: daemon_timeout is "soon"; `),
    );
    const missing = toItsEnd([...option, '/nonexistent.conf']);
    assert.is(missing.status, 97);
    assert.match(missing.stderr, /^tsrootwrap-daemon: \/nonexistent\.conf: no such file; /);
    assert.is(wrong.stdout + missing.stdout, '');
  }
  assert.equal(readdirSync(base), []);
});

testWith(['root'], 'with a configuration that it may not read it ends with 97', () => {
  const { config } = publicPolicy('x: CommandFilter, x, root');
  chmodSync(config, 0o600);
  const { status, stderr } = toItsEnd([config], { uid: 12345, gid: 12345 });
  assert.is(status, 97);
  assert.match(stderr, `${config}: it cannot be read (EACCES)`);
});

testWith(['root'], 'with a configuration that another user can change it ends with 97', () => {
  const { config, base } = daemonPolicy();
  chmodSync(config, 0o666);
  const { status, stderr } = toItsEnd([config]);
  assert.is(status, 97);
  assert.match(stderr, `${config}: its owner is uid 0 and its mode 0666`);
  assert.equal(readdirSync(base), []);
});

test('without a place for its socket it ends with 126 and says what to do', () => {
  const { config } = publicPolicy(
    'x: CommandFilter, x, root',
    'daemon_directory = /nonexistent/base',
  );
  const { status, stdout, stderr } = toItsEnd([config]);
  assert.is(status, 126);
  assert.is(stdout, '');
  assert.match(stderr, 'set daemon_directory in rootwrap.conf');
});

test('when nobody is there to read where it listens it ends and leaves nothing', async () => {
  const policy = daemonPolicy();
  const { reader, writer } = pipe();
  closeSync(reader);
  const errors = join(temporaryDirectory(), 'stderr');
  const daemon = startDaemon([policy.config], { stdio: ['ignore', writer, openSync(errors, 'a')] });
  closeSync(writer);
  assert.equal(await daemon.ended, { code: 126, signal: null });
  assert.match(readFileSync(errors, 'utf8'), 'EPIPE');
  assert.equal(readdirSync(policy.base), []);
});

test('--help and --version are answered without a configuration', () => {
  const help = toItsEnd(['--help']);
  assert.is(help.status, 0);
  assert.match(help.stdout, /^Usage: tsrootwrap-daemon \[--stdio\] CONFIG\n/);
  const version = toItsEnd(['--version']);
  assert.is(version.status, 0);
  const { version: expected } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  assert.is(version.stdout, `tsrootwrap-daemon ${expected}\n`);
});

test.run();
