import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasEnded, processStart } from '#src/daemon/process-start.js';
import { testWith } from '../support/requirements.js';

const MODULE = import.meta.resolve('#src/daemon/process-start.js');

/** The number of a process that has ended and was waited for. */
function endedPid(): number {
  return spawnSync('true').pid;
}

test('a process is named by its number and start', () => {
  const start = processStart('self');
  assert.match(start ?? '', /^\d+$/);
  assert.is(processStart(process.pid), start);
  assert.not(hasEnded(process.pid, start ?? ''));
});

test('a number that is another process’s by now, or nobody’s, means one that has ended', () => {
  assert.ok(hasEnded(process.pid, '1'));
  assert.ok(hasEnded(endedPid(), processStart('self') ?? ''));
});

testWith(['root', 'mount namespaces'], 'where /proc shows nothing, who lives has not ended', () => {
  const source = `import { hasEnded, processStart } from ${JSON.stringify(MODULE)};
    process.stdout.write(JSON.stringify([processStart('self') ?? null,
      hasEnded(${process.pid}, '1'), hasEnded(${endedPid()}, '1')]));`;
  const line = 'mount -t tmpfs tmpfs /proc && exec "$0" --input-type=module -e "$1"';
  const words = ['-m', 'sh', '-c', line, process.execPath, source];
  const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' });
  assert.is(stdout, '[null,false,true]', stderr);
});

test.run();
