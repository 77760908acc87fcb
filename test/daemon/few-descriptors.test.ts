import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DaemonProcess, daemonPolicy } from '../support/daemon.js';
import { until } from '../support/patience.js';

const limited = (limit: number) => ({
  through: (launcher: string) => ['prlimit', `--nofile=${limit}:${limit}`, launcher],
});

/** What a daemon says that may open so many files at most. */
async function saidWith(limit: number, settings: string): Promise<string> {
  const daemon = await DaemonProcess.start(daemonPolicy('', settings), limited(limit));
  await daemon.stop();
  return daemon.complaints;
}

const FEW = 'daemon_max_connections = 10\ndaemon_max_pending = 20\ndaemon_max_requests = 5';

test('a daemon that may open fewer files than clients can need says how many, and what to do', async () => {
  // the connections of both kinds, four for each command, 64 of its own
  const said = await saidWith(113, FEW);
  assert.match(said, 'Connections and commands may need 114 open files, and the limit is 113: ');
  assert.match(said, 'raise it (`ulimit -Hn`, LimitNOFILE=), or lower daemon_max_connections');
});

test('one that may open as many says nothing', async () => {
  assert.is(await saidWith(114, FEW), '');
});

test('it says so as well when settings that it reads later need more', async () => {
  const policy = daemonPolicy('', FEW);
  const daemon = await DaemonProcess.start(policy, limited(114));
  const text = readFileSync(policy.config, 'utf8');
  writeFileSync(policy.config, text.replace('daemon_max_requests = 5', 'daemon_max_requests = 6'));
  daemon.child.kill('SIGHUP');
  await until('the warning', () => daemon.complaints.includes('may need 118 open files'));
  await daemon.stop();
});

test.run();
