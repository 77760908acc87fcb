import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const MODULE = JSON.stringify(import.meta.resolve('#src/exec/nofile.js'));

/** The limit for a command, for what was configured, the hard limit and what the launcher told. */
function limit(configured: number, hard: number, told?: string): number {
  const source = `import { softNofileLimit } from ${MODULE};
    process.stdout.write(String(softNofileLimit(${configured})));`;
  const child = spawnSync(
    'sh',
    ['-c', `ulimit -n ${hard}; exec "$0" --input-type=module -e "$1"`, process.execPath, source],
    {
      env: { PATH: '/usr/bin:/bin', ...(told !== undefined && { TSROOTWRAP_SOFT_NOFILE: told }) },
      encoding: 'utf8',
    },
  );
  assert.is(child.status, 0, child.stderr);
  return Number(child.stdout);
}

test("the caller's limit is lowered to the configured one", () => {
  assert.is(limit(512, 2000, '1024'), 512);
});

test("the caller's limit is never raised", () => {
  assert.is(limit(1024, 2000, '256'), 256);
});

test('the hard limit is the most', () => {
  assert.is(limit(4096, 2000, '999999'), 2000);
  assert.is(limit(4096, 2000), 2000);
});

test('what is no number does not count', () => {
  for (const told of ['unlimited', '', '-1', '0', 'NaN', 'Infinity', '1.5']) {
    assert.is(limit(512, 2000, told), 512, told);
  }
});

test.run();
