import { CHALLENGE_FRAME } from '../wire/challenge.js';
import { encode, MessageError } from '../wire/encoding.js';
import { FrameError, FrameReader } from '../wire/frames.js';
import { PROTOCOL, type Welcome } from '../wire/messages.js';
import { AuthenticationError, authentication } from './authentication.js';
import { DaemonLostError, ProtocolError } from './errors.js';
import { escapeLines } from './escape-lines.js';
import { beginning, type Link } from './link.js';
import { received } from './received.js';
import type { Answer, Request } from './request.js';

export interface ConnectionEvents {
  /** The daemon has said hello: requests may be sent. */
  ready(): void;
  /** Something was answered, or no more is taken; there may be room for others. */
  changed(): void;
  /** These have not been run and never will be by this daemon. */
  returned(requests: readonly Request[]): void;
  /** It was not run, since the daemon has enough to do; it can be sent again when others are answered. */
  declined(request: Request): void;
  /** It is over, said once. `problem` is what the other side did wrong, if it did. */
  over(problem: string | undefined): void;
}

/** Bytes of the first frame, in which a daemon introduces itself. */
const HELLO_FRAME = 64 * 1024;
/** Milliseconds in which a daemon's process may say why it is gone. */
const TIME_TO_SAY = 500;
/** Milliseconds in which the rest of what a daemon said is read that no longer listens. */
const TIME_TO_READ = 1000;
/** Milliseconds for which a daemon is not asked for more that has declined a request. */
const TIME_BUSY = 1000;
/** Bytes of what is no greeting that a message shows. */
const SHOWN = 100;
const NO_LIMITS: Welcome['limits'] = { frame: 0, requests: 0, output: 0, input: 0 };

/** A conversation with one daemon: sends requests and hands out the answers, by their ids. */
export class Connection {
  readonly #link: Link;
  readonly #events: ConnectionEvents;
  readonly #reader: FrameReader;
  readonly #pending = new Map<number, Request>();
  #authentication: ReturnType<typeof authentication> | undefined;
  #state: 'new' | 'open' | 'leaving' | 'over' = 'new';
  #limits = NO_LIMITS;
  /** Requests at once: fewer than the daemon said after it declined one. */
  #room = 0;
  #declinedAt = 0;
  #lastId = 0;
  /** All up to this one were handed to the system; later ones cannot have been run. */
  #writtenId = 0;
  #outgoing: Buffer[] = [];
  /** What arrived until the daemon said hello, for messages. */
  #first: Buffer | undefined = Buffer.alloc(0);

  constructor(link: Link, events: ConnectionEvents) {
    this.#link = link;
    this.#events = events;
    this.#reader = new FrameReader(link.key ? CHALLENGE_FRAME : HELLO_FRAME);
    const { from, to } = link;
    from.on('data', (chunk: Buffer) => this.#read(chunk));
    from.on('end', () => this.#end());
    from.on('close', () => this.#end());
    from.on('error', () => {});
    if (to !== from) {
      // Its goodbye may be on its way all the same.
      const late = () => setTimeout(() => this.#end(), TIME_TO_READ).unref();
      to.on('error', late);
      to.on('close', late);
    }
    if (link.key) {
      this.#authentication = authentication(link.key);
      this.#authentication.next();
    } else {
      this.write(encode({ type: 'hello', protocol: PROTOCOL }));
    }
  }

  /** Whether one more request may be sent. */
  get hasRoom(): boolean {
    return this.#state === 'open' && this.#pending.size < this.#room;
  }

  /** Whether nothing is unanswered. */
  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  get link(): Link {
    return this.#link;
  }

  send(request: Request): void {
    const id = ++this.#lastId;
    const frames = request.attach(this, id, this.#limits);
    if (frames === undefined) return; // too large, and told so
    if (this.#pending.size === 0) this.#link.from.ref();
    this.#pending.set(id, request);
    for (const frame of frames) this.write(frame);
  }

  /** Sends a frame when the code that runs now is done: what belongs together goes out together. */
  write(frame: Buffer): void {
    if (this.#outgoing.push(frame) === 1) process.nextTick(this.#flush);
  }

  /** No more requests will come: ends the conversation and waits for the daemon to end. */
  async finish(): Promise<void> {
    this.#state = 'over';
    this.#link.to.end();
    await this.#link.process?.finish();
    this.#link.from.destroy();
  }

  drop(): void {
    this.#state = 'over';
    this.#link.from.destroy();
    this.#link.to.destroy();
    this.#link.process?.drop();
  }

  readonly #flush = (): void => {
    const frames = this.#outgoing;
    this.#outgoing = [];
    if (this.#state === 'over') return;
    this.#writtenId = this.#lastId;
    const { to } = this.#link;
    if (frames.length === 1) to.write(frames[0] as Buffer);
    else {
      to.cork();
      for (const frame of frames) to.write(frame);
      to.uncork();
    }
  };

  #read(chunk: Buffer): void {
    if (this.#first && this.#first.length < SHOWN)
      this.#first = Buffer.concat([this.#first, chunk.subarray(0, SHOWN)]);
    try {
      for (const payload of this.#reader.read(chunk)) {
        if (this.#state === 'over') return;
        if (this.#authentication) this.#authenticate(payload, this.#authentication);
        else this.#receive(payload);
      }
    } catch (error) {
      if (!PROBLEMS.some((kind) => error instanceof kind)) throw error;
      this.#end(this.#problem(error as Error));
      return;
    }
    if (this.#pending.size === 0) this.#link.from.unref();
    this.#events.changed();
  }

  #problem({ message }: Error): string {
    if (!this.#first || this.#authentication) return message;
    return `${message}; what came begins with ${beginning(this.#first)}`;
  }

  #authenticate(payload: Buffer, steps: ReturnType<typeof authentication>): void {
    const { value, done } = steps.next(payload);
    if (value) this.write(value);
    if (!done) return;
    this.#authentication = undefined;
    this.#reader.limit = HELLO_FRAME;
    this.write(encode({ type: 'hello', protocol: PROTOCOL }));
  }

  #receive(payload: Buffer): void {
    const { message, bytes } = received(payload);
    if (message.type === 'hello') this.#greeted(message);
    else if (this.#state === 'new') throw new MessageError('the first message is not hello');
    else if (message.type === 'goodbye') this.#goodbye(message.last);
    else this.#answer(message, bytes);
  }

  #greeted({ protocol, limits }: Welcome): void {
    if (this.#state !== 'new') throw new MessageError('a second hello');
    if (protocol !== PROTOCOL) {
      throw new MessageError(`the daemon speaks protocol ${protocol} and this client ${PROTOCOL}`);
    }
    if (limits.requests < 1) throw new MessageError('a daemon that takes no requests');
    this.#state = 'open';
    this.#first = undefined;
    this.#limits = limits;
    this.#room = limits.requests;
    // Answers may be longer than what the daemon takes: all the output, and what is said of it.
    this.#reader.limit = limits.frame + limits.output;
    this.#events.ready();
  }

  #answer(message: Answer, bytes: Buffer): void {
    const request = this.#pending.get(message.id);
    if (!request) throw new MessageError(`${message.type} about ${message.id}, which does not run`);
    const isBusy = message.type === 'failed' && message.code === 'busy';
    if (isBusy && this.#pending.size > 1) {
      this.#decline(message.id, request);
      return;
    }
    if (!request.receive(message, bytes)) return;
    this.#pending.delete(message.id);
    if (this.#room < this.#limits.requests && performance.now() - this.#declinedAt > TIME_BUSY) {
      this.#room++;
    }
  }

  /** Its limit was lowered, or other clients use it up: what this one has in flight is enough. */
  #decline(id: number, request: Request): void {
    this.#pending.delete(id);
    this.#room = this.#pending.size;
    this.#declinedAt = performance.now();
    this.#events.declined(request);
  }

  #goodbye(last: number): void {
    if (this.#state === 'leaving') throw new MessageError('a second goodbye');
    if (last > this.#lastId) throw new MessageError(`goodbye after ${last}, which was never sent`);
    this.#state = 'leaving';
    this.#giveBack((id) => id > last);
  }

  #giveBack(isReturned: (id: number) => boolean): void {
    const returned = [...this.#pending].filter(([id]) => isReturned(id));
    for (const [id] of returned) this.#pending.delete(id);
    this.#events.returned(returned.map(([, request]) => request));
  }

  #end(problem?: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#giveBack((id) => id > this.#writtenId);
    this.drop();
    this.#events.over(problem);
    void this.#tellThePending(problem);
  }

  async #tellThePending(problem: string | undefined): Promise<void> {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    if (pending.length === 0) return;
    if (problem !== undefined) {
      for (const request of pending)
        request.fail(new ProtocolError(protocolMessage(problem), true));
      return;
    }
    const end = await this.#link.process?.lastWords(TIME_TO_SAY);
    const how = end?.signal
      ? `the daemon was killed by ${end.signal}`
      : end?.exitCode !== undefined
        ? `the daemon ended with exit code ${end.exitCode}`
        : 'the connection to the daemon ended';
    for (const request of pending) request.fail(new DaemonLostError(request.argv, true, how));
  }
}

const PROBLEMS = [AuthenticationError, FrameError, MessageError];

export function protocolMessage(problem: string): string {
  return (
    `the connection was closed since the other side breaks the protocol: ${escapeLines(problem)}; ` +
    'see that both ends are of one version and that nothing else writes to the pipes between them'
  );
}
