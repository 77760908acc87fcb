import { CHALLENGE_FRAME } from '../wire/challenge.js';
import { encode, MessageError } from '../wire/encoding.js';
import { FrameError, FrameReader } from '../wire/frames.js';
import { PROTOCOL, type Welcome } from '../wire/messages.js';
import { AuthenticationError, authentication } from './authentication.js';
import { brokenBy, DaemonLostError, type RootwrapError } from './errors.js';
import { MAX_ANSWER_TEXT } from './limits.js';
import { beginning, type Link } from './link.js';
import { received } from './received.js';
import type { Answer, Request } from './request.js';
import { SentRequests } from './sent-requests.js';
import { type Arrows, StateMachine } from './state-machine.js';

export interface ConnectionEvents {
  /** The daemon has said hello: requests may be sent. */
  ready(): void;
  /** Something was answered, or no more is taken; there may be room for others. */
  changed(): void;
  /**
   * It takes no more requests. These have not been run and never will be by this daemon. `problem` is
   * what the other side did wrong, if that is why.
   */
  returned(requests: readonly Request[], problem?: string): void;
  /** It was not run, since the daemon has enough to do; it can be sent again when others are answered. */
  declined(request: Request): void;
  /** It is over, said once. `problem` is what the other side did wrong, if it did. */
  over(problem: string | undefined): void;
}

/**
 * - `greeting`: authentication, if there is a key, and hello
 * - `open`: requests are sent
 * - `retired`: it did not answer in time, so it is sent no more requests
 * - `leaving`: the daemon has said goodbye, and answers what it has taken on
 * - `over`: nothing is sent, and nothing that arrives is looked at
 */
type State = 'greeting' | 'open' | 'retired' | 'leaving' | 'over';

const ARROWS: Arrows<State> = {
  greeting: ['open', 'over'],
  open: ['retired', 'leaving', 'over'],
  retired: ['leaving', 'over'],
  leaving: ['over'],
  over: [],
};

/** Bytes of the first frame, in which a daemon introduces itself. */
const HELLO_FRAME = 64 * 1024;
/** How long (ms) a daemon's process may take to say why it is gone. */
const TIME_TO_SAY = 500;
/** How long (ms) to keep reading what a daemon said after it has stopped listening. */
const TIME_TO_READ = 1000;
/** Bytes of what is no greeting that a message shows. */
const SHOWN = 100;
const NO_LIMITS: Welcome['limits'] = { frame: 0, requests: 0, output: 0, input: 0 };

/** A conversation with one daemon: sends requests and hands out the answers, by their ids. */
export class Connection {
  readonly #link: Link;
  readonly #events: ConnectionEvents;
  readonly #reader: FrameReader;
  readonly #state = new StateMachine<State>(ARROWS, 'greeting');
  readonly #sent = new SentRequests();
  #authentication: ReturnType<typeof authentication> | undefined;
  #limits = NO_LIMITS;
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
    if (!Object.is(to, from)) {
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
    return this.#state.now === 'open' && this.#sent.hasRoom;
  }

  /** Whether no call waits for it. */
  get isIdle(): boolean {
    return this.#sent.size === 0;
  }

  /** Whether it has answered any request. */
  get hasAnswered(): boolean {
    return this.#sent.hasAnswered;
  }

  send(request: Request): void {
    const id = this.#sent.nextId();
    const frames = request.attach(this, id, this.#limits);
    if (frames === undefined) return; // too large, and told so
    this.#sent.add(id, request);
    this.#limitAnswers();
    if (this.#sent.size === 1) this.#link.from.ref?.();
    for (const frame of frames) this.write(frame);
  }

  /** Sends a frame when the code that runs now is done: what belongs together goes out together. */
  write(frame: Buffer): void {
    if (this.#outgoing.push(frame) === 1) process.nextTick(this.#flush);
  }

  /** No answer came in time: this call no longer waits for it, and no other is sent here. */
  abandon(id: number): void {
    if (!this.#sent.abandon(id)) return;
    if (this.#sent.size === 0) this.#link.from.unref?.();
    if (this.#state.enter('retired')) this.#events.returned([]);
    this.#events.changed();
  }

  /** Asks the daemon to end all that runs, and fails all calls that wait for it. */
  cutShort(failure: (request: Request) => RootwrapError): void {
    const pending = this.#sent.takeAll();
    for (const [id] of pending) this.write(encode({ type: 'abort', id }));
    this.#flush();
    for (const [, request] of pending) request.fail(failure(request));
  }

  /** No more requests will come: ends the conversation and waits for the daemon to end. */
  async finish(): Promise<void> {
    this.#state.enter('over');
    this.#link.to.end();
    await this.#link.process?.finish();
    this.#link.from.destroy();
  }

  drop(): void {
    this.#state.enter('over');
    this.#link.from.destroy();
    this.#link.to.destroy();
    this.#link.process?.drop();
  }

  readonly #flush = (): void => {
    const frames = this.#outgoing;
    this.#outgoing = [];
    if (this.#state.now === 'over' || frames.length === 0) return;
    this.#writtenId = this.#sent.lastId;
    const { to } = this.#link;
    if (frames.length === 1) to.write(frames[0] as Buffer);
    else {
      to.cork();
      for (const frame of frames) to.write(frame);
      to.uncork();
    }
  };

  #read(chunk: Buffer): void {
    if (this.#state.now === 'over') return;
    if (this.#first && this.#first.length < SHOWN)
      this.#first = Buffer.concat([this.#first, chunk.subarray(0, SHOWN)]);
    try {
      for (const payload of this.#reader.read(chunk)) {
        if (this.#isOver()) return;
        if (this.#authentication) this.#authenticate(payload, this.#authentication);
        else this.#receive(payload);
      }
    } catch (error) {
      if (!PROBLEMS.some((kind) => error instanceof kind)) throw error;
      this.#end(this.#problem(error as Error));
      return;
    }
    if (this.#isOver()) return;
    if (this.#sent.size === 0) this.#link.from.unref?.();
    this.#limitAnswers();
    this.#events.changed();
  }

  #isOver(): boolean {
    return this.#state.now === 'over';
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
    else if (this.#state.now === 'greeting')
      throw new MessageError('the first message is not hello');
    else if (message.type === 'goodbye') this.#goodbye(message.last);
    else this.#answer(message, bytes);
  }

  #greeted({ protocol, limits }: Welcome): void {
    if (this.#state.now !== 'greeting') throw new MessageError('a second hello');
    if (protocol !== PROTOCOL) {
      throw new MessageError(`the daemon speaks protocol ${protocol} and this client ${PROTOCOL}`);
    }
    if (limits.requests < 1) throw new MessageError('a daemon that takes no requests');
    this.#first = undefined;
    this.#limits = limits;
    this.#sent.open(limits.requests);
    this.#state.enter('open');
    this.#limitAnswers();
    this.#events.ready();
  }

  /** A frame may be as long as the longest answer that a call of ours waits for, whatever the daemon says. */
  #limitAnswers(): void {
    if (this.#state.now !== 'greeting') {
      this.#reader.limit = MAX_ANSWER_TEXT + this.#sent.longestAnswer;
    }
  }

  #answer(message: Answer, bytes: Buffer): void {
    const declined = this.#sent.answer(message, bytes);
    if (declined) this.#events.declined(declined);
  }

  #goodbye(last: number): void {
    this.#sent.checkGoodbye(last);
    if (!this.#state.enter('leaving')) throw new MessageError('a second goodbye');
    this.#events.returned(this.#sent.takeAfter(last));
  }

  #end(problem?: string): void {
    if (!this.#state.enter('over')) return;
    this.#events.returned(this.#sent.takeAfter(this.#writtenId), problem);
    this.drop();
    this.#events.over(problem);
    void this.#failPending(problem);
  }

  async #failPending(problem: string | undefined): Promise<void> {
    if (this.#sent.size === 0) return;
    const failure = problem === undefined ? await this.#loss() : () => brokenBy(problem, true);
    for (const [, request] of this.#sent.takeAll()) request.fail(failure(request));
    this.#events.changed();
  }

  async #loss(): Promise<(request: Request) => RootwrapError> {
    const end = await this.#link.process?.lastWords(TIME_TO_SAY);
    const how = end?.signal
      ? `the daemon was killed by ${end.signal}`
      : end?.exitCode !== undefined
        ? `the daemon ended with exit code ${end.exitCode}`
        : 'the connection to the daemon ended';
    return (request) => new DaemonLostError(request.argv, true, how);
  }
}

const PROBLEMS = [AuthenticationError, FrameError, MessageError];
