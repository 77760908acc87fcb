import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RefusedError, RootwrapClient } from '#src/client/index.js';
import { rejection } from '../client/fake.js';
import { OsloClient } from '../support/clients.js';
import { DaemonProcess, daemonPolicy } from '../support/daemon.js';
import { until } from '../support/patience.js';

const SOURCE = `
import { main } from ${JSON.stringify(import.meta.resolve('#src/cli/tsrootwrap-daemon.js'))};
process.exitCode = main(process.argv.slice(1), '/usr/bin/rootwrap-daemon');
`;

/** The program without its launcher, which keeps much of the environment from it. */
const PROGRAM = [process.execPath, '--input-type=module', '-e', SOURCE, '--'];
const through = () => PROGRAM;

const FILTERS =
  'cat: CommandFilter, cat, ME\ngone: CommandFilter, /no/such, ME\nlost: CommandFilter, id, no-such-user';

function run(...words: string[]): [number | null, string, string] {
  const [file = '', ...args] = [...PROGRAM, ...words];
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 60_000 });
  return [status, stdout, stderr];
}

test('words that it does not know are refused', () => {
  const { config } = daemonPolicy();
  assert.equal(run(), [98, '', 'rootwrap-daemon: No configuration file\n']);
  assert.equal(run(config, 'more'), [98, '', 'rootwrap-daemon: Extra arguments to daemon\n']);
  assert.equal(run('--stdio'), [98, '', 'rootwrap-daemon: No configuration file\n']);
  assert.is(run('/no/such/file')[0], 97);
});

test('it tells how it is used, and its version', () => {
  assert.match(run('--help')[1], /sudo tsrootwrap-daemon \/etc\/app\/rootwrap\.conf/);
  assert.match(run('--version')[1], /^tsrootwrap-daemon \d+\.\d+\.\d+\n$/);
});

test('a place that is none for a socket ends it with 126', () => {
  const { config } = daemonPolicy();
  writeFileSync(config, '[DEFAULT]\nfilters_path = /none\ndaemon_directory = /proc/none\n');
  const [status, , stderr] = run(config);
  assert.is(status, 126);
  assert.match(stderr, /daemon_directory/);
});

for (const transport of [[], ['--stdio']]) {
  test(`our client is served over ${transport[0] ?? 'its socket'}`, async () => {
    const { config } = daemonPolicy(FILTERS);
    await using root = new RootwrapClient([...PROGRAM, ...transport, config], { stderr: 'ignore' });
    const { stdout } = await root.execute(['cat'], { input: 'text' });
    assert.is(stdout, 'text');
    await rejection(root.execute(['reboot']), RefusedError);
  });
}

test("oslo's client is served, up to its shutdown", async () => {
  const daemon = await DaemonProcess.start(daemonPolicy(FILTERS), { through });
  const oslo = await OsloClient.create(() => daemon.authenticated());
  assert.equal(await oslo.run(['cat'], 'h\u00e9 \udcff'), ['#RETURN', [0, 'h\u00e9 \udcff', '']]);
  assert.equal(await oslo.run(['cat'], { __bytes__: '/w==' }), ['#RETURN', [0, '\udcff', '']]);
  assert.equal(await oslo.run(['reboot']), ['#RETURN', [99, '', '']]);
  assert.equal(await oslo.run(['/no/such']), ['#RETURN', [96, '', '']]);
  assert.equal(await oslo.run(['sh', '-c', 'kill $$']), ['#RETURN', [-15, '', '']]);
  assert.is((await oslo.run(['id']))[0], '#TRACEBACK');
  assert.is((await oslo.run(['cat'], '\ud800'))[0], '#TRACEBACK');
  oslo.connection.send([oslo.object, 'shutdown', [], {}]);
  assert.equal((await oslo.connection.receive()).message, ['#RETURN', null]);
  assert.equal(await daemon.ended, { code: 0, signal: null });
});

test('requests of an oslo client wait for the one that runs', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy(FILTERS), { through });
  const oslo = await OsloClient.create(() => daemon.authenticated());
  const request = (text: string) => [oslo.object, 'run_one_command', [['sh', '-c', text]], {}];
  oslo.connection.send(request('sleep 0.2; echo first'));
  oslo.connection.send(request('echo second'));
  for (const word of ['first', 'second']) {
    assert.equal((await oslo.connection.receive()).message, ['#RETURN', [0, `${word}\n`, '']]);
  }
  await daemon.stop();
});

test('who does not know the key is refused', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy(FILTERS), { through });
  const stranger = await daemon.connect();
  await stranger.receive().catch(() => {}); // the challenge
  stranger.write(Buffer.alloc(8));
  await until('the refusal', () => /does not know the key/.test(daemon.complaints));
  stranger.destroy();
  await daemon.stop();
});

test('SIGHUP reads the configuration again, and keeps it when the new one is wrong', async () => {
  const policy = daemonPolicy(FILTERS);
  const daemon = await DaemonProcess.start(policy, { through });
  writeFileSync(policy.config, 'nonsense');
  daemon.child.kill('SIGHUP');
  await until('the complaint', () => /Kept the configuration as it was/.test(daemon.complaints));
  const client = await daemon.client();
  assert.is((await client.run(['true'])).code, 0);
  client.connection.destroy();
  await daemon.stop();
});

test('the first SIGTERM waits for what runs, one a second later does not', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy(FILTERS), { through });
  const client = await daemon.client();
  client.request(['sh', '-c', 'exec sleep 1000']);
  await client.run(['true']);
  daemon.child.kill('SIGTERM');
  await until(
    'goodbye',
    async () => (await client.connection.receive()).message.type === 'goodbye',
  );
  await wait(1500); // signals within a second of the first are the same wish
  await wait(1100); // within a second it would be the same wish
  daemon.child.kill('SIGTERM');
  assert.is((await client.connection.receive()).message.signal, 'SIGTERM');
  assert.equal(await daemon.ended, { code: 0, signal: null });
});

test.run();
