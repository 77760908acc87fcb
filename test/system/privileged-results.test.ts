import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT, SAFE_PATH } from '../support/executable.js';
import { patiently } from '../support/patience.js';
import { privilegedPolicy } from '../support/privileged-policy.js';
import { testWith } from '../support/requirements.js';

const MIB = 1024 * 1024;

const moduleWith = (options: object) => `
import { context } from 'tsrootwrap/privileged';
const net = context('net', ${JSON.stringify({ user: 'nobody', ...options })});
const length = { type: 'integer' };
export const textPrivileged = net.entrypoint({ length }, ({ length }) => 'x'.repeat(length));
export const bytesPrivileged = net.entrypoint({ length }, ({ length }) =>
  new Uint8Array(length).fill(7));
`;

/** Calls one function after the other, and says the length of what came, or the error, a line each. */
const SERVICE = `
import { configure } from 'tsrootwrap/privileged';
import { bytesPrivileged, textPrivileged } from './modules/net.js';

configure({ config: process.argv[2] });
for (const [kind, length] of JSON.parse(process.argv[3])) {
  try {
    const value = await (kind === 'text' ? textPrivileged : bytesPrivileged)({ length });
    const whole = kind === 'text' ? value === 'x'.repeat(length) : Buffer.alloc(length, 7).equals(value);
    console.log(JSON.stringify(whole ? value.length : 'spoilt'));
  } catch ({ code, message }) {
    console.log(JSON.stringify(code + ': ' + message));
  }
}
`;

type Wanted = readonly (readonly ['text' | 'bytes', number])[];

/** What the service says of these calls, all to one helper. */
async function results(options: object, wanted: Wanted, section = ''): Promise<unknown[]> {
  const policy = privilegedPolicy({ 'net.js': moduleWith(options) }, ['net'], section);
  const { directory, config } = policy;
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(ROOT, join(directory, 'node_modules/tsrootwrap'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'service.js'), SERVICE);
  const words = [join(directory, 'service.js'), config, JSON.stringify(wanted)];
  const service = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: SAFE_PATH },
  });
  const lines = createInterface(service.stdout)[Symbol.asyncIterator]();
  const told: unknown[] = [];
  for (const [kind, length] of wanted) {
    const { value, done } = await patiently(`${length} of ${kind}`, lines.next());
    if (done === true) throw new Error(`it ended before ${length} of ${kind}`);
    told.push(JSON.parse(value));
  }
  return told;
}

/** Of a string, in a call whose number has one digit. */
const ENVELOPE = '{"type":"result","id":1,"value":""}'.length;

testWith(
  ['root'],
  'a result of 100 MiB crosses where the context says so, and no more',
  async () => {
    const maxResult = 100 * MIB + ENVELOPE;
    const told = await results({ maxResult }, [
      ['text', 100 * MIB],
      ['text', 100 * MIB + 1],
      ['bytes', maxResult],
      ['bytes', maxResult + 1],
      ['text', 1],
    ]);
    assert.equal(told, [
      100 * MIB,
      `ERR_PRIVILEGED_RESULT: result: larger than ${maxResult} bytes as JSON`,
      maxResult,
      `ERR_PRIVILEGED_RESULT: result makes more than ${maxResult} bytes`,
      1,
    ]);
  },
);

const BY_DEFAULT: Wanted = [
  ['text', MIB - ENVELOPE],
  ['text', MIB - ENVELOPE + 1],
  ['bytes', 16 * MIB],
  ['bytes', 16 * MIB + 1],
  ['text', 1],
];
const DEFAULT_ANSWERS = [
  MIB - ENVELOPE,
  'ERR_PRIVILEGED_RESULT: result: larger than 1048576 bytes as JSON',
  16 * MIB,
  'ERR_PRIVILEGED_RESULT: result makes more than 16777216 bytes',
  1,
];

testWith(
  ['root'],
  'a result has 1 MiB of JSON and 16 MiB of bytes where nothing is said',
  async () => {
    assert.equal(await results({}, BY_DEFAULT), DEFAULT_ANSWERS);
  },
);

testWith(['root'], 'the operator lowers the limit of results, and never raises it', async () => {
  const wanted = [
    ['text', 4096 - ENVELOPE],
    ['text', 4097 - ENVELOPE],
    ['bytes', 4097],
    ['bytes', 4096],
  ] as const;
  const lowered = [
    4096 - ENVELOPE,
    'ERR_PRIVILEGED_RESULT: result: larger than 4096 bytes as JSON',
    'ERR_PRIVILEGED_RESULT: result makes more than 4096 bytes',
    4096,
  ];
  const section = '[net]\nmax_result = 4096';
  assert.equal(await results({}, wanted, section), lowered);
  assert.equal(await results({ maxResult: 100 * MIB }, wanted, section), lowered);
  const raised = '[net]\nmax_result = 134217728';
  assert.equal(await results({}, BY_DEFAULT, raised), DEFAULT_ANSWERS);
});

test.run();
