import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OsloClient } from '../support/clients.js';
import { DaemonProcess, daemonPolicy } from '../support/daemon.js';
import { until } from '../support/patience.js';
import { childrenOf, isAlive, statusOf } from '../support/proc.js';

test('what a killed daemon ran stays nobody’s zombie, and the next one removes its directory', async () => {
  const policy = daemonPolicy();
  const killed = await DaemonProcess.start(policy);
  const client = await killed.client();
  client.request(['sh', '-c', 'exec sleep 2']);
  client.request(['cat'], { feeding: true });
  const oslo = await OsloClient.create(() => killed.authenticated());
  oslo.connection.send([oslo.object, 'run_one_command', [['sh', '-c', 'exec sleep 2']], {}]);
  await until('the commands', () => childrenOf(killed.pid).length === 2);
  const commands = childrenOf(killed.pid);
  killed.child.kill('SIGKILL');
  await killed.ended;
  for (const connection of [client.connection, oslo.connection]) {
    await connection.end();
    connection.destroy();
  }
  assert.ok(existsSync(killed.path), 'somebody removed its socket');
  const next = await DaemonProcess.start(policy);
  assert.not.ok(existsSync(killed.directory), 'the stale directory is still there');
  assert.match(next.complaints, `Removed ${killed.directory}, which a daemon that was killed`);
  assert.equal(readdirSync(policy.base), [basename(next.directory)]);
  await next.leavesNothing(async () => {});
  await next.stop();
  await until('the end of the orphans', () => {
    return commands.every(({ pid }) => statusOf(pid)?.parent !== process.pid);
  });
  await until('their own end', () => commands.every(({ pid }) => !isAlive(pid)));
});

test('a daemon does not remove the directory of another that lives', async () => {
  const policy = daemonPolicy();
  const first = await DaemonProcess.start(policy);
  const second = await DaemonProcess.start(policy);
  assert.not.match(second.complaints, 'Removed');
  const client = await first.client();
  assert.is((await client.run(['true'])).code, 0);
  client.connection.destroy();
  second.child.kill('SIGTERM');
  await second.ended;
  assert.ok(existsSync(first.path));
  await first.stop();
});

test.run();
