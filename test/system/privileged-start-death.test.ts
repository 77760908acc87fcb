import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../support/patience.js';
import { type Looked, lookingModule, privilegedPolicy } from '../support/privileged-policy.js';
import { type Begun, beginThroughSudo } from '../support/privileged-start.js';
import { childrenOf, isAlive, statusOf } from '../support/proc.js';
import { type Requirement, testWith } from '../support/requirements.js';

/** What a test that fails leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

function policy() {
  return privilegedPolicy({ 'net.js': lookingModule('net', { user: 'nobody' }) });
}

/** A process and all below it, from the top. */
function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap((child) => treeOf(child.pid))];
}

async function served(terminal: boolean): Promise<{ begun: Begun; tree: number[] }> {
  const begun = beginThroughSudo(policy(), terminal ? 'use_pty' : '!use_pty', { terminal });
  await begun.channel.next('ready');
  const tree = treeOf(begun.pid);
  const { pid } = (await begun.channel.call('lookPrivilegednet')) as Looked;
  assert.is(tree.at(-1), pid);
  const names = tree.slice(0, -1).map((pid) => statusOf(pid)?.name);
  assert.equal(names, terminal ? ON_TERMINAL : ['sudo']);
  return { begun, tree };
}

/** `script` makes the terminal; the second sudo is the monitor of the one that sudo makes. */
const ON_TERMINAL = ['script', 'sudo', 'sudo'];

for (const terminal of [false, true]) {
  const needs: Requirement[] = terminal ? ['root', 'sudo', 'script'] : ['root', 'sudo'];
  const where = terminal ? 'On a terminal with use_pty' : 'Without a terminal';

  for (const [place, name] of (terminal ? ON_TERMINAL : ['sudo']).entries()) {
    testWith(
      needs,
      `${where}, SIGKILL of ${place}: ${name} leaves nothing of the chain`,
      async () => {
        const { begun, tree } = await served(terminal);
        process.kill(tree[place] as number, 'SIGKILL');
        begun.channel.end(); // as the library does when what it started has ended
        await until('the end of all', () => !tree.some(isAlive));
      },
    );
  }

  testWith(needs, `${where}, SIGKILL of the helper is seen, and ends all`, async () => {
    const { begun, tree } = await served(terminal);
    process.kill(tree.at(-1) as number, 'SIGKILL');
    assert.match(await begun.channel.next('result').then(String, String), /closed before result/);
    await until('the end of all', () => !tree.some(isAlive));
  });

  testWith(needs, `${where}, the end of the service ends the whole chain`, async () => {
    const { begun, tree } = await served(terminal);
    begun.channel.end();
    assert.equal(await begun.ended, { code: 0, signal: null });
    await until('the end of all', () => !tree.some(isAlive));
  });

  testWith(needs, `${where}, a service that is gone at once leaves no helper`, async () => {
    const begun = beginThroughSudo(policy(), terminal ? 'use_pty' : '!use_pty', { terminal });
    begun.channel.end();
    assert.equal(await begun.ended, { code: 0, signal: null });
    assert.is(begun.stderr(), '');
  });
}

test.run();
