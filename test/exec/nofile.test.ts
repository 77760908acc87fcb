import { spawnSync } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryDirectory } from '../support/policy-files.js';

const MODULE = JSON.stringify(import.meta.resolve('#src/exec/nofile.js'));

/** The limit for a command, for what was configured, the hard limit and what the launcher told. */
function limit(configured: number, hard: number, told?: string): number {
  const source = `import { softNofileLimit } from ${MODULE};
    process.stdout.write(String(softNofileLimit(${configured})));`;
  const file = join(temporaryDirectory(), 'given');
  writeFileSync(file, `9 1 -1\0${told === undefined ? '' : `7 ${told}\0`}\0A=1\0`);
  const child = spawnSync(
    'sh',
    ['-c', `ulimit -n ${hard}; exec "$0" --input-type=module -e "$1"`, process.execPath, source],
    {
      env: { PATH: '/usr/bin:/bin', TSROOTWRAP_CALLER: '3' },
      stdio: ['ignore', 'pipe', 'pipe', openSync(file, 'r')],
      encoding: 'utf8',
    },
  );
  assert.is(child.status, 0, child.stderr);
  return Number(child.stdout);
}

test("the caller's limit is lowered to the configured one", () => {
  assert.is(limit(512, 2000, '1024 4096'), 512);
});

test("the caller's limit is never raised", () => {
  assert.is(limit(1024, 2000, '256 4096'), 256);
});

test('the hard limit is the most', () => {
  assert.is(limit(4096, 2000, '-1 2000'), 2000);
  assert.is(limit(4096, 2000), 2000);
});

test.run();
