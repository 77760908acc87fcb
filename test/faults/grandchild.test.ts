import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ObjectClient } from '../support/clients.js';
import { daemonPolicy, withDaemon } from '../support/daemon.js';
import { until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { isAlive, statusOf } from '../support/proc.js';

const kept: number[] = [];

process.on('exit', () => {
  for (const pid of kept) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone
    }
  }
});

/** A shell's line that leaves a process behind, with its output, which writes its number to a file. */
function leaver(then: string, how = ''): { line: string; grandchild: () => Promise<number> } {
  const file = join(temporaryDirectory(), 'pid');
  const line = `${how} sh -c 'echo $$ > ${file}.new; mv ${file}.new ${file}; exec sleep 1000' & ${then}`;
  const grandchild = async () => {
    await until('the grandchild', () => existsSync(file));
    const pid = Number(readFileSync(file, 'latin1'));
    kept.push(pid);
    return pid;
  };
  return { line, grandchild };
}

async function withClient(body: (client: ObjectClient) => Promise<void>): Promise<void> {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const client = await daemon.client();
    await body(client);
    client.connection.destroy();
  });
}

test('a call ends when its command has, though another process holds the output open', async () => {
  await withClient(async (client) => {
    const { line, grandchild } = leaver('echo said');
    const { code, stdout, heldOpen } = await client.run(['sh', '-c', line]);
    assert.is(code, 0);
    assert.is(stdout, 'said\n');
    assert.is(heldOpen, true);
    assert.ok(isAlive(await grandchild()), 'it was not left alone');
  });
});

for (const streamed of [false, true]) {
  const window = streamed ? { window: 1000 } : {};
  const kind = streamed ? 'streamed' : 'collected';

  test(`an abort kills what a command with ${kind} output started, too`, async () => {
    await withClient(async (client) => {
      const { line, grandchild } = leaver('sleep 1000');
      const id = client.request(['sh', '-c', line], window);
      const pid = await grandchild();
      client.connection.send({ type: 'abort', id });
      assert.is((await client.end(id)).aborted, true);
      await until('its end', () => !isAlive(pid));
    });
  });

  test(`a timeout kills what a command with ${kind} output started, too`, async () => {
    await withClient(async (client) => {
      const { line, grandchild } = leaver('sleep 1000');
      const id = client.request(['sh', '-c', line], { ...window, timeout: 500 });
      const pid = await grandchild();
      assert.is((await client.end(id)).timedOut, true);
      await until('its end', () => !isAlive(pid));
    });
  });

  test(`a call with ${kind} output ends though it is aborted when its command has ended`, async () => {
    await withClient(async (client) => {
      const { line, grandchild } = leaver('exit 0', 'setsid');
      const id = client.request(['sh', '-c', line], { ...window, killAfter: 100 });
      const pid = await grandchild();
      client.connection.send({ type: 'abort', id });
      const { heldOpen } = await client.end(id);
      assert.is(heldOpen, true);
      assert.ok(isAlive(pid), 'what has left the group was not left alone');
    });
  });
}

test('an abort kills also what ignores SIGTERM and holds nothing open', async () => {
  await withClient(async (client) => {
    const { line, grandchild } = leaver('trap - TERM; exec sleep 1000');
    const quiet = line.replace("sleep 1000'", "sleep 1000 > /dev/null 2>&1'");
    const id = client.request(['sh', '-c', `trap "" TERM; ${quiet}`], { killAfter: 3_600_000 });
    const pid = await grandchild();
    await until('its program', () => statusOf(pid)?.name === 'sleep');
    client.connection.send({ type: 'abort', id });
    assert.is((await client.end(id)).aborted, true);
    await until('its end', () => !isAlive(pid));
  });
});

test('an abort behind the end of the command kills what is left of its group', async () => {
  await withClient(async (client) => {
    const { line, grandchild } = leaver('exit 0');
    const id = client.request(['sh', '-c', `trap "" TERM; ${line}`]);
    const pid = await grandchild();
    client.connection.send({ type: 'abort', id });
    assert.is((await client.end(id)).aborted, true);
    await until('its end', () => !isAlive(pid));
  });
});

test.run();
