import { chmodSync, chownSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SignalPlan } from '#src/exec/plan.js';
import { Policy } from '#src/policy/policy.js';
import { inChild } from '../../support/child-module.js';
import { assertDenied } from '../../support/decisions.js';
import { policyOf, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';
import { copyOfSleep, victim } from '../../support/victims.js';

const directory = temporaryDirectory();
const program = copyOfSleep(join(directory, 'snoozed'));

/** The plan for a kill that must be allowed. */
function signalPlan(policy: Policy, words: readonly string[]): SignalPlan {
  const decision = policy.decide(words);
  if (decision.outcome !== 'allowed') throw new Error(policy.explain(words).text);
  if (decision.plan.kind !== 'signal') throw new Error(`${words.join(' ')} is no signal`);
  return decision.plan;
}

interface Decided {
  readonly outcome: string;
  /** Of an allowed kill: the program that the process must run. */
  readonly program?: string;
  readonly text: string;
}

/** What a process that was started with this PATH decides about `kill -9 PID`. */
function decidedWithPath(path: string, name: string, pid: string): Decided {
  const asked = JSON.stringify([`x: KillFilter, root, ${name}, -9`, ['kill', '-9', pid]]);
  const program = `const [filters, words] = ${asked};
    const policy = files.policyOf(filters);
    const { outcome, plan } = policy.decide(words);
    answer = { outcome, program: plan?.program, text: policy.explain(words).text };`;
  return inChild({ files: './policy-files.js' }, program, { env: { PATH: path } }) as Decided;
}

test('no /bin/kill is needed, which is not run', async () => {
  const { pid } = await victim(program);
  const { config, filters } = policyOf(`x: KillFilter, nobody, ${program}, -9`);
  const policy = Policy.of(config, { filters: [...filters], warnings: [] }, () => false);
  assert.is(signalPlan(policy, ['kill', '-9', `${pid}`]).pid, pid);
});

test('the plan holds the process, the signal, the program and the user', async () => {
  const { pid } = await victim(program);
  const policy = policyOf(`x: KillFilter, nobody, ${program}, -9, -HUP`);
  assert.equal(signalPlan(policy, ['kill', '-HUP', String(pid)]), {
    kind: 'signal',
    argv: ['/bin/kill', '-HUP', String(pid)],
    pid,
    signal: 1,
    program,
    user: 'nobody',
  });
});

test('a signal is allowed as the filter spells it and in no other way', async () => {
  const { pid } = await victim(program);
  const policy = policyOf(`x: KillFilter, root, ${program}, -9, -SIGHUP`);
  assert.is(signalPlan(policy, ['kill', '-9', `${pid}`]).signal, 9);
  assert.is(signalPlan(policy, ['kill', '-SIGHUP', `${pid}`]).signal, 1);
  for (const signal of ['-KILL', '-09', '-HUP', '-1', '-15', '9', '-s', '', '-9 ']) {
    assertDenied(policy, ['kill', signal, `${pid}`], /is none of the signals -9, -SIGHUP/);
  }
});

test('where signals are listed, one must be given', async () => {
  const { pid } = await victim(program);
  const policy = policyOf(`x: KillFilter, root, ${program}, -15`);
  assertDenied(policy, ['kill', `${pid}`], /needs one of the signals -15/);
});

test('where no signals are listed, none may be given and the process gets TERM', async () => {
  const { pid } = await victim(program);
  const policy = policyOf(`x: KillFilter, root, ${program}`);
  assert.is(signalPlan(policy, ['kill', `${pid}`]).signal, 15);
  assertDenied(policy, ['kill', '-15', `${pid}`], /\(none listed\)/);
});

test('a listed word that is no signal is denied', async () => {
  const { pid } = await victim(program);
  const policy = policyOf(`x: KillFilter, root, ${program}, -s, -l, 9, -65`);
  for (const word of ['-s', '-l', '9', '-65']) {
    assertDenied(policy, ['kill', word, `${pid}`], /is no signal/);
  }
});

test('there are exactly one process and at most one signal', async () => {
  const { pid } = await victim(program);
  const policy = policyOf(`x: KillFilter, root, ${program}, -9\ny: KillFilter, root, ${program}`);
  assertDenied(policy, ['kill']);
  assertDenied(policy, ['kill', '-9']);
  assertDenied(policy, ['kill', '-9', '--', `${pid}`]);
  assertDenied(policy, ['kill', '-9', `${pid}`, `${pid}`]);
  assertDenied(policy, ['kill', `${pid}`, `${pid}`]);
  assertDenied(policy, ['/bin/kill', '-9', `${pid}`]);
});

test('a process id has one spelling', async () => {
  const { pid } = await victim(program);
  const policy = policyOf(`x: KillFilter, root, ${program}, -9`);
  const p = String(pid);
  const others = [` ${p}`, `${p} `, `${p}\n`, `+${p}`, `0${p}`, `-${p}`, `0x${pid.toString(16)}`];
  const spaced = [`${p[0]}_${p.slice(1)}`, `${p}.0`, `${p}e0`, `${p}/`, `../${p}`, '٣', `${p},1`];
  const special = ['0', '-1', '-0', '', 'self', 'thread-self', '9'.repeat(10), '9'.repeat(400)];
  for (const word of [...others, ...spaced, ...special]) {
    assertDenied(policy, ['kill', '-9', word], /is not a process id/);
  }
});

test('a process that is not there is denied', () => {
  const policy = policyOf(`x: KillFilter, root, ${program}, -9`);
  assertDenied(policy, ['kill', '-9', '4194304'], /is no process whose program can be told/);
});

test('a process that runs another program is denied', async () => {
  const { pid } = await victim('/bin/sleep');
  const policy = policyOf(`x: KillFilter, root, ${program}, -9`);
  assertDenied(policy, ['kill', '-9', `${pid}`], /runs .*sleep, not/);
  assertDenied(policy, ['kill', '-9', '1']);
});

test('what a process calls itself does not count', async () => {
  const { pid } = await victim('/bin/sleep', program);
  assertDenied(policyOf(`x: KillFilter, root, ${program}, -9`), ['kill', '-9', `${pid}`]);
});

test('a bare name counts for a program in a directory of PATH', async () => {
  const pid = String((await victim('/usr/bin/sleep')).pid);
  const { outcome, program } = decidedWithPath('/bin:/usr/bin', 'sleep', pid);
  assert.equal([outcome, program], ['allowed', '/usr/bin/sleep']);
  assert.is(decidedWithPath('/bin:/usr/bin', 'slee', pid).outcome, 'denied');
});

test('a bare name does not count for a program elsewhere', async () => {
  const pid = String((await victim(program)).pid);
  for (const path of ['/usr/bin:/bin', '', `${directory}/..`, directory.slice(1)]) {
    const { outcome, text } = decidedWithPath(path, 'snoozed', pid);
    assert.is(outcome, 'denied', path);
    assert.match(text, /runs .*snoozed/);
  }
});

testWith(
  ['root'],
  'a bare name does not count in a directory of PATH that others can write to',
  async () => {
    const open = temporaryDirectory();
    const pid = String((await victim(copyOfSleep(join(open, 'snoozed')))).pid);
    assert.is(decidedWithPath(open, 'snoozed', pid).outcome, 'allowed');
    chmodSync(open, 0o777);
    assert.is(decidedWithPath(open, 'snoozed', pid).outcome, 'denied');
    chmodSync(open, 0o755);
    chownSync(open, 12345, 12345);
    assert.is(decidedWithPath(open, 'snoozed', pid).outcome, 'denied');
  },
);

test('a name with a slash that is no absolute path counts for nothing', async () => {
  const pid = String((await victim('/usr/bin/sleep')).pid);
  assert.is(decidedWithPath('/usr/bin:/usr', 'bin/sleep', pid).outcome, 'denied');
});

test('a process whose program was deleted still counts', async () => {
  const file = copyOfSleep(join(directory, 'deleted'));
  const { pid } = await victim(file);
  unlinkSync(file);
  const policy = policyOf(`x: KillFilter, root, ${file}, -9`);
  assert.is(signalPlan(policy, ['kill', '-9', `${pid}`]).program, file);
});

test('a process whose program was upgraded still counts', async () => {
  const file = copyOfSleep(join(directory, 'upgraded'));
  const { pid } = await victim(file);
  renameSync(copyOfSleep(join(directory, 'upgraded.new')), file);
  const policy = policyOf(`x: KillFilter, root, ${file}, -9`);
  assert.is(signalPlan(policy, ['kill', '-9', `${pid}`]).program, file);
});

test('a process whose program was renamed by prelink still counts by its command line', async () => {
  const file = copyOfSleep(join(directory, 'linked'));
  const { pid } = await victim(file);
  renameSync(file, `${file}.#prelink#.abc`);
  unlinkSync(`${file}.#prelink#.abc`);
  copyOfSleep(file);
  const policy = policyOf(`x: KillFilter, root, ${file}, -9`);
  assert.is(signalPlan(policy, ['kill', '-9', `${pid}`]).program, file);
});

test.run();
