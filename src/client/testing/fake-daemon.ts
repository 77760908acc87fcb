import type { Duplex } from 'node:stream';
import { decode, encode } from '../../wire/encoding.js';
import { FrameReader } from '../../wire/frames.js';
import {
  type FromDaemon,
  INPUT_WINDOW,
  PROTOCOL,
  type Run,
  type ToDaemon,
} from '../../wire/messages.js';
import { isToDaemon } from '../../wire/validators.js';
import { type FakeCall, FakeCommand, type FakeResult } from './fake-command.js';

/** What becomes of a call: a result, or that it is not run. `lost`: the daemon is gone, without a word. */
export type FakeAnswer = FakeResult | 'refused' | 'not-executable' | 'busy' | 'lost' | undefined;

/** Answers a call. What it gives nothing for is refused, as with a policy. */
export type FakeHandler = (call: FakeCall) => FakeAnswer | Promise<FakeAnswer>;

const LIMITS = {
  frame: 16 * 1024 * 1024,
  requests: 128,
  output: 16 * 1024 * 1024,
  input: INPUT_WINDOW,
};

/** A daemon in this process, at the end of a stream, whose commands are a function. */
export class FakeDaemon {
  readonly #stream: Duplex;
  readonly #handler: FakeHandler;
  readonly #running = new Map<number, FakeCommand>();

  constructor(stream: Duplex, handler: FakeHandler) {
    this.#stream = stream;
    this.#handler = handler;
    const reader = new FrameReader(LIMITS.frame);
    stream.on('data', (chunk: Buffer) => {
      for (const payload of reader.read(chunk)) this.#receive(payload);
    });
    stream.on('end', () => stream.end());
    stream.on('close', () => {
      for (const command of this.#running.values()) command.stop();
    });
  }

  #receive(payload: Buffer): void {
    const { value, bytes } = decode(payload);
    if (!isToDaemon(value)) throw new Error('the client breaks the protocol');
    if (value.type === 'hello') {
      this.#send({ type: 'hello', protocol: PROTOCOL, version: 'fake', limits: LIMITS });
    } else if (value.type === 'run') this.#run(value, bytes);
    else this.#tell(value, bytes);
  }

  #run(run: Run, bytes: Buffer): void {
    const { id, feeding = false } = run;
    const command = new FakeCommand(
      run,
      LIMITS.output,
      (message, ...more) => this.#send(message, ...more),
      () => this.#running.delete(id),
    );
    this.#running.set(id, command);
    command.feed(bytes, !feeding);
    void this.#answer(run, command);
  }

  async #answer({ id, argv, window }: Run, command: FakeCommand): Promise<void> {
    try {
      const answer = await this.#handler(command);
      if (typeof answer === 'object') {
        if (window !== undefined && this.#running.has(id))
          this.#send({ type: 'started', id, pid: 4711 });
        await command.finish(answer);
      } else if (answer === 'lost') this.#stream.destroy();
      else command.decline(refusal(id, argv, answer ?? 'refused'));
    } catch (error) {
      const message = `the fake's handler failed: ${error instanceof Error ? error.message : error}`;
      command.decline({ type: 'failed', id, code: 'fake', message });
    }
  }

  #tell(message: Exclude<ToDaemon, Run | { type: 'hello' }>, bytes: Buffer): void {
    const command = this.#running.get(message.id);
    if (!command) return;
    if (message.type === 'stdin') command.feed(bytes, message.end === true);
    else if (message.type === 'window') command.grant(message.bytes);
    else if (message.type === 'abort') command.end('aborted');
    else command.kill(message.signal);
  }

  #send(message: FromDaemon, ...bytes: Uint8Array[]): void {
    if (!this.#stream.destroyed) this.#stream.write(encode(message, ...bytes));
  }
}

function refusal(
  id: number,
  argv: readonly string[],
  answer: 'refused' | 'not-executable' | 'busy',
): FromDaemon {
  const command = argv.join(' ');
  if (answer === 'busy') return { type: 'failed', id, code: 'busy', message: 'the fake is busy' };
  return answer === 'refused'
    ? { type: 'refused', id, reason: 'unauthorized', message: `Unauthorized command: ${command}` }
    : {
        type: 'refused',
        id,
        reason: 'not-executable',
        message: `Executable not found: ${command}`,
      };
}
