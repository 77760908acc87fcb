import { commandImage } from '../exec/command-image.js';
import { cleanEnvironment, type Environment } from '../exec/environment.js';
import { Identities } from '../exec/identities.js';
import { type Identity, UnknownUserError } from '../exec/identity.js';
import { softNofileLimit } from '../exec/nofile.js';
import { isExchangedPath } from '../exec/pins.js';
import type { CommandPlan, SignalPlan } from '../exec/plan.js';
import { type CommandEnd, type CommandLimits, RunningCommand } from '../exec/running-command.js';
import { sendSignal } from '../exec/send-signal.js';
import { type Log, UnloggedError } from '../log/log.js';
import { Observations, type Observed } from '../log/observations.js';
import { executing, notFound, unauthorized, unauthorizedPlain } from '../log/wording.js';
import type { Allowed, Decision, Miss } from '../policy/decision.js';
import type { Policy } from '../policy/policy.js';
import { isPosixError, posix } from '../posix/addon.js';
import type { Slices } from '../wire/slices.js';
import { type CommandMemory, FIRST_OUTPUT, type Memory } from './memory.js';
import type { Reservation } from './memory-pool.js';
import type { Peer } from './peer.js';
import { doInTurns, TURN_MS } from './turns.js';

/** A command as a client asks for it. */
export interface CommandRequest {
  readonly words: readonly string[];
  /** Variables to set, which the filter has to be for. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array;
  /** The memory that this was taken for, where it is longer than a connection's share. */
  readonly sent?: Reservation;
  readonly feeding?: boolean;
  /** Streamed output: most bytes at first. */
  readonly window?: number;
  /** Collected output: most bytes, if fewer than the configured ones. */
  readonly mostOutput?: number;
  readonly limits: CommandLimits;
}

/** What a dialect is told of a command. */
export interface CommandEvents {
  /** What became of the request. Before `run` returns, or later where deciding takes long. */
  answered(answer: Answer): void;
  /** Asked while that goes on. When the answer is not wanted nothing is run, and `dropped` called. */
  isWanted(): boolean;
  dropped(): void;
  /** Its answer is to be made. @param memory to be released once that has been taken, or never will be */
  ended(end: CommandEnd, memory: CommandMemory): void;
  /** A piece of a streamed output, 1 or 2. */
  output?(which: 1 | 2, bytes: Buffer): void;
  /** So many more bytes of its input are out of the way. */
  fed?(count: number): void;
}

/** What became of it. Only for `running` events follow. */
export type Answer =
  | { readonly kind: 'running'; readonly command: RunningCommand; readonly filter?: string }
  | { readonly kind: 'ended'; readonly end: CommandEnd; readonly filter?: string }
  | Refusal
  | Failure;

export interface Refusal {
  readonly kind: 'refused';
  readonly reason: 'unauthorized' | 'not-executable';
  readonly message: string;
  readonly misses: readonly Miss[];
}

export interface Failure {
  readonly kind: 'failed';
  readonly code: string;
  readonly message: string;
}

const NOTHING = Buffer.alloc(0);

/** Characters of a refused command that its caller is shown again. */
const MAX_SHOWN = 4096;

/** How commands are ended whose client is gone, or whose daemon must end at once. */
export const LAST_WORDS: CommandLimits = { killSignal: 15, killAfter: 2000 };

/** Decides about commands, carries them out, and knows those that run. */
export class Commands {
  readonly #given: readonly Uint8Array[];
  readonly #memory: Memory;
  readonly #running = new Set<RunningCommand>();
  /** Requests about which it takes long to decide. */
  #undecided = 0;
  #isEnding = false;
  readonly #identities = new Identities();
  readonly #environments = new Map<string, Environment>();
  #policy: Policy;
  readonly #log: Log;
  #observations: Observations;
  #softNofile: number;

  /** @param given environment of the daemon, of which its commands get what is harmless */
  constructor(policy: Policy, log: Log, given: readonly Uint8Array[], memory: Memory) {
    this.#memory = memory;
    this.#policy = policy;
    this.#log = log;
    this.#observations = new Observations(policy.config.observe, log);
    this.#given = given;
    this.#softNofile = softNofileLimit(policy.config.rlimitNofile);
  }

  /** Called whenever a command's process has ended, and when the command has: its outputs are read. */
  onExit: () => void = () => {};

  /** Commands that run, and requests that may become some. */
  get running(): number {
    return this.#running.size + this.#undecided;
  }

  /** Whether all that is left of commands is outputs, which are unread or held open. */
  get areAllExited(): boolean {
    return this.#undecided === 0 && [...this.#running].every((command) => command.hasExited);
  }

  /** Decides by this policy from now on. What runs already is left alone. */
  use(policy: Policy): void {
    this.#policy = policy;
    this.#observations = new Observations(policy.config.observe, this.#log);
    this.#softNofile = softNofileLimit(policy.config.rlimitNofile);
    this.#environments.clear();
  }

  /** Decides and, where that is the decision, starts the command. Never throws. */
  run(request: CommandRequest, peer: Peer, events: CommandEvents): void {
    const { maxRequests } = this.#policy.config.daemon;
    const held = posix.givenUp();
    if (this.running + held >= maxRequests) {
      const traced = held === 0 ? '' : `, ${held} of which have ended, but are traced`;
      const why = `${maxRequests} commands run already (daemon_max_requests)${traced}`;
      events.answered(this.#fail('busy', why, peer));
      return;
    }
    const memory = this.#memory.forCommand(needsOf(request), request.sent);
    if (memory === undefined) {
      const why = 'what runs already takes all memory (daemon_max_memory)';
      events.answered(this.#fail('busy', why, peer));
      return;
    }
    this.#undecided++;
    this.#decide({ request, asked: askedWords(request), peer, events, memory });
  }

  /** In turns with all else, where it takes long: others do not wait for it. */
  #decide(asked: Asked): void {
    const policy = this.#policy;
    const { events, memory, peer } = asked;
    const settle = (answer: () => void) => {
      this.#undecided--;
      answer();
      this.onExit();
    };
    doInTurns(decisionOf(policy, asked.asked), () => events.isWanted(), {
      done: (decision) => {
        if (policy === this.#policy) settle(() => this.#answer(decision, asked));
        else this.#decide(asked); // by what holds now
      },
      failed: (error) => settle(() => this.#settled(this.#fault(error, peer), events, memory)),
      dropped: () =>
        settle(() => {
          memory.release();
          events.dropped();
        }),
    });
  }

  #answer(decision: Decision, asked: Asked): void {
    const { events, memory, peer } = asked;
    let answer: Answer;
    try {
      answer = this.#isEnding
        ? this.#fail('ending', 'the daemon ends at once, nothing was run', peer)
        : this.#act(decision, asked);
    } catch (error) {
      answer = this.#fault(error, peer);
    }
    this.#settled(answer, events, memory);
  }

  #settled(answer: Answer, events: CommandEvents, memory: CommandMemory): void {
    if (answer.kind !== 'running') memory.release();
    events.answered(answer);
  }

  #fault(error: unknown, peer: Peer): Failure {
    const message = "A fault of tsrootwrap's own, nothing was run";
    this.#log.refused(peer, `${message}: ${(error as Error).stack}`);
    return { kind: 'failed', code: 'fault', message };
  }

  #act(decision: Decision, { request, asked, peer, events, memory }: Asked): Answer {
    const { variables = {} } = request;
    const mistaken = decision.outcome === 'allowed' && !setsAll(decision, variables);
    // once the log has been told: that of the two which may not be missing
    const note = (observed: Observed = decision) => this.#observations.note(asked, observed, peer);
    switch (decision.outcome) {
      case 'denied': {
        const refusal = this.#refuse(asked, decision.why, decision.misses, peer);
        note();
        return refusal;
      }
      case 'not-executable': {
        const message = notFound(decision.exec, decision.filter.name);
        this.#log.refused(peer, message);
        note();
        return { kind: 'refused', reason: 'not-executable', message, misses: decision.misses };
      }
      case 'allowed':
        if (mistaken) {
          const why = 'its variables were taken for words';
          const refusal = this.#refuse(asked, why, decision.misses, peer);
          note({ outcome: 'denied' });
          return refusal;
        }
        return named(
          this.#carryOut(decision, request, peer, events, memory, note),
          decision.filter.name,
        );
    }
  }

  /** Ends all that runs, by SIGTERM and two seconds later SIGKILL. */
  endAll(): void {
    this.#isEnding = true;
    for (const command of this.#running) command.end('aborted', LAST_WORDS);
  }

  /** Nobody reads the outputs of what has run any more. */
  forsakeAll(): void {
    for (const command of this.#running) command.forsake();
  }

  #carryOut(
    { plan, filter, misses }: Allowed,
    request: CommandRequest,
    peer: Peer,
    events: CommandEvents,
    memory: CommandMemory,
    note: () => void,
  ): Answer {
    try {
      const identity = this.#identities.of(plan.user);
      this.#log.executing(peer, (caller) => executing(caller, plan, filter.name));
      note();
      if (plan.kind === 'command')
        return this.#start(plan, identity, peer, request, events, memory);
      return this.#send(plan, identity, misses, peer);
    } catch (error) {
      const match = `(filter match = ${filter.name})`;
      if (error instanceof UnknownUserError) {
        const failure = this.#fail('unknown-user', `${error.message} ${match}`, peer);
        note();
        return failure;
      }
      if (error instanceof UnloggedError) {
        return this.#fail(
          'unlogged',
          `Cannot run ${plan.argv[0]} ${match}: ${error.message}`,
          peer,
        );
      }
      if (!isPosixError(error)) throw error;
      if (isExchangedPath(error)) {
        return this.#refuse(plan.argv, 'a path changed while it was checked', misses, peer);
      }
      return this.#fail(error.code, `Cannot run ${plan.argv[0]} ${match}: ${error.message}`, peer);
    }
  }

  #start(
    plan: CommandPlan,
    identity: Identity,
    peer: Peer,
    { input, feeding, window, mostOutput, limits }: CommandRequest,
    events: CommandEvents,
    memory: CommandMemory,
  ): Answer {
    const { maxOutput } = this.#policy.config.daemon;
    const clean = this.#environment(identity.home);
    const command: RunningCommand = new RunningCommand(
      {
        ...commandImage(plan, identity, peer, { clean, softNofile: this.#softNofile }),
        mostOutput: Math.min(mostOutput ?? maxOutput, maxOutput),
        firstOutput: FIRST_OUTPUT,
        ...(input && { input }),
        ...(feeding && { feeding }),
        ...(window !== undefined && { window }),
      },
      limits,
      {
        output: (which, bytes) => events.output?.(which, bytes),
        fed: (count) => {
          memory.fed(count);
          events.fed?.(count);
        },
        full: (_, most) => {
          memory.grow(
            most,
            (bytes) => command.allow(bytes),
            () => {
              this.#log.error('Ended a command: no memory for its output (daemon_max_memory)');
              command.overflow();
            },
          );
        },
        ended: (end) => {
          this.#running.delete(command);
          memory.ended(end.stdout.length + end.stderr.length);
          events.ended(end, memory);
          this.onExit();
        },
        exited: () => this.onExit(),
      },
    );
    memory.queued(command.queued);
    this.#running.add(command);
    return { kind: 'running', command };
  }

  /** As kill(1) does it: status 1 and a message when it can't. */
  #send(plan: SignalPlan, identity: Identity, misses: readonly Miss[], peer: Peer): Answer {
    let complaint = '';
    try {
      if (!sendSignal(plan, identity)) {
        return this.#refuse(plan.argv, 'the process is another one now', misses, peer);
      }
    } catch (error) {
      if (!isPosixError(error)) throw error;
      complaint = `kill: ${plan.pid}: ${error.message}\n`;
    }
    const code = complaint === '' ? 0 : 1;
    const stderr = Buffer.from(complaint);
    return { kind: 'ended', end: { code, signal: null, stdout: NOTHING, stderr, heldOpen: false } };
  }

  #environment(home: string): Environment {
    let environment = this.#environments.get(home);
    if (environment === undefined) {
      environment = cleanEnvironment(this.#given, home, this.#policy.config.envKeep);
      this.#environments.set(home, environment);
    }
    return environment;
  }

  #refuse(
    words: readonly string[],
    why: string | undefined,
    misses: readonly Miss[],
    peer: Peer,
  ): Refusal {
    const message = unauthorizedPlain(shown(words), why);
    this.#log.refused(peer, unauthorized(words, why));
    return { kind: 'refused', reason: 'unauthorized', message, misses };
  }

  #fail(code: string, message: string, peer: Peer): Failure {
    this.#log.refused(peer, message);
    return { kind: 'failed', code, message };
  }
}

/** A request on its way to a decision. */
interface Asked {
  readonly request: CommandRequest;
  /** Its words, the variables among them. */
  readonly asked: readonly string[];
  readonly peer: Peer;
  readonly events: CommandEvents;
  readonly memory: CommandMemory;
}

function askedWords({ words, variables }: CommandRequest): readonly string[] {
  if (variables === undefined) return words;
  return [...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...words];
}

/** What was run, with the name of the filter that allowed it. */
function named(answer: Answer, filter: string): Answer {
  if (answer.kind === 'running' || answer.kind === 'ended') return { ...answer, filter };
  return answer;
}

function needsOf({ input, feeding = false, window }: CommandRequest) {
  return { input: input?.length ?? 0, feeding, streaming: window !== undefined };
}

/** Words to be shown to who sent them: they know the rest. */
function shown(words: readonly string[]): readonly string[] {
  const length = words.reduce((sum, word) => sum + word.length + 1, -1);
  if (length <= MAX_SHOWN) return words;
  const text = words.slice(0, MAX_SHOWN).join(' ').slice(0, MAX_SHOWN);
  return [`${text}... (${length - MAX_SHOWN} more)`];
}

/** So many words take long to read, to decide about and to log: each has a turn of its own. */
const MANY_WORDS = 4096;

function* decisionOf(policy: Policy, words: readonly string[]): Slices<Decision> {
  const isLong = words.length > MANY_WORDS;
  if (isLong) yield;
  const decision = yield* policy.deciding(words, TURN_MS);
  if (isLong) yield;
  return decision;
}

/** A filter of another class than EnvFilter might have taken the assignments for something else. */
function setsAll({ plan }: Allowed, variables: Readonly<Record<string, string>>): boolean {
  const set = plan.kind === 'command' ? plan.environment : {};
  return Object.entries(variables).every(
    ([name, value]) => Object.hasOwn(set, name) && set[name] === value,
  );
}
