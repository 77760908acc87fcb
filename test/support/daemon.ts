import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { ObjectClient } from './clients.js';
import { executable, publicDirectory, publicPolicy, ROOT, run, SAFE_PATH } from './executable.js';
import { patiently, until } from './patience.js';
import { temporaryDirectory } from './policy-files.js';
import { childrenOf, descriptorsOf } from './proc.js';
import { RawConnection } from './raw-connection.js';

const KEY_BYTES = 32;

/** Who runs these tests, as filters name them. */
export const ME = run('/usr/bin/id', ['-un']).stdout.trim();

/** A policy for a daemon. */
export interface DaemonPolicy {
  readonly config: string;
  /** The first of exec_dirs. */
  readonly bin: string;
  /** Where the daemon makes the directory of its socket. */
  readonly base: string;
}

/**
 * @param filters more than `true` and `sh`, which any words may follow; `ME` in them is who runs this
 * @param settings further lines under [DEFAULT]
 */
export function daemonPolicy(filters = '', settings = ''): DaemonPolicy {
  const base = join(publicDirectory(), 'base');
  mkdirSync(base, { mode: 0o755 });
  const { config, bin } = publicPolicy(
    `true: CommandFilter, true, ME\nsh: CommandFilter, sh, ME\n${filters}`.replaceAll('ME', ME),
    `exec_dirs = bin,/usr/bin,/bin\ndaemon_directory = ${base}\n${settings}`,
  );
  return { config, bin, base };
}

export interface DaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** `env` is all of the environment; otherwise it is added to a short one. */
  readonly onlyEnv?: boolean;
  readonly cwd?: string;
  /** Not whoever runs this. */
  readonly uid?: number;
  readonly gid?: number;
  /** Words that begin the command line instead of the launcher: they must `exec` what follows. */
  readonly through?: (launcher: string) => readonly string[];
}

const started: ChildProcess[] = [];

process.on('exit', () => {
  for (const daemon of started) kill(daemon);
});

/** Kills a daemon, and whatever it runs. */
function kill(daemon: ChildProcess): void {
  if (daemon.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
  const commands = childrenOf(daemon.pid);
  daemon.kill('SIGKILL');
  for (const { group } of commands) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // gone
    }
  }
}

let installed: string | undefined;

/** The path of `tsrootwrap-daemon` as npm installs it. */
export function daemonExecutable(): string {
  if (installed === undefined) {
    installed = join(dirname(executable()), 'tsrootwrap-daemon');
    symlinkSync(join(ROOT, 'bin/tsrootwrap-daemon'), installed);
  }
  return installed;
}

/** A daemon that listens on its socket; killed when this process ends, with what it runs. */
export class DaemonProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Of the socket. */
  readonly path: string;
  readonly key: Buffer;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #errors: string;

  private constructor(child: ChildProcess, errors: string, path: string, key: Buffer) {
    this.child = child;
    this.pid = child.pid ?? 0;
    this.path = path;
    this.key = key;
    this.ended = endOf(child);
    this.#errors = errors;
  }

  /** @throws with its exit code and standard error when it does not come to listen */
  static async start({ config }: { config: string }, options: DaemonOptions = {}) {
    const errors = join(temporaryDirectory(), 'stderr');
    const { through = (launcher) => [launcher], env, onlyEnv, ...who } = options;
    const [file = '', ...args] = [...through(daemonExecutable()), config];
    const stderr = openSync(errors, 'a'); // a pipe would be closed when it listens
    const child = spawn(file, args, {
      env: onlyEnv ? env : { PATH: SAFE_PATH, HOME: '/root', LC_ALL: 'C', ...env },
      stdio: ['pipe', 'pipe', stderr],
      ...who,
    });
    closeSync(stderr);
    started.push(child);
    const said = await announcement(child);
    const end = said.indexOf('\n');
    const path = said.subarray(0, end).toString();
    const key = said.subarray(end + 1);
    if (end === -1 || key.length !== KEY_BYTES) {
      const { code } = await endOf(child);
      throw new Error(`the daemon ended with ${code}: ${readFileSync(errors, 'utf8')}`);
    }
    return new DaemonProcess(child, errors, path, key);
  }

  /** The directory of its socket. */
  get directory(): string {
    return dirname(this.path);
  }

  /** What it has written to standard error so far. */
  get complaints(): string {
    return readFileSync(this.#errors, 'utf8');
  }

  /** A connection before the challenge. */
  connect(options?: { read?: boolean }): Promise<RawConnection> {
    return RawConnection.open(this.path, options);
  }

  /** A connection behind the challenge. */
  async authenticated(): Promise<RawConnection> {
    return (await this.connect()).authenticate(this.key);
  }

  /** A client of tsrootwrap's own dialect, behind its greeting. */
  async client(): Promise<ObjectClient> {
    return ObjectClient.greet(await this.authenticated());
  }

  descriptors(): string[] {
    return descriptorsOf(this.pid);
  }

  /** How many clients it has, by its descriptors. */
  clients(): number {
    const sockets = this.descriptors().filter((text) => text.includes(' socket:'));
    return sockets.length - 2; // it listens on one, and its standard input is another
  }

  /** Waits until it has that many. */
  hasClients(count: number): Promise<void> {
    return until(`${count} clients`, () => this.clients() === count);
  }

  /**
   * Has the body use the daemon, and then waits until the daemon has no descriptor, no process and
   * no directory more than before. It is given a call first, since the first one opens what stays.
   */
  async leavesNothing<T>(body: () => Promise<T>): Promise<T> {
    const first = await this.client();
    await first.run(['true']);
    await first.about(first.request(['no such command'])); // all of the first is closed by now
    const during = this.descriptors();
    first.connection.destroy();
    await until('the end of the first call', () => this.descriptors().length < during.length);
    const before = this.descriptors();
    const result = await body();
    await this.hasOnly(before);
    return result;
  }

  /** Waits until it has no child, and as many descriptors as these. */
  async hasOnly(before: readonly string[]): Promise<void> {
    try {
      await until('rest', () => {
        return this.descriptors().length <= before.length && childrenOf(this.pid).length === 0;
      });
    } catch {
      assert.equal(childrenOf(this.pid), [], 'processes were left');
      assert.equal(this.descriptors(), before, 'descriptors were left');
    }
  }

  /** Kills it by SIGKILL, and what it runs. */
  kill(): void {
    kill(this.child);
  }

  /** Has it end by a signal, and asserts that it leaves no directory. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    const { code } = await patiently('its end', this.ended);
    assert.is(code, 0, this.complaints);
    assert.not.ok(existsSync(this.directory), `${this.directory} was left`);
    assert.equal(readdirSync(dirname(this.directory)), [], 'something was left');
  }
}

/** A daemon with this policy, which the body uses; it leaves nothing, neither before nor after its end. */
export async function withDaemon(
  policy: DaemonPolicy,
  body: (daemon: DaemonProcess) => Promise<void>,
  options: DaemonOptions = {},
): Promise<void> {
  const daemon = await DaemonProcess.start(policy, options);
  try {
    await daemon.leavesNothing(() => body(daemon));
  } catch (error) {
    console.log(daemon.complaints.slice(-4000));
    daemon.kill(); // with connections open this process would never end
    throw error;
  }
  await daemon.stop();
}

/** Its standard output, to the end or to the last byte of the key. */
function announcement(child: ChildProcess): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let said: Buffer = Buffer.alloc(0);
    child.once('error', reject);
    child.stdout?.on('data', (bytes: Buffer) => {
      said = Buffer.concat([said, bytes]);
      if (said.length > said.indexOf('\n') + KEY_BYTES && said.includes('\n')) resolve(said);
    });
    child.stdout?.once('end', () => resolve(said));
  });
}

function endOf(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  }
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
