import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DaemonStartError, RootwrapClient } from '#src/client/index.js';
import { until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { fake, rejection } from './fake.js';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A daemon that never gets ready, and the file in which it leaves its pid. */
function hung(before = ''): { root: RootwrapClient; pid: () => number } {
  const file = join(temporaryDirectory(), 'pid');
  const script = `${before} echo $$ > ${file}; exec sleep 1000`;
  const root = new RootwrapClient(['/bin/sh', '-c', script], { startTimeout: 500 });
  return { root, pid: () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0) };
}

test('a daemon that hangs at its start is ended at once', async () => {
  const { root, pid } = hung();
  await rejection(root.execute(['echo']), DaemonStartError);
  assert.ok(pid() > 0);
  await until('the end of the daemon', () => !isAlive(pid()));
  await root.close();
});

test('closing waits until a daemon that hung and takes no SIGTERM is gone', async () => {
  const { root, pid } = hung('trap "" TERM;');
  await rejection(root.execute(['echo']), DaemonStartError);
  assert.ok(isAlive(pid()));
  await root.close();
  assert.not(isAlive(pid()));
});

test('a daemon that turns the client away is told, with a look at its log', async () => {
  await using root = fake(['away']);
  const error = await rejection(root.execute(['echo']), DaemonStartError);
  assert.match(error.message, /turns this client away: .* its log says why$/);
  assert.is(error.signal, undefined);
});

test('a function for standard error that throws stops neither the reading nor the client', async () => {
  const lines: string[] = [];
  const told: string[] = [];
  const take = (error: Error) => told.push(error.message);
  process.on('uncaughtException', take);
  const root = fake(['--stdio', 'warn'], {
    stderr: (line) => {
      lines.push(line);
      throw new Error(`no ${line}`);
    },
  });
  assert.is((await root.execute(['echo', 'a'])).stdout, 'a');
  await root.close();
  process.off('uncaughtException', take);
  assert.equal(lines, ['first', 'second', 'third']);
  assert.equal(told, ['no first', 'no second', 'no third']);
});

test.run();
