import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RootwrapClient } from '#src/client/index.js';
import { daemonExecutable } from '../support/daemon.js';
import { startProgram } from '../support/daemon-start.js';
import { publicDirectory, publicPolicy, run } from '../support/executable.js';
import { until } from '../support/patience.js';
import { childrenOf, everyProcess, isAlive } from '../support/proc.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { sudoer } from '../support/sudoers.js';

const NEEDS: Requirement[] = ['root', 'sudo', 'sshd'];
const ALL_BYTES = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => index % 256));
/** sshd does not start without it, wherever its configuration is. */
const SEPARATION = '/run/sshd';

/** What a test that fails leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

function makeKey(file: string): string {
  const { status, stderr } = run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  if (status !== 0) throw new Error(stderr);
  return readFileSync(`${file}.pub`, 'utf8');
}

/** A port of 127.0.0.1 that nobody listened on just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Remote {
  readonly config: string;
  /** The words that start the daemon there. */
  readonly command: string[];
}

/** An sshd of this process's own, and a user who may run the daemon through it and sudo. */
async function remote(): Promise<Remote> {
  const { config } = publicPolicy(
    'cat: CommandFilter, cat, root\nid: RegExpFilter, id, root, id, -u\nsleep: CommandFilter, sleep, root',
    `exec_dirs = /usr/bin,/bin`,
  );
  const { name } = sudoer([daemonExecutable(), '--stdio', config], 'use_pty');
  run('usermod', ['-p', '*', name]); // useradd locks the password, and sshd such an account
  if (!existsSync(SEPARATION)) {
    mkdirSync(SEPARATION, { mode: 0o755 });
    process.on('exit', () => rmdirSync(SEPARATION));
  }
  const directory = publicDirectory();
  const [host, user] = [join(directory, 'host'), join(directory, 'user')];
  const hostKey = makeKey(host);
  writeFileSync(join(directory, 'authorized'), makeKey(user));
  const port = await freePort();
  writeFileSync(join(directory, 'known'), `[127.0.0.1]:${port} ${hostKey}`);
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${host}`,
    `AuthorizedKeysFile ${directory}/authorized`,
    'PidFile none',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no', // the directory is below one that everybody may write to
    `AllowUsers ${name}`,
  ];
  writeFileSync(join(directory, 'sshd_config'), `${settings.join('\n')}\n`);
  const sshd = startProgram(['/usr/sbin/sshd', '-D', '-e', '-f', join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  sshd.child.stderr?.on('data', (text) => (said += text));
  await until(`sshd: ${said}`, () => {
    if (sshd.hasEnded()) throw new Error(said);
    return said.includes('Server listening');
  });
  sshd.child.unref();
  (sshd.child.stderr as import('node:net').Socket).unref();
  const options = [
    ...['BatchMode=yes', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=yes'],
    `UserKnownHostsFile=${directory}/known`,
  ].flatMap((option) => ['-o', option]);
  const ssh = ['ssh', '-F', 'none', ...options, '-i', user, '-p', String(port)];
  const there = ['sudo', '-n', daemonExecutable(), '--stdio', config];
  return { config, command: [...ssh, `${name}@127.0.0.1`, ...there] };
}

/** The daemon of that configuration: Node, not the shells and sudos that lead there. */
function daemonOf(config: string): number | undefined {
  const found = everyProcess().find(({ pid }) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words[0]?.endsWith('/node') && words.includes(config);
    } catch {
      return false;
    }
  });
  return found?.pid;
}

testWith(NEEDS, 'commands run on another host through ssh and sudo', async () => {
  const { config, command } = await remote();
  const lines: string[] = [];
  const client = new RootwrapClient(command as [string, ...string[]], {
    stderr: (line: string) => lines.push(line),
  });
  assert.is((await client.execute(['id', '-u'])).stdout, '0');
  const { stdout } = await client.execute(['cat'], {
    input: ALL_BYTES,
    encoding: 'buffer',
    stripFinalNewline: false,
  });
  assert.ok(ALL_BYTES.equals(stdout));
  const running = client.start(['cat']);
  running.stdin.end(ALL_BYTES);
  const pieces: Buffer[] = [];
  for await (const piece of running.stdout) pieces.push(piece as Buffer);
  assert.ok(Buffer.concat(pieces).equals(ALL_BYTES));
  assert.is((await running.result).exitCode, 0);
  try {
    await client.execute(['id']);
    assert.unreachable('it was not refused');
  } catch (error) {
    assert.match((error as Error).message, 'Unauthorized command: id (no filter matched)');
  }
  assert.ok(daemonOf(config));
  await client.close();
  assert.is(daemonOf(config), undefined);
  assert.match(
    lines.join('\n'),
    /from \S+ \(uid \d+\), pid \d+, by \S+: Unauthorized command: id /,
  );
});

testWith(NEEDS, 'when ssh is killed the daemon there ends, and what streams with it', async () => {
  const { config, command } = await remote();
  const client = new RootwrapClient(command as [string, ...string[]], { stderr: 'ignore' });
  await client.execute(['id', '-u']);
  const running = client.start(['sleep', '1000']);
  const lost = running.result.then(
    () => 'ended',
    (error: Error) => error.name,
  );
  const daemon = daemonOf(config) ?? 0;
  await until('the command', () => childrenOf(daemon).length === 1);
  const [sleeping] = childrenOf(daemon);
  for (const { pid, name } of childrenOf(process.pid))
    if (name === 'ssh') process.kill(pid, 'SIGKILL');
  assert.is(await lost, 'DaemonLostError');
  await until('the end of the daemon', () => !isAlive(daemon));
  assert.not(isAlive(sleeping?.pid ?? 0));
});

test.run();
