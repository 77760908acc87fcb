import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DaemonProcess, daemonPolicy, withDaemon } from '../support/daemon.js';
import { until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { isAlive } from '../support/proc.js';

const started: ChildProcess[] = [];

process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

const MODULES = {
  raw: import.meta.resolve('../support/raw-connection.js'),
  clients: import.meta.resolve('../support/clients.js'),
};

/** Has a client in a process of its own run the body, in which `LINE` is a shell's line. */
function clientProcess({ path, key }: DaemonProcess, body: string, line: string): ChildProcess {
  const source = `
    import { RawConnection } from ${JSON.stringify(MODULES.raw)};
    import { ObjectClient, OsloClient } from ${JSON.stringify(MODULES.clients)};
    const key = Buffer.from('${key.toString('hex')}', 'hex');
    const connect = async () => (await RawConnection.open(${JSON.stringify(path)})).authenticate(key);
    const LINE = ['sh', '-c', ${JSON.stringify(line)}];
    ${body}
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  started.push(child);
  return child;
}

/** The files by which a command and a test tell each other what has come about. */
function signs() {
  const directory = temporaryDirectory();
  const at = (name: string) => join(directory, name);
  const pid = () => Number(readFileSync(at('ready'), 'latin1'));
  return { ready: at('ready'), go: at('go'), done: at('done'), pid };
}

type Signs = ReturnType<typeof signs>;

const object = (request: string) =>
  `const client = await ObjectClient.greet(await connect()); client.${request};`;

/** Kills a client while its command runs. */
async function killed(
  daemon: DaemonProcess,
  body: string,
  line: string,
  { ready }: Signs,
): Promise<void> {
  const child = clientProcess(
    daemon,
    body,
    `echo $$ > ${ready}.new; mv ${ready}.new ${ready}; ${line}`,
  );
  await until('the command', () => existsSync(ready));
  assert.is(daemon.clients(), 1);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  const other = await daemon.client(); // behind its answer the daemon has seen the other's end
  await other.run(['true']);
  other.connection.destroy();
}

for (const [title, body] of [
  ['a client', object('request(LINE)')],
  ['oslo’s client', '(await OsloClient.create(connect)).run(LINE);'],
] as const) {
  test(`a command with collected output runs to its end when ${title} is killed`, async () => {
    await withDaemon(daemonPolicy(), async (daemon) => {
      const files = signs();
      const line = `while ! [ -e ${files.go} ]; do sleep 0.02; done; : > ${files.done}`;
      await killed(daemon, body, line, files);
      assert.ok(isAlive(files.pid()), 'it did not outlive its client');
      writeFileSync(files.go, '');
      await until('its last step', () => existsSync(files.done));
      await until('its end', () => !existsSync(`/proc/${files.pid()}`));
    });
  });
}

test('a command with streamed output is ended when its client is killed', async () => {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const files = signs();
    await killed(daemon, object('request(LINE, { window: 100 })'), 'exec sleep 1000', files);
    await until('its end', () => !existsSync(`/proc/${files.pid()}`));
  });
});

test('a command that ignores the signal is killed when its client is', async () => {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const files = signs();
    const body = object('request(LINE, { window: 100, killAfter: 100 })');
    await killed(daemon, body, 'trap "" TERM; while :; do sleep 1000; done', files);
    await until('its end', () => !existsSync(`/proc/${files.pid()}`));
  });
});

for (const [title, options] of [
  ['', '{ feeding: true, killAfter: 100 }'],
  [' and reads its output', '{ feeding: true, killAfter: 100, window: 100 }'],
] as const) {
  test(`a client that is killed while it sends input${title} makes no end of input`, async () => {
    await withDaemon(daemonPolicy(), async (daemon) => {
      const files = signs();
      const body = object(`request(LINE, ${options}, Buffer.alloc(200_000, 'x'))`);
      await killed(daemon, body, `trap "" TERM; cat > /dev/null; : > ${files.done}`, files);
      await until('its end', () => !existsSync(`/proc/${files.pid()}`));
      assert.not.ok(existsSync(files.done), 'the input looked complete');
    });
  });
}

test.run();
