import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { RootwrapClient, RootwrapError } from '#src/client/index.js';
import { streamPair } from '#src/client/testing/stream-pair.js';
import { frame } from '#src/wire/frames.js';
import type { Run, ToDaemon } from '#src/wire/messages.js';
import { exit, hello, message, Peer } from './peer.js';

/** What a daemon may do next, and how its pieces are put together: `now` sends what was held. */
export type DaemonStep =
  | { readonly kind: 'hello'; readonly requests: number }
  | {
      readonly kind: 'exit' | 'busy' | 'refused' | 'started' | 'output' | 'window';
      readonly nth: number;
    }
  | { readonly kind: 'goodbye'; readonly back: number }
  | { readonly kind: 'broken'; readonly how: number }
  | Outright;

/** What is done at once. */
interface Outright {
  readonly kind: 'end' | 'destroy' | 'flush';
}

/** What a caller may do next. */
export type CallerStep =
  | { readonly kind: 'execute'; readonly input: number }
  | { readonly kind: 'start'; readonly stdin: 'end' | 'cut' | 'open'; readonly reads: boolean }
  | { readonly kind: 'abort' | 'cutOutput' | 'kill' | 'dispose'; readonly nth: number }
  | { readonly kind: 'close'; readonly timeout: number | undefined }
  | { readonly kind: 'wait' };

export type Step = DaemonStep | CallerStep;

const nth = fc.nat(3);

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('execute' as const),
        input: fc.constantFrom(0, 10, 400_000),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('start' as const),
        stdin: fc.constantFrom('end' as const, 'cut' as const, 'open' as const),
        reads: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'abort' as const,
          'cutOutput' as const,
          'kill' as const,
          'dispose' as const,
        ),
        nth,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('close' as const),
        timeout: fc.constantFrom(undefined, 0, 5),
      }),
    },
    { weight: 8, arbitrary: fc.constant({ kind: 'wait' as const }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('hello' as const),
        requests: fc.constantFrom(1, 2, 8),
      }),
    },
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'exit' as const,
          'exit' as const,
          'busy' as const,
          'refused' as const,
          'started' as const,
          'output' as const,
          'window' as const,
        ),
        nth,
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('goodbye' as const), back: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('broken' as const), how: fc.nat(4) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'end' as const,
          'destroy' as const,
          'flush' as const,
          'flush' as const,
          'flush' as const,
        ),
      }),
    },
  ),
  { maxLength: 40 },
);

/** A daemon's end, and what it has said of each command. */
class ModelPeer extends Peer {
  held: (() => Buffer)[] = [];
  /** Of its goodbye: what has a higher id, on its way or not, is not run. */
  last = Infinity;
  /** By id: what was last said of it. */
  readonly said = new Map<number, 'nothing' | 'begun' | 'answered' | 'returned'>();
}

/** A client, daemons that do what the steps say, and what must be true of both. */
export class Model {
  readonly #root: RootwrapClient;
  readonly #peers: ModelPeer[] = [];
  readonly #calls: {
    readonly name: string;
    readonly settled: Promise<unknown>;
    outcome?: unknown;
  }[] = [];
  readonly #controllers: AbortController[] = [];
  readonly #running: ReturnType<RootwrapClient['start']>[] = [];
  readonly #closes: Promise<void>[] = [];
  #fault: Error | undefined;
  #isWell = false;

  constructor() {
    const connect = () => {
      const [ours, its] = streamPair();
      const peer = new ModelPeer(its);
      peer.onMessage = (received) => {
        if (received.type === 'run') this.#arrived(peer, received);
        if (this.#isWell) this.#serve(peer, received);
      };
      this.#peers.push(peer);
      return ours;
    };
    this.#root = new RootwrapClient({ connect }, { startTimeout: 40 });
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'wait':
        for (let i = 0; i < 3; i++) await new Promise(setImmediate);
        return;
      case 'close':
        this.#closes.push(this.#root.close({ timeout: step.timeout }));
        return;
      case 'execute': {
        const controller = new AbortController();
        this.#controllers.push(controller);
        const name = `c${this.#calls.length}`;
        const options = { signal: controller.signal, input: 'x'.repeat(step.input) };
        this.#track(name, this.#root.execute([name], options));
        return;
      }
      case 'start':
        this.#start(step.stdin, step.reads);
        return;
      case 'abort':
        this.#controllers.at(-1 - step.nth)?.abort();
        return;
      case 'kill':
        this.#running.at(-1 - step.nth)?.kill();
        return;
      case 'cutOutput':
        this.#running.at(-1 - step.nth)?.stdout?.destroy();
        return;
      case 'dispose':
        void this.#running.at(-1 - step.nth)?.[Symbol.asyncDispose]();
        return;
      default:
        this.#daemonDoes(step);
    }
  }

  /**
   * All that was promised is kept, and in time; daemons were started as often as calls can explain.
   *
   * @param isWell whether daemons behave from now on, so that calls are answered. Else they are cut short
   */
  async check(isWell: boolean): Promise<void> {
    for (const peer of this.#peers) this.#flush(peer);
    this.#isWell = isWell;
    for (const { stream } of isWell ? this.#peers : []) stream.destroy();
    if (isWell) this.#track('last', this.#root.execute(['last']));
    this.#closes.push(this.#root.close(isWell ? {} : { timeout: 0 }));
    for (const { stdout } of this.#running) stdout?.destroy();
    const all = [...this.#calls.map(({ settled }) => settled), ...this.#closes];
    let timer: NodeJS.Timeout | undefined;
    const never = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, 120_000, 'a promise stays open');
    });
    assert.is(await Promise.race([Promise.all(all).then(() => 'settled'), never]), 'settled');
    clearTimeout(timer);
    if (this.#fault) throw this.#fault;
    // three that answer nothing fail a call, and an answer ends one
    assert.ok(this.#peers.length <= 3 * this.#calls.length, `${this.#peers.length} starts`);
    for (const call of this.#calls) this.#checkOutcome(call);
  }

  #start(stdin: 'end' | 'cut' | 'open', reads: boolean): void {
    const name = `s${this.#calls.length}`;
    const running = this.#root.start([name]);
    this.#running.push(running);
    running.stdin.write('x'.repeat(100_000));
    if (stdin === 'end') running.stdin.end();
    if (stdin === 'cut') running.stdin.destroy(new Error('cut'));
    if (reads) running.stdout?.resume();
    this.#track(name, running.result);
    void running.pid.catch(() => {});
  }

  #track(name: string, promise: Promise<unknown>): void {
    const settled = promise.then(
      (value) => this.#settle(name, value),
      (error) => this.#settle(name, error),
    );
    this.#calls.push({ name, settled });
  }

  #settle(name: string, outcome: unknown): void {
    const call = this.#calls.find((each) => each.name === name);
    if (call) call.outcome = outcome;
  }

  /** At most once: what was sent before comes again only if the daemon said that it was not run. */
  #arrived(peer: ModelPeer, { id, argv }: Run): void {
    for (const earlier of this.#peers) {
      for (const run of earlier.runs) {
        const isSame = run.argv[0] === argv[0] && !(earlier === peer && run.id === id);
        if (isSame && earlier.said.get(run.id) !== 'returned') {
          this.#fault ??= new Error(`${argv[0]} was sent twice`); // thrown when it is looked at
        }
      }
    }
    peer.said.set(id, id > peer.last ? 'returned' : 'nothing');
  }

  #serve(peer: ModelPeer, received: ToDaemon): void {
    if (received.type === 'hello') peer.send(hello());
    if (received.type === 'run') peer.send(this.#piece(peer, { kind: 'exit', nth: 0 }));
  }

  #daemonDoes(step: DaemonStep): void {
    const peer = this.#peers.at(-1);
    if (!peer) return;
    switch (step.kind) {
      case 'flush':
        this.#flush(peer);
        return;
      case 'end':
        peer.stream.end();
        return;
      case 'destroy':
        peer.stream.destroy();
        return;
      default:
        peer.held.push(() => this.#piece(peer, step));
    }
  }

  #flush(peer: ModelPeer): void {
    const { held } = peer;
    peer.held = [];
    if (held.length === 0 || peer.stream.writableEnded || peer.stream.destroyed) return;
    peer.send(...held.map((piece) => piece()));
  }

  #piece(peer: ModelPeer, step: Exclude<DaemonStep, Outright>): Buffer {
    if (step.kind === 'hello') return hello({ requests: step.requests });
    if (step.kind === 'broken') return BROKEN[step.how] as Buffer;
    if (step.kind === 'goodbye') {
      const last = Math.max(0, (peer.runs.at(-1)?.id ?? 0) - step.back);
      peer.last = last;
      for (const { id } of peer.runs) {
        if (id > last && peer.said.get(id) === 'nothing') peer.said.set(id, 'returned');
      }
      return message({ type: 'goodbye', last });
    }
    const run = peer.runs.at(-1 - step.nth);
    if (!run) return Buffer.alloc(0);
    const { id } = run;
    const before = peer.said.get(id);
    if (step.kind === 'started' || step.kind === 'output' || step.kind === 'window') {
      if (before === 'nothing') peer.said.set(id, 'begun');
      if (step.kind === 'started') return message({ type: 'started', id, pid: 7 });
      if (step.kind === 'window') return message({ type: 'window', id, bytes: 100_000 });
      return message({ type: 'stdout', id }, Buffer.alloc(1000));
    }
    if (step.kind === 'busy') {
      if (before === 'nothing') peer.said.set(id, 'returned');
      return message({ type: 'failed', id, code: 'busy', message: 'busy' });
    }
    if (before === 'nothing' || before === 'begun') peer.said.set(id, 'answered');
    if (step.kind === 'refused') {
      return message({ type: 'refused', id, reason: 'unauthorized', message: 'no' });
    }
    return exit(id, run.window === undefined ? (run.argv[0] as string) : '');
  }

  #checkOutcome({ name, outcome }: { name: string; outcome?: unknown }): void {
    const sent = this.#peers.flatMap((peer) =>
      peer.runs.filter(({ argv }) => argv[0] === name).map(({ id }) => peer.said.get(id)),
    );
    if (outcome instanceof RootwrapError) {
      const isUnknown = sent.some((said) => said === 'nothing' || said === 'begun');
      if (!outcome.mayHaveRun) assert.not(isUnknown, `${name} may have run: ${outcome.message}`);
      return;
    }
    const { argv, stdout } = outcome as { argv: string[]; stdout: string | undefined };
    assert.is(argv[0], name);
    if (name.startsWith('c')) assert.is(stdout, name); // the answer to this call and no other
    assert.ok(sent.includes('answered'), `${name} was never answered`);
  }
}

const BROKEN = [
  Buffer.from('7fffffffffffffff', 'hex'),
  Buffer.from('0000', 'hex'),
  frame('{'),
  frame('{"type":"error","message":"you"}'),
  Buffer.from('0000000000100000', 'hex'), // the beginning of a frame that never ends
];
