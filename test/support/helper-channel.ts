import type { Readable, Writable } from 'node:stream';
import type { FromHelper } from '#src/privileged/wire/messages.js';
import { decode } from '#src/wire/encoding.js';
import { FrameReader, frame } from '#src/wire/frames.js';
import { patiently } from './patience.js';

const LARGEST_FRAME = 64 * 1024 * 1024;

/** A service's end of a channel, by hand. */
export class HelperChannel {
  readonly #output: Writable;
  readonly #received: FromHelper[] = [];
  readonly #wakes = new Set<() => void>();
  #over = false;
  #lastId = 0;

  /** @param output what the helper reads */
  constructor(input: Readable, output: Writable) {
    this.#output = output;
    const reader = new FrameReader(LARGEST_FRAME);
    output.on('error', () => {}); // it has ended, which `next` tells
    input.on('error', () => {});
    input.on('data', (chunk: Buffer) => {
      for (const payload of reader.read(chunk)) {
        this.#received.push(decode(Buffer.from(payload)).value as FromHelper);
      }
      this.#wake();
    });
    input.on('close', () => {
      this.#over = true;
      this.#wake();
    });
  }

  /** The first message of this type, which must not have been taken yet. */
  next<Type extends FromHelper['type']>(type: Type): Promise<FromHelper & { type: Type }> {
    const taken = new Promise<FromHelper & { type: Type }>((resolve, reject) => {
      const look = () => {
        const at = this.#received.findIndex((message) => message.type === type);
        if (at === -1 && !this.#over) return;
        this.#wakes.delete(look);
        if (at === -1)
          reject(new Error(`closed before ${type}: ${JSON.stringify(this.#received)}`));
        else resolve(this.#received.splice(at, 1)[0] as FromHelper & { type: Type });
      };
      this.#wakes.add(look);
      look();
    });
    return patiently(type, taken);
  }

  /** What a function returns. */
  async call(name: string, args: object = {}): Promise<unknown> {
    this.#output.write(frame(JSON.stringify({ type: 'call', id: ++this.#lastId, name, args })));
    return (await this.next('result')).value;
  }

  /** As a service does that is done. */
  end(): void {
    this.#output.end();
  }

  #wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }
}
