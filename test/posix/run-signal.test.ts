import { closeSync, existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { thrown } from './program.js';
import { command, ofKind, pause, script, start, streamed, until } from './runs.js';

test('a signal reaches the process alone', async () => {
  const text = 'sleep 60 & trap "echo caught" USR1; echo $!; wait; kill $!';
  const { run, events, ended } = start(script(text, { window: 100 }));
  await until(() => events.length === 1);
  const other = streamed(1, events).toString().trim();
  assert.ok(posix.signalRun(run, 10, false));
  await ended;
  assert.is(streamed(1, events).toString(), `${other}\ncaught\n`);
});

test('everyone in the group gets a signal, also when their leader has exited', async () => {
  const { run, events, ended } = start(script('sleep 60 & sleep 60 & echo'));
  await until(() => ofKind('exited', events).length === 1);
  assert.is(posix.signalRun(run, 15, false), false);
  assert.ok(existsSync(`/proc/${run.pid}`)); // kept, so that its number stays its own
  assert.ok(posix.signalRun(run, 15, true));
  assert.is((await ended).code, 0);
  assert.not(existsSync(`/proc/${run.pid}`));
});

test('after the end there is nobody to signal', async () => {
  const { run, ended } = start(command('/bin/true', []));
  await ended;
  assert.is(posix.signalRun(run, 9, false), false);
  assert.is(posix.signalRun(run, 9, true), false);
});

test('signal 0 only asks', async () => {
  const { run, ended } = start(command('/bin/cat', [], { feeding: true }));
  assert.ok(posix.signalRun(run, 0, false));
  assert.ok(posix.signalRun(run, 0, true));
  posix.feed(run, null);
  assert.is((await ended).code, 0);
});

test('a group to be killed at the end has nobody left after it', async () => {
  const text = '(trap "" TERM; exec >&- 2>&-; exec sleep 60) & echo $!; sleep 0.1';
  for (const kill of [true, false]) {
    const { run, ended } = start(script(text));
    if (kill) posix.killGroupAtEnd(run);
    const other = Number((await ended).stdout?.toString());
    if (kill) {
      await until(() => !existsSync(`/proc/${other}`) || stateOf(other) === 'Z');
    } else {
      await pause(20);
      process.kill(other, 'SIGKILL');
    }
  }
});

test('a signal that does not exist is refused', async () => {
  const { run, ended } = start(command('/bin/cat', [], { feeding: true }));
  for (const wrong of [-1, 65, 1.5, '15'] as never[]) {
    const error = thrown(() => posix.signalRun(run, wrong, false));
    assert.equal([error.code, error.step], ['EINVAL', 'signal']);
  }
  assert.is(thrown(() => posix.signalRun(run, 0, 1 as never)).code, 'EINVAL');
  posix.feed(run, null);
  await ended;
});

test('a process that somebody else reaped is no longer signalled by its number', async () => {
  const { run, events, ended } = start(script('sleep 60 & echo $!'));
  const pidfd = posix.pidfdOpen(run.pid);
  await until(() => ofKind('exited', events).length === 1);
  await new Promise<unknown>((resolve) => posix.onExit(pidfd, resolve));
  closeSync(pidfd);
  assert.is(posix.signalRun(run, 0, true), false);
  posix.abandon(run);
  const { code, stdout } = await ended;
  assert.is(code, 255); // nobody can know
  process.kill(Number(stdout?.toString()));
});

function stateOf(pid: number): string | undefined {
  return readStat(pid)?.split(') ')[1]?.[0];
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // it has ended meanwhile
  }
}

test.run();
