import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { posix } from '#src/posix/addon.js';
import type { Assignment, Holdings } from '#src/privileged/contexts/assignment.js';
import { declare } from '#src/privileged/contexts/declaration.js';
import { helperCommand, madeEnvironment } from '#src/privileged/start/helper-program.js';
import { DEFAULT_LIMITS, type MessageLimits } from '#src/privileged/wire/message-limits.js';
import type {
  CallMessage,
  ErrorMessage,
  FromHelper,
  ResultMessage,
  ToHelper,
} from '#src/privileged/wire/messages.js';
import { decode } from '#src/wire/encoding.js';
import { FrameReader, frame } from '#src/wire/frames.js';
import { ROOT } from '../../support/executable.js';
import { patiently } from '../../support/patience.js';

export const MAIN = `${ROOT}/dist/privileged/helper/main.js`;

/** Nobody's, and without any privileges: what most of these tests are about needs none. */
export const POWERLESS: Holdings = {
  uid: 61190,
  gid: 61190,
  groups: [],
  capabilities: [],
  umask: 0o077,
};

export interface StartOptions {
  /** What it is told to hold, where that is not POWERLESS. */
  readonly holds?: Partial<Holdings>;
  /** What it really holds, where that differs. */
  readonly really?: Partial<Holdings>;
  /** Milliseconds. */
  readonly gracePeriod?: number;
  readonly debug?: boolean;
  readonly resultLimits?: MessageLimits;
  /** What of its declaration is the operator's: all of it unless told. */
  readonly overridden?: readonly string[];
  /** Node's flags, in the place of those that `helperCommand` gives. */
  readonly flags?: readonly string[];
}

export type Answer = (ResultMessage | ErrorMessage) & { readonly raw: Uint8Array };

const live = new Set<number>();

/** Ends all that still run: a test that failed has left its own, and this process would wait for it. */
export function endHelpers(): void {
  for (const pidfd of live) {
    try {
      posix.pidfdSendSignal(pidfd, 9);
    } catch {
      // it has ended
    }
  }
}

process.on('exit', endHelpers);

/**
 * A helper for context `test`, started over a socket as root's own program does, and this test at the
 * other end, which may say whatever it likes.
 */
export class StartedHelper {
  readonly pid: number;
  readonly socket: Socket;
  readonly received: (FromHelper & { readonly raw: Uint8Array })[] = [];
  readonly ended: Promise<{ readonly code: number | null; readonly signal: number | null }>;
  stderr = '';
  readonly #waiting = new Set<() => void>();
  #lastId = 0;

  constructor(directory: string, options: StartOptions = {}) {
    const { gracePeriod = 300, debug = false, flags } = options;
    const holds = { ...POWERLESS, ...options.holds };
    const { uid, gid, groups, capabilities, umask } = { ...holds, ...options.really };
    const declaration = declare('test', { user: holds.uid, gracePeriod });
    const overridden = options.overridden ?? Object.keys(declaration);
    const assignment: Assignment = {
      ...{ directory, declaration, overridden, holds, debug },
      resultLimits: options.resultLimits ?? DEFAULT_LIMITS,
    };
    const words = ['serve', JSON.stringify(assignment)];
    const { file, argv } = helperCommand(...words);
    const [ours, theirs] = posix.socketPair();
    const [errors, said] = posix.socketPair();
    const nothing = openSync('/dev/null', 'r+');
    const { pidfd, pid } = posix.spawn({
      file,
      argv: flags === undefined ? argv : [file, ...flags, MAIN, ...words],
      environment: madeEnvironment('/nonexistent'),
      credentials: { uid, gid, groups },
      privileges: { capabilities, umask },
      stdio: [nothing, said, said, theirs, theirs],
    });
    for (const fd of [theirs, said, nothing]) closeSync(fd);
    live.add(pidfd);
    this.pid = pid;
    const stderr = new Socket({ fd: errors });
    const told = new Promise<void>((resolve) => stderr.once('close', () => resolve()));
    stderr.on('error', () => {});
    stderr.on('data', (text) => {
      this.stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      posix.onExit(pidfd, (exit) => {
        live.delete(pidfd);
        closeSync(pidfd);
        void told.then(() => resolve(exit));
      });
    });
    this.socket = new Socket({ fd: ours, allowHalfOpen: true });
    this.#read();
  }

  /** Anything at all. */
  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  send(message: ToHelper | object, ...bytes: readonly Uint8Array[]): void {
    const text = JSON.stringify(message);
    this.write(bytes.length === 0 ? frame(text) : frame(text, Buffer.from('\n'), ...bytes));
  }

  /** Calls a function; its answer, or an error when the helper has ended. */
  call(name: string, args: unknown = {}, rest: Partial<CallMessage> = {}): Promise<Answer> {
    const id = ++this.#lastId;
    this.send({ type: 'call', id, name, args, ...rest });
    return this.answer(id);
  }

  async answer(id: number): Promise<Answer> {
    return this.#until(`the answer to call ${id}`, () =>
      this.received.find((message): message is Answer => 'id' in message && message.id === id),
    );
  }

  /** The first message of a type, with this text in it. */
  async next(type: FromHelper['type'], text = ''): Promise<FromHelper> {
    return this.#until(`${type} with ${text}`, () =>
      this.received.find(
        (message) => message.type === type && JSON.stringify(message).includes(text),
      ),
    );
  }

  /** Resolves when it is ready; rejects with its last words when it ends before. */
  async ready(): Promise<this> {
    await this.next('ready');
    return this;
  }

  /** The service's death. */
  async hangUp(): Promise<{ readonly code: number | null; readonly signal: number | null }> {
    this.socket.destroy();
    return patiently('the end of the helper', this.ended);
  }

  async end(): Promise<{ readonly code: number | null; readonly signal: number | null }> {
    return patiently(`the end of the helper: ${this.stderr}`, this.ended);
  }

  #read(): void {
    const reader = new FrameReader(256 * 1024 * 1024);
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: Buffer) => {
      for (const payload of reader.read(chunk)) {
        const { value, bytes } = decode(Buffer.from(payload));
        this.received.push({ ...(value as FromHelper), raw: bytes });
      }
      this.#wake();
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #until<T>(what: string, find: () => T | undefined): Promise<T> {
    const found = new Promise<T>((resolve, reject) => {
      const look = () => {
        const value = find();
        if (value === undefined) return;
        this.#waiting.delete(look);
        resolve(value);
      };
      this.#waiting.add(look);
      look();
      void this.ended.then(({ code, signal }) => {
        look();
        reject(new Error(`it ended (${code ?? signal}) before ${what}: ${this.stderr}`));
      });
    });
    return patiently(what, found);
  }
}
