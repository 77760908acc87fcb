import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '#src/config/config-error.js';
import { testWith } from '../support/requirements.js';
import { askOslo } from './oslo-peer.js';
import { type PolicyOnDisk, writePolicy } from './policies.js';

/** Files that oslo.rootwrap stumbles over, by row of docs/compatibility.md, and what it says. */
const FILES: readonly [id: string, text: string, oslo: string, tsrootwrap: RegExp | 'loads'][] = [
  [
    'too-few-arguments',
    '[Filters]\nx: CommandFilter, ls\n',
    'crash: TypeError',
    /:2: CommandFilter needs/,
  ],
  [
    'too-few-arguments',
    '[Filters]\nx: ReadFileFilter\n',
    'crash: TypeError',
    /:2: ReadFileFilter needs/,
  ],
  ['too-few-arguments', '[Filters]\nx: KillFilter, root\n', 'denied', /:2: KillFilter needs/],
  ['class-name', '[Filters]\nx: realpath, /etc\n', 'crash: AttributeError', 'loads'],
  ['class-name', '[Filters]\nx: os\n', 'crash: TypeError', 'loads'],
  ['class-name', '[Filters]\nx: NoFilter, ls, root\n', 'denied', 'loads'],
  ['oslo-crashes', 'x: CommandFilter, ls, root\n', 'crash: MissingSectionHeaderError', /:1: /],
  ['oslo-crashes', '[Other]\nx: CommandFilter, ls, root\n', 'crash: NoSectionError', /\[Filters\]/],
  ['oslo-crashes', '[Filters]\nx\n', 'crash: ParsingError', /:2: /],
];

for (const [id, text, oslo, tsrootwrap] of FILES) {
  const policy = writePolicy([text], []);

  testWith(['python3-oslo.rootwrap'], `${id}: oslo.rootwrap on ${JSON.stringify(text)}`, () => {
    assert.is(osloOutcome(policy, ['id']), oslo);
  });

  test(`${id}: tsrootwrap on ${JSON.stringify(text)}`, () => {
    if (tsrootwrap === 'loads') assert.is(policy.load().decide(['id']).outcome, 'denied');
    else assert.throws(() => policy.load(), refusal(tsrootwrap));
  });
}

testWith(['root', 'python3-oslo.rootwrap'], 'owned-by-root: a file that others may write', () => {
  const policy = writePolicy(['[Filters]\nx: CommandFilter, /bin/cat, root\n'], []);
  chmodSync(join(policy.filters[0] ?? '', '0.filters'), 0o666);
  assert.is(osloOutcome(policy, ['cat']), 'allowed');
  assert.throws(() => policy.load(), refusal(/0\.filters.*only root may be able to change it/));
});

testWith(['python3-oslo.rootwrap'], 'privsep-helper is always allowed', () => {
  const policy = writePolicy(['[Filters]\n'], []);
  assert.is(osloOutcome(policy, ['privsep-helper']), 'not-executable');
  assert.is(policy.load().decide(['privsep-helper']).outcome, 'not-executable');
});

function osloOutcome(
  { filters, execDirs }: PolicyOnDisk,
  argv: readonly string[],
): string | undefined {
  return askOslo([{ filters, exec_dirs: execDirs, argv }])[0]?.verdict.outcome;
}

function refusal(message: RegExp): (error: Error) => boolean {
  return (error) => error instanceof ConfigError && message.test(error.message);
}

test.run();
