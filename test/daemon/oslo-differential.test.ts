import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../config/seeded-random.js';
import { rows } from '../differential/compatibility-rows.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { type Given, type OsloClient, OsloClients, PythonError } from './oslo-client.js';
import { type Service, service } from './oslo-service.js';

const NEEDS: Requirement[] = ['python3-oslo.rootwrap'];
const MIB = 1024 * 1024;
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

interface Call {
  readonly title: string;
  readonly words: readonly Given[];
  readonly stdin?: Given;
}

interface Difference extends Call {
  /** The row of docs/compatibility.md that explains it. */
  readonly row: string;
  /** Answers, or what the exception's message holds. */
  readonly oslo: readonly [number, string, string] | RegExp;
  readonly ours: readonly [number, string, string] | RegExp;
}

/** Shell text that writes these bytes, so that they need not be words. */
function writing(bytes: Uint8Array): string {
  return `printf '${[...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}'`;
}

const HOSTILE = Buffer.concat([
  Buffer.from('\0"\\\'\n\r\t\b\f\x1b\x7f\u0085\u2028\u2029\ufeff</script>{"__bytes__":"YQ=="}'),
  Buffer.from([0x80, 0xbf, 0xc0, 0xaf, 0xe2, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0xff]),
  Buffer.from('😀'),
  Buffer.from([0xf0, 0x9f, 0x98]),
]);

const SAME: readonly Call[] = [
  { title: 'plain words', words: ['echo', 'a  b', '', '--help', '\t'] },
  { title: 'words beyond ASCII', words: ['echo', 'äöü', '日本', '😀', '\u2028'] },
  { title: 'an empty input', words: ['cat'], stdin: '' },
  { title: 'no bytes as input', words: ['cat'], stdin: new Uint8Array() },
  { title: 'no input', words: ['cat'] },
  { title: 'text as input', words: ['cat'], stdin: 'one\ntwo' },
  { title: 'text beyond ASCII as input', words: ['cat'], stdin: 'äöü 日本 😀 \u2028\ufeff' },
  { title: 'text with control characters', words: ['cat'], stdin: '\0\x01\x1f\x7f"\\' },
  { title: 'text with escaped bytes', words: ['cat'], stdin: 'a\udc80b\udcff\udcc3\udca9é' },
  { title: 'all bytes as input', words: ['cat'], stdin: ALL_BYTES },
  { title: 'a megabyte of text', words: ['cat'], stdin: 'aé'.repeat(MIB / 3) },
  { title: 'a megabyte of bytes', words: ['cat'], stdin: Buffer.alloc(MIB, ALL_BYTES) },
  { title: 'a megabyte that nobody reads', words: ['echo'], stdin: 'x'.repeat(MIB) },
  { title: 'all bytes as output', words: ['sh', '-c', writing(ALL_BYTES)] },
  { title: 'all bytes as errors', words: ['sh', '-c', `${writing(ALL_BYTES)} >&2`] },
  { title: 'hostile output', words: ['sh', '-c', writing(HOSTILE)] },
  { title: 'hostile errors', words: ['sh', '-c', `${writing(HOSTILE)} >&2`] },
  { title: 'both outputs', words: ['sh', '-c', 'echo out; echo err >&2; exit 3'] },
  { title: 'the highest status', words: ['sh', '-c', 'exit 255'] },
  { title: 'a status like a refusal', words: ['sh', '-c', 'exit 99'] },
  ...['HUP', 'INT', 'QUIT', 'KILL', 'PIPE', 'TERM', 'USR1', 'RTMIN'].map((name) => ({
    title: `SIG${name}`,
    words: ['sh', '-c', `ulimit -c 0; kill -${name} $$`],
  })),
  { title: 'a program that is not there behind one that is', words: ['cat', '/nonexistent'] },
  { title: 'where a command runs', words: ['sh', '-c', 'pwd; umask'] },
  { title: 'who runs a command', words: ['id', '-u'] },
  { title: 'a word of bytes behind the command', words: ['echo', Buffer.from('ä')] },
];

const DIFFERENT: readonly Difference[] = [
  {
    title: 'a refused command',
    words: ['rm'],
    row: 'daemon-refusals',
    oslo: /ValueError is not JSON serializable/,
    ours: [99, '', ''],
  },
  {
    title: 'a missing executable',
    words: ['gone'],
    row: 'daemon-refusals',
    oslo: /ValueError is not JSON serializable/,
    ours: [96, '', ''],
  },
  {
    title: 'an unknown user',
    words: ['stranger'],
    row: 'daemon-errors',
    oslo: /SubprocessError is not JSON serializable|PermissionError is not JSON serializable/,
    ours: /^OSError: unknown user: no-such-user/m,
  },
  {
    title: 'a program that cannot be executed',
    words: ['broken'],
    row: 'daemon-errors',
    oslo: /FileNotFoundError is not JSON serializable/,
    ours: /^OSError: Cannot run .*ENOENT/m,
  },
  {
    title: 'text that stands for no bytes',
    words: ['cat'],
    stdin: '\ud800',
    row: 'daemon-errors',
    oslo: /UnicodeEncodeError is not JSON serializable/,
    ours: /^UnicodeEncodeError: stdin holds a surrogate/m,
  },
  {
    title: 'a word with a NUL byte',
    words: ['echo', 'a\0b'],
    row: 'nul-byte',
    oslo: /ValueError is not JSON serializable/,
    ours: [99, '', ''],
  },
  {
    title: 'a word that is not UTF-8',
    words: ['echo', '\udcff'],
    row: 'not-utf8',
    oslo: [0, '\udcff\n', ''],
    ours: [99, '', ''],
  },
  {
    title: 'a word of bytes that are not UTF-8',
    words: ['echo', Buffer.of(0xff)],
    row: 'not-utf8',
    oslo: [0, '\udcff\n', ''],
    ours: [99, '', ''],
  },
  {
    title: 'a first word of bytes',
    words: [Buffer.from('echo'), 'x'],
    row: 'daemon-bytes-words',
    oslo: /TypeError is not JSON serializable/,
    ours: [0, 'x\n', ''],
  },
  {
    title: 'whether a command leads a process group',
    words: [
      'sh',
      '-c',
      'read -r pid name state parent group rest < /proc/$$/stat; test $pid = $group',
    ],
    row: 'daemon-process-group',
    oslo: [1, '', ''],
    ours: [0, '', ''],
  },
];

/** Both daemons; oslo's ends with the process that asks, whatever that ends of. */
async function withBoth(
  body: (oslo: OsloClient, ours: OsloClient, files: Service) => Promise<void>,
): Promise<void> {
  const files = service();
  const temporary = join(files.directory, 'oslo');
  mkdirSync(temporary);
  const clients = new OsloClients();
  const daemon = ['oslo-rootwrap-daemon', files.config];
  const words = ['setpriv', '--pdeathsig', 'KILL', 'env', `TMPDIR=${temporary}`, ...daemon];
  try {
    await body(
      await clients.client(words, 'oslo'),
      await clients.client(files.command, 'ours'),
      files,
    );
  } finally {
    await clients.end();
  }
}

function execute(client: OsloClient, { words, stdin }: Call): Promise<unknown> {
  return client.execute(words, stdin ?? null).catch((error: Error) => {
    if (error instanceof PythonError) return error;
    throw error;
  });
}

function assertAnswer(answer: unknown, expected: Difference['ours'], title: string): void {
  if (!(expected instanceof RegExp)) assert.equal(answer, expected, title);
  else if (answer instanceof PythonError) assert.match(answer.message, expected, title);
  else assert.unreachable(`${title}: ${JSON.stringify(answer)}`);
}

testWith(NEEDS, 'the two daemons give the same answers to the same calls', () =>
  withBoth(async (oslo, ours) => {
    for (const call of SAME) {
      const expected = await execute(oslo, call);
      if (expected instanceof PythonError) throw expected;
      assert.equal(await execute(ours, call), expected, call.title);
    }
  }),
);

testWith(NEEDS, 'the two daemons carry random bytes in the same way', () =>
  withBoth(async (oslo, ours) => {
    const random = new SeededRandom(20_261_121);
    console.log(`seed ${random.seed}`);
    for (let round = 0; round < 100; round++) {
      // mostly pieces of well-formed UTF-8, cut anywhere
      const pieces = Buffer.from('aé\u2028\ud7ff\ue000\uffff😀\u{10ffff}');
      const bytes = Buffer.from(
        Array.from({ length: random.below(60) }, () =>
          random.chance(30) ? random.below(256) : (pieces[random.below(pieces.length)] ?? 0),
        ),
      );
      const call = { title: bytes.toString('hex'), words: ['cat'], stdin: bytes };
      const expected = (await execute(oslo, call)) as [number, string, string];
      assert.equal(await execute(ours, call), expected, call.title);
      const back = { ...call, stdin: expected[1] };
      assert.equal(await execute(ours, back), await execute(oslo, back), call.title);
    }
  }),
);

testWith(NEEDS, 'each difference between the two daemons is as its row says', () =>
  withBoth(async (oslo, ours) => {
    for (const { oslo: theirs, ours: own, ...call } of DIFFERENT) {
      assertAnswer(await execute(oslo, call), theirs, `oslo.rootwrap, ${call.title}`);
      assertAnswer(await execute(ours, call), own, call.title);
    }
  }),
);

test('each difference between the two daemons is a row of docs/compatibility.md', () => {
  const known = rows().map(({ id }) => id);
  for (const { row } of DIFFERENT) assert.ok(known.includes(row), row);
});

test.run();
