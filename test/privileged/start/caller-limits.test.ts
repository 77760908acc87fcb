import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** CAP_SYS_RESOURCE, which containers often lack: bit 24. */
const MAY_RAISE = (() => {
  const [, bits = '0'] = /^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${bits}`) >> 24n) & 1n) === 1n;
})();

const SOURCE = `
import { readFileSync } from 'node:fs';
import { takeBackLimits } from ${JSON.stringify(import.meta.resolve('#src/privileged/start/caller-limits.js'))};
try {
  takeBackLimits();
  console.log(readFileSync('/proc/self/limits', 'utf8'));
} catch (error) {
  console.log(error.name, error.message);
}
`;

/** What a process says that takes back the limits which this shell line has set. */
function after(line: string): string {
  const words = ['-c', `${line}\nexec "$@"`, 'sh', process.execPath, '--input-type=module', '-e'];
  const { stdout, stderr, status } = spawnSync('/bin/sh', [...words, SOURCE], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return stdout;
}

const soft = (text: string, name: string) => new RegExp(`^${name} +(\\S+)`, 'm').exec(text)?.[1];

test('a caller’s soft limits are taken back', () => {
  const text = after('ulimit -Sf 1; ulimit -St 100; ulimit -Sc unlimited');
  assert.is(soft(text, 'Max file size'), 'unlimited');
  assert.is(soft(text, 'Max cpu time'), 'unlimited');
});

test('no core file is written, and the next program cannot change that', () => {
  const text = after('ulimit -c unlimited 2>/dev/null');
  assert.match(text, /^Max core file size +0 +0 /m);
});

test('limits that are high enough stay as they are', () => {
  const text = after('ulimit -Sn 5000; ulimit -Ss 16384');
  assert.ok(Number(soft(text, 'Max open files')) >= 5000);
  assert.is(soft(text, 'Max stack size'), String(16384 * 1024));
});

test('a hard limit is raised, or nothing is started where it cannot be', () => {
  for (const [line, name, said] of [
    ['ulimit -f 100', 'Max file size', 'RLIMIT_FSIZE is 51200 and cannot be raised to unlimited'],
    ['ulimit -t 1000', 'Max cpu time', 'RLIMIT_CPU is 1000 and cannot be raised to unlimited'],
    ['ulimit -n 100', 'Max open files', 'RLIMIT_NOFILE is 100 and cannot be raised to 4096'],
  ] as const) {
    const text = after(line);
    if (MAY_RAISE) assert.match(soft(text, name) ?? '', /^(unlimited|4096)$/);
    else assert.ok(text.startsWith(`StartError ${said} (EPERM)`), text);
  }
});

test.run();
