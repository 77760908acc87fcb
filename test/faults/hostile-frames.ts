import { frame } from '#src/wire/frames.js';
import type { SeededRandom } from '../config/seeded-random.js';

/** What stands where something else should: for any property, argument or message. */
const ODD: readonly string[] = [
  'null true false 0 -0 -1 1 1.5 1e400 -1e400 1e308 9007199254740991 9007199254740992 18446744073709551616',
  '2147483647 2147483648 4294967296 "" "x" "SIGKILL" "SIGNOPE" "SIGSEGV" "SIG" "sigterm" "__proto__" "\\u0000"',
  '"a\\u0000b" "\\ud800" "\\udcff" "\\udfff\\ud800" "\\ufeff" [] {} [[]] [null] ["true"] [""] ["\\u0000"]',
  '{"__proto__":1} {"constructor":{"prototype":{}}} {"toString":null} {"length":1e9} {"__bytes__":"="}',
  '{"__bytes__":"/w=="} {"__bytes__":1} [{"__bytes__":"AAAA"}] {"A=B":"x"} {"":""} {"A":"\\u0000"}',
].flatMap((line) => line.split(' '));

const NAMES = [
  ...['type', 'id', 'argv', 'environment', 'feeding', 'window', 'timeout', 'maxOutput', 'bytes'],
  ...['killSignal', 'end', 'signal', 'protocol', '__proto__', 'constructor', 'hasOwnProperty', ''],
];

/** Frames that no good client sends, next to some that it might; none asks for anything lasting. */
export class HostileFrames {
  readonly random: SeededRandom;
  #id = 0;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  /** Bytes of any kind, as they go over the wire. */
  garbage(): Buffer {
    const { random } = this;
    switch (random.below(8)) {
      case 0:
        return this.bytes(random.below(400));
      case 1:
        return length(random.pick([2n ** 63n, 2n ** 64n - 1n, 2n ** 32n, 2n ** 31n, 1n << 25n]));
      case 2:
        return frame('');
      case 3:
        return this.half(frame('', this.bytes(1 + random.below(200))));
      case 4:
        return frame('', this.bytes(random.below(256)));
      case 5:
        return frame(random.pick(['#WELCOME#', '#FAILURE#', '#CHALLENGE#', '#CHALLENGE#{sha256}']));
      case 6:
        return frame(`#CHALLENGE#{${random.pick(['md5', 'sha3', 'sha256', ''])}}`, this.bytes(40));
      default:
        return length(BigInt(random.below(2 ** 26)));
    }
  }

  /** A message of tsrootwrap's dialect, more or less. */
  object(): Buffer {
    const { random } = this;
    if (random.chance(10)) return this.garbage();
    const text = this.#text(this.#message());
    const bytes = random.chance(20) ? [Buffer.from('\n'), this.bytes(random.below(1000))] : [];
    return this.#damaged(frame(text, ...bytes));
  }

  /** A request of oslo's dialect, more or less. */
  oslo(object: string): Buffer {
    const { random } = this;
    if (random.chance(10)) return this.garbage();
    const method = random.pick([
      'run_one_command',
      'create',
      'incref',
      'accept_connection',
      'x',
      '__init__',
    ]);
    const words = random.pick(['["true"]', '["cat"]', '["no"]', '["echo","x"]', '[]', this.#odd()]);
    const stdin = random.pick(['null', '"x"', '{"__bytes__":"/w=="}', '"\\udc80"', this.#odd()]);
    const parts = [
      random.pick([`"${object}"`, 'null', this.#odd()]),
      random.chance(90) ? `"${method}"` : this.#odd(),
      random.chance(80) ? `[${words},${stdin}]` : this.#odd(),
      random.chance(80) ? '{}' : random.pick([`{"stdin":${stdin}}`, this.#odd()]),
    ];
    if (random.chance(10)) parts.splice(random.below(4), 1);
    if (random.chance(5)) parts.push(this.#odd());
    return this.#damaged(frame(this.#text(`[${parts.join(',')}]`)));
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.random.below(256)));
  }

  /** Only the first part. */
  half(whole: Buffer): Buffer {
    return whole.subarray(0, this.random.below(whole.length));
  }

  /** Ids that a new connection begins with. */
  restart(): void {
    this.#id = 0;
  }

  #odd(): string {
    const { random } = this;
    if (random.chance(95)) return random.pick(ODD);
    const depth = random.below(50_000);
    return random.chance(50)
      ? '['.repeat(depth) + ']'.repeat(random.chance(80) ? depth : depth + 1)
      : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  }

  #message(): string {
    const { random } = this;
    const id = random.chance(85)
      ? ++this.#id
      : random.pick([0, -1, 1, this.#id, 2 ** 53, this.#id + 9]);
    const kind = random.pick([
      'run',
      'run',
      'run',
      'stdin',
      'window',
      'signal',
      'abort',
      'hello',
      'x',
    ]);
    const properties: [string, string][] = [['type', `"${kind}"`]];
    if (kind !== 'hello') properties.push(['id', String(id)]);
    if (kind === 'run')
      properties.push([
        'argv',
        random.pick(['["true"]', '["cat"]', '["echo","a"]', '["no"]', this.#odd()]),
      ]);
    if (kind === 'window')
      properties.push(['bytes', random.pick(['1', '9007199254740991', this.#odd()])]);
    if (kind === 'signal')
      properties.push(['signal', random.pick(['"SIGTERM"', '"SIGNOPE"', this.#odd()])]);
    if (kind === 'hello') properties.push(['protocol', random.pick(['1', '2', this.#odd()])]);
    if (kind === 'run' && random.chance(30)) properties.push(['feeding', 'true']);
    if (kind === 'run' && random.chance(30))
      properties.push(['window', random.pick(['0', '1', '9007199254740991'])]);
    if (kind === 'run' && random.chance(20)) properties.push(['environment', this.#odd()]);
    if (kind === 'run' && random.chance(10))
      properties.push(['maxOutput', random.pick(['0', '9007199254740991'])]);
    properties.push(['killAfter', '0'], ['timeout', '1000']);
    if (kind !== 'run') properties.splice(-2);
    if (random.chance(40)) properties.push([random.pick(NAMES), this.#odd()]);
    if (random.chance(10)) properties.splice(random.below(properties.length), 1);
    if (random.chance(10)) properties.reverse();
    return `{${properties.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
  }

  #text(text: string): string {
    const { random } = this;
    if (random.chance(96)) return text;
    const at = random.below(text.length);
    return random.pick([
      text.slice(0, at),
      text.slice(at),
      `${text.slice(0, at)}\n${text.slice(at)}`,
      `${text.slice(0, at)}\0${text.slice(at)}`,
      `\ufeff${text}`,
      `${text}${text}`,
    ]);
  }

  #damaged(whole: Buffer): Buffer {
    const { random } = this;
    if (random.chance(5)) return this.half(whole);
    if (random.chance(95)) return whole;
    const damaged = Buffer.from(whole);
    for (let left = random.below(5); left >= 0; left--) {
      damaged[random.below(damaged.length)] = random.below(256);
    }
    return damaged;
  }
}

function length(bytes: bigint): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64BE(bytes);
  return prefix;
}
