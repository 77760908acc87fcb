import type { CommandEnd, RunningCommand } from '../exec/running-command.js';
import { signalName, signalOfName } from '../exec/signal-names.js';
import type { Miss } from '../policy/decision.js';
import { decodeBounded, encode, encodeHead, MessageError } from '../wire/encoding.js';
import {
  type Exit,
  INPUT_WINDOW,
  KILL_AFTER,
  PROTOCOL,
  type RefusedMiss,
  type Run,
  type ToDaemon,
} from '../wire/messages.js';
import { isToDaemon } from '../wire/validators.js';
import { VERSION } from '../wire/version.js';
import { type Answer, LAST_WORDS } from './commands.js';
import type { Connection } from './connection.js';
import type { Dialect, Host } from './dialect.js';
import { type CommandMemory, SHORT } from './memory.js';
import { OutputAnswer } from './output-answer.js';
import type { Payload } from './payload.js';
import { FedInput, StreamedOutput } from './streams.js';

/** How much of a refusal's explanation is told: filters, and characters of a word or a reason. */
const MOST_MISSES = 100;
const LONGEST_WORD = 1000;
const MAX_EXPLAINED = 16_384;

/** A command of this connection that has not ended. */
interface Current {
  readonly command: RunningCommand;
  /** Only where the client feeds it. */
  readonly input: FedInput | undefined;
  /** Only where it is sent as it comes. */
  readonly output: StreamedOutput | undefined;
  /** Name of the filter, if the client wants to know it. */
  readonly filter: string | undefined;
}

/** A message about a request. */
type AboutRunning = Exclude<ToDaemon, { readonly type: 'hello' | 'run' }>;

interface Early {
  readonly message: AboutRunning;
  readonly bytes: Buffer;
  readonly payload: Payload;
}

/** tsrootwrap's own dialect: many commands at once, told apart by id. See docs/protocol.md. */
export class ObjectDialect implements Dialect {
  readonly #connection: Connection;
  readonly #host: Host;
  readonly #running = new Map<number, Current>();
  /** Those that may hold something back while the client does not read. */
  readonly #unsent = new Set<StreamedOutput>();
  /** Ids of requests about which it takes long to decide. */
  readonly #undecided = new Set<number>();
  /** A message about one of these: none is taken before it. */
  #early: Early | undefined;
  #isInputOver = false;
  #greeted = false;
  #last = 0;
  #leaving = false;

  constructor(connection: Connection, host: Host) {
    this.#connection = connection;
    this.#host = host;
    connection.onDrain = () => {
      for (const output of this.#unsent) output.flush();
      this.#unsent.clear();
    };
  }

  receive(payload: Payload): void {
    this.#attempt(payload, () => {
      const { value, bytes } = decodeBounded(payload.bytes);
      if (!isToDaemon(value)) throw new MessageError(finding());
      if (bytes.length > 0 && value.type !== 'run' && value.type !== 'stdin') {
        throw new MessageError(`bytes behind a message of type ${value.type}`);
      }
      this.#host.touch();
      return this.#take(value, bytes, payload);
    });
  }

  /** @param action returns whether it has kept the payload */
  #attempt(payload: Payload, action: () => boolean): void {
    let isKept = false;
    try {
      isKept = action();
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#break(error.message);
    } finally {
      if (!isKept) payload.free();
    }
  }

  /** What can still be answered is. */
  inputEnded(): void {
    this.#leaving = true;
    this.#isInputOver = true;
    for (const current of this.#running.values()) endUnfinished(current);
    this.#endWhenDone();
  }

  closed(): void {
    this.inputEnded();
    this.#early?.payload.free();
    this.#early = undefined;
    for (const { command, output } of this.#running.values()) {
      if (output) command.forsake();
      else command.discard();
    }
    this.#running.clear(); // commands that need nobody run on; nobody is told
  }

  leave(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#connection.send(encode({ type: 'goodbye', last: this.#last }));
    this.#endWhenDone();
  }

  /** Whether it has kept the payload. */
  #take(message: ToDaemon, bytes: Buffer, payload: Payload): boolean {
    if (message.type === 'hello') {
      this.#greet(message.protocol);
      return false;
    }
    if (!this.#greeted) throw new MessageError('the first message is not hello');
    if (message.type === 'run') return this.#run(message, bytes, payload);
    const { id } = message;
    if (id > this.#last && !this.#leaving) throw new MessageError(`id ${id} was never used`);
    if (this.#undecided.has(id)) {
      this.#early = { message, bytes, payload };
      this.#connection.hold(true);
      return true;
    }
    const current = this.#running.get(id);
    if (current !== undefined) this.#tell(current, message, bytes); // or its end has crossed this
    return false;
  }

  #tell({ command, input, output }: Current, message: AboutRunning, bytes: Buffer): void {
    switch (message.type) {
      case 'stdin':
        if (!input) throw new MessageError('input for a command that is not fed');
        input.feed(command, message, bytes);
        return;
      case 'window':
        if (!output) throw new MessageError('a window for collected output');
        output.grant(message.bytes);
        return;
      case 'abort':
        command.end('aborted');
        return;
      case 'signal':
        command.signal(known(message.signal));
    }
  }

  #greet(protocol: number): void {
    if (this.#greeted) throw new MessageError('a second hello');
    if (protocol !== PROTOCOL) throw new MessageError(`protocol ${protocol}; this is ${PROTOCOL}`);
    this.#greeted = true;
    const { maxFrame: frame, maxRequests: requests, maxOutput: output } = this.#host.limits;
    const limits = { frame, requests, output, input: INPUT_WINDOW, tellsFilter: true };
    this.#connection.send(encode({ type: 'hello', protocol: PROTOCOL, version: VERSION, limits }));
  }

  /** Whether it has kept the payload. */
  #run(message: Run, bytes: Buffer, payload: Payload): boolean {
    const { memory } = payload;
    const { id, feeding = false, window, timeout, maxOutput, environment, tellFilter } = message;
    if (this.#leaving) return false; // goodbye has told that this is not run
    if (id <= this.#last) throw new MessageError(`id ${id} is not above ${this.#last}`);
    const killSignal = known(message.killSignal ?? 'SIGTERM');
    const connection = this.#connection;
    const input = feeding ? new FedInput(connection, id, bytes.length) : undefined;
    const output = window === undefined ? undefined : new StreamedOutput(connection, id, window);
    this.#last = id;
    this.#undecided.add(id);
    let isLate = false;
    this.#host.commands.run(
      {
        words: message.argv,
        limits: {
          killSignal,
          killAfter: message.killAfter ?? KILL_AFTER,
          ...(timeout !== undefined && { timeout }),
        },
        ...(environment && { variables: environment }),
        ...(bytes.length > 0 && { input: bytes }),
        ...(memory && { sent: memory }),
        ...(feeding && { feeding }),
        ...(output && { window: output.ahead }),
        ...(maxOutput !== undefined && { mostOutput: maxOutput }),
      },
      connection.peer,
      {
        answered: (answer) => {
          this.#undecided.delete(id);
          if (answer.kind !== 'running') this.#answer(id, answer, tellFilter);
          else {
            const { command } = answer;
            const filter = tellFilter && answer.filter;
            const current = { command, input, output, filter };
            this.#running.set(id, current);
            output?.started(command);
            if (this.#isInputOver) endUnfinished(current);
          }
          if (isLate) this.#decided(id, payload);
        },
        isWanted: () => !connection.closed,
        dropped: () => payload.free(),
        ended: (end, memory) => {
          output?.flush();
          const filter = this.#running.get(id)?.filter;
          this.#running.delete(id);
          this.#exit(id, end, { memory, filter });
        },
        output: (which, bytes) => {
          if (output === undefined) return;
          if (connection.isWaiting) this.#unsent.add(output);
          output.take(which, bytes);
        },
        fed: (count) => input?.grant(count),
      },
    );
    isLate = this.#undecided.has(id);
    return isLate;
  }

  /** What was said of a request meanwhile is heard, and what came behind that. */
  #decided(id: number, payload: Payload): void {
    payload.free();
    const early = this.#early;
    if (early?.message.id === id) {
      this.#early = undefined;
      this.#attempt(early.payload, () => this.#take(early.message, early.bytes, early.payload));
      this.#connection.hold(false);
    }
    this.#endWhenDone();
  }

  #answer(
    id: number,
    answer: Exclude<Answer, { readonly kind: 'running' }>,
    tellFilter?: true,
  ): void {
    switch (answer.kind) {
      case 'ended':
        this.#exit(id, answer.end, { filter: tellFilter ? answer.filter : undefined });
        return;
      case 'refused': {
        const { reason, message, misses } = answer;
        const explanation = this.#host.limits.explainRefusals && { misses: explain(misses) };
        this.#connection.send(encode({ type: 'refused', id, reason, message, ...explanation }));
        return;
      }
      case 'failed': {
        const { code, message } = answer;
        this.#connection.send(encode({ type: 'failed', id, code, message }));
      }
    }
  }

  #exit(
    id: number,
    end: CommandEnd,
    { memory, filter }: { memory?: CommandMemory; filter?: string | undefined },
  ): void {
    const { code, signal, stdout, stderr, reason, heldOpen } = end;
    const exit: Exit = {
      type: 'exit',
      id,
      code,
      signal: signal === null ? null : signalName(signal),
      stdout: stdout.length,
      stderr: stderr.length,
      ...(reason && { [reason]: true }),
      ...(heldOpen && { heldOpen }),
      ...(filter !== undefined && { filter }),
    };
    this.#host.touch();
    const bytes = stdout.length + stderr.length;
    if (memory === undefined) this.#connection.send(encode(exit, stdout, stderr));
    else if (bytes > SHORT) {
      const pieces = [encodeHead(exit, bytes), stdout, stderr];
      this.#connection.sendLong(new OutputAnswer(pieces, [stdout, stderr], memory));
    } else this.#connection.sendHeld(encode(exit, stdout, stderr), () => memory.release());
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    const left = this.#running.size + this.#undecided.size;
    if (this.#leaving && left === 0) this.#connection.end();
  }

  #break(message: string): void {
    this.#host.complain(this.#connection.peer, `breaks the protocol: ${message}`);
    this.#connection.send(encode({ type: 'error', message }));
    this.inputEnded();
    this.#connection.end();
  }
}

/** Input that is not whole must not be taken for whole, nor a stream that nobody gets. */
function endUnfinished({ command, input, output }: Current): void {
  if (input?.isOpen || output) command.end('aborted', LAST_WORDS);
}

/** A word may be as long as a frame, and each of many filters may have looked at it. */
function explain(misses: readonly Miss[]): RefusedMiss[] {
  let room = MAX_EXPLAINED;
  return misses
    .slice(0, MOST_MISSES)
    .map(({ filter, reason, word }) => {
      const told = word !== undefined && { word: word.slice(0, LONGEST_WORD) };
      return { filter: filter.name, reason: reason.slice(0, LONGEST_WORD), ...told };
    })
    .filter(({ filter, reason, word = '' }) => {
      room -= filter.length + reason.length + word.length;
      return room >= 0;
    });
}

function known(name: string): number {
  const number = signalOfName(name);
  if (number === undefined) throw new MessageError(`there is no signal ${name}`);
  return number;
}

function finding(): string {
  const [first] = isToDaemon.errors ?? [];
  return `${first?.instancePath || 'message'} ${first?.message ?? 'is not known'}`;
}
