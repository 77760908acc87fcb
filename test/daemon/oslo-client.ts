import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SAFE_PATH } from '../support/executable.js';

const PROGRAM = fileURLToPath(
  new URL('../../../test/daemon/oslo_client.py', import.meta.url), // it is not compiled
);

/** Milliseconds; far above what any step takes, so that a test fails and does not hang. */
const LONGEST = 60_000;

/** Text, or bytes; a word or standard input. */
export type Given = string | Uint8Array;

/** What `execute` of the Python client returns. */
export type Result = readonly [returncode: number, stdout: string, stderr: string];

/** An exception that the Python client raised. */
export class PythonError extends Error {
  constructor(
    /** The name of its class. */
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** The daemon that a Python client has started and connected to. */
export interface Started {
  /** Of the process that the client started: sudo, where that is its command. */
  readonly pid: number;
  readonly socket: string;
  readonly key: Buffer;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const running: ChildProcess[] = [];

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL'); // their daemons' input ends by that
});

/** A Python process with oslo.rootwrap's own clients, each told apart by a name. */
export class OsloClients {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly ended: Promise<void>;
  #last = 0;

  /** @param options `--sha256`: authenticate as Python 3.12 does */
  constructor(
    options: readonly '--sha256'[] = [],
    identity: { readonly uid?: number; readonly gid?: number } = {},
  ) {
    this.#child = spawn('/usr/bin/python3', ['-B', PROGRAM, ...options], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: SAFE_PATH, LC_ALL: 'C.UTF-8' },
      cwd: '/',
      ...identity,
    });
    running.push(this.#child);
    const { stdin, stdout } = this.#child;
    if (stdin === null || stdout === null) throw new Error('no pipes');
    stdin.on('error', () => {}); // its end is told by the promises
    createInterface(stdout).on('line', (line) => this.#answered(line));
    this.ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        for (const { reject } of this.#waiting.values()) reject(new Error('Python has ended'));
        resolve();
      });
    });
  }

  /** A client for a daemon that it starts by this command at its first `execute`. */
  async client(command: readonly string[], name = 'one'): Promise<OsloClient> {
    await this.step({ client: name, thread: 'main', do: 'new', command });
    return new OsloClient(this, name);
  }

  step(step: { readonly thread: string; readonly [key: string]: unknown }): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${step.do}`)), LONGEST);
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#child.stdin?.write(`${JSON.stringify({ id, ...step })}\n`);
    });
  }

  /** Has it end as a service does that ends. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.ended;
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #answered(line: string): void {
    const { id, result, error, message } = JSON.parse(line);
    const waiting = this.#waiting.get(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new PythonError(error, message));
  }
}

/** One `oslo_rootwrap.client.Client`. */
export class OsloClient {
  readonly #clients: OsloClients;
  readonly #name: string;

  constructor(clients: OsloClients, name: string) {
    this.#clients = clients;
    this.#name = name;
  }

  /** `Client.execute`, on a thread of this name. */
  async execute(
    argv: readonly Given[],
    stdin: Given | null = null,
    thread = 'main',
  ): Promise<Result> {
    return (await this.#step('execute', {
      argv: argv.map(given),
      stdin: given(stdin),
      thread,
    })) as Result;
  }

  /** The same past the client's lock, so that commands of several threads run at once. */
  async atOnce(argv: readonly Given[], thread: string): Promise<Result> {
    return (await this.#step('at once', { argv: argv.map(given), stdin: null, thread })) as Result;
  }

  async daemon(): Promise<Started> {
    const { pid, socket, key } = (await this.#step('daemon')) as { [key: string]: string };
    return { pid: Number(pid), socket: String(socket), key: Buffer.from(String(key), 'base64') };
  }

  /** The exit status of what the client started; -N when signal N killed it. */
  async ended(): Promise<number> {
    return Number(await this.#step('wait', { thread: 'wait', seconds: LONGEST / 1000 }));
  }

  async shutdown(): Promise<void> {
    await this.#step('shutdown');
  }

  #step(step: string, more: object = {}): Promise<unknown> {
    return this.#clients.step({ client: this.#name, thread: 'main', do: step, ...more });
  }
}

function given(value: Given | null): unknown {
  if (value === null || typeof value === 'string') return value;
  return { base64: Buffer.from(value).toString('base64') };
}
