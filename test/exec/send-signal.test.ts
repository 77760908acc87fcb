import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SignalPlan } from '#src/exec/plan.js';
import { sendSignal } from '#src/exec/send-signal.js';
import { inChild } from '../support/child-module.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';
import { copyOfSleep, victim } from '../support/victims.js';

const directory = temporaryDirectory();
const program = copyOfSleep(join(directory, 'snoozed'));
const NOBODY = { home: '/', credentials: { uid: 65534, gid: 65534, groups: [] } };
const OWN = { home: '/', credentials: undefined };

function plan(pid: number, rest: Partial<SignalPlan> = {}): SignalPlan {
  return { kind: 'signal', argv: [], pid, signal: 15, program, user: 'root', ...rest };
}

test('the process gets the signal of the plan', async () => {
  const { pid, ended } = await victim(program);
  assert.ok(sendSignal(plan(pid, { signal: 12 }), OWN));
  assert.is(await ended(), 'SIGUSR2');
});

test('a process that runs another program is not signalled', async () => {
  const { pid, ended } = await victim('/bin/sleep');
  assert.not(sendSignal(plan(pid, { signal: 9 }), OWN));
  process.kill(pid, 'SIGUSR1');
  assert.is(await ended(), 'SIGUSR1');
});

test('a process that changed its program since the plan is not signalled', async () => {
  const script = `echo; read line; exec ${program} 1000`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const pid = child.pid ?? 0;
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const planned = plan(pid, { signal: 9, program: programNow(pid) });
  child.stdin.write('\n');
  while (programNow(pid) === planned.program) await new Promise((done) => setTimeout(done, 5));
  assert.not(sendSignal(planned, OWN));
  assert.is(child.exitCode ?? child.signalCode, null);
  const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  assert.ok(sendSignal(plan(pid, { signal: 9 }), OWN));
  assert.is(await ended, 'SIGKILL');
});

test('a process that has ended is an error of the system', async () => {
  const { pid, ended } = await victim(program);
  process.kill(pid, 'SIGKILL');
  await ended();
  assert.throws(
    () => sendSignal(plan(pid), OWN),
    (error: NodeJS.ErrnoException) => error.code === 'ESRCH',
  );
});

test('no descriptor stays open', async () => {
  const { pid } = await victim(program);
  const count = () => readdirSync('/proc/self/fd').length;
  const before = count();
  for (let n = 0; n < 20; n++) sendSignal(plan(pid, { signal: 0 }), OWN);
  for (let n = 0; n < 20; n++) sendSignal(plan(pid, { program: '/x' }), OWN);
  assert.is(count(), before);
});

testWith(['root'], "the signal is sent with the user's own rights", async () => {
  const { pid } = await victim(program);
  const source = `
    const identity = ${JSON.stringify(NOBODY)};
    try { answer = send.sendSignal(${JSON.stringify(plan(pid))}, identity); }
    catch (error) { answer = error.code; }`;
  assert.is(inChild({ send: '#src/exec/send-signal.js' }, source), 'EPERM');
  process.kill(pid, 0);
});

function programNow(pid: number): string {
  return readlinkSync(`/proc/${pid}/exe`);
}

test.run();
