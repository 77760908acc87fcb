import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientClosedError, RootwrapClient } from '#src/client/index.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { fake, fakeCommand, rejection, TRANSPORTS } from './fake.js';

/** Runs a program in which `root` is a client of a fake daemon. */
function inProcess(transport: readonly string[], program: string) {
  const source = `
    const { RootwrapClient } = await import(${JSON.stringify(import.meta.resolve('#src/client/index.js'))});
    const root = new RootwrapClient(${JSON.stringify(fakeCommand(...transport))});
    ${program}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

for (const transport of TRANSPORTS) {
  const how = transport[0] ?? 'socket';

  test(`a client that is not closed does not keep its process alive (${how})`, () => {
    const result = inProcess(
      transport,
      `const { stdout } = await root.execute(['echo', 'a']);
       console.log(stdout);`,
    );
    assert.equal([result.status, result.stdout], [0, 'a\n'], result.stderr);
  });

  test(`a call keeps its process alive (${how})`, () => {
    const result = inProcess(
      transport,
      `root.execute(['echo']).then(() => setTimeout(() => {
         root.execute(['sleep', '500']).then(() => console.log('over'));
       }, 100));`,
    );
    assert.equal([result.status, result.stdout], [0, 'over\n'], result.stderr);
  });

  test(`closing waits for calls and for the end of the daemon (${how})`, async () => {
    const root = fake([...transport]);
    const pid = Number((await root.execute(['pid'])).stdout);
    const slow = root.execute(['sleep', '200']);
    const waiting = Array.from({ length: 10 }, () => root.execute(['sleep', '50']));
    const closing = root.close();
    await rejection(root.execute(['echo']), ClientClosedError);
    assert.is(closing, root.close());
    let over = 0;
    for (const call of [slow, ...waiting]) void call.then(() => over++);
    await closing;
    assert.is(over, 11);
    assert.not(isAlive(pid));
  });

  test(`closing keeps its process alive until it is done (${how})`, () => {
    const result = inProcess(
      transport,
      `await root.execute(['echo']); await root.close(); console.log('closed');`,
    );
    assert.equal([result.status, result.stdout], [0, 'closed\n'], result.stderr);
  });

  test(`the daemon ends with its client's process (${how})`, async () => {
    const source = `
      const { RootwrapClient } = await import(${JSON.stringify(import.meta.resolve('#src/client/index.js'))});
      const root = new RootwrapClient(${JSON.stringify(fakeCommand(...transport))});
      console.log((await root.execute(['pid'])).stdout);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source]);
    const [data] = await once(child.stdout, 'data');
    const pid = Number(data);
    assert.ok(isAlive(pid));
    child.kill('SIGKILL');
    for (let i = 0; i < 100 && isAlive(pid); i++) await new Promise((r) => setTimeout(r, 50));
    assert.not(isAlive(pid));
  });
}

test('`using` closes without waiting', async () => {
  let pid: number;
  let call: Promise<unknown>;
  {
    using root = fake();
    pid = Number((await root.execute(['pid'])).stdout);
    call = root.execute(['sleep', '100']);
  }
  assert.ok(isAlive(pid));
  await call; // what was called before is answered
  for (let i = 0; i < 100 && isAlive(pid); i++) await new Promise((r) => setTimeout(r, 50));
  assert.not(isAlive(pid));
});

test('closing a client that was never used starts nothing', async () => {
  const root = new RootwrapClient(['/nonexistent']);
  await root.close();
  await rejection(root.execute(['echo']), ClientClosedError);
  const { result } = root.start(['echo']);
  await rejection(result, ClientClosedError);
});

test('a call that is canceled while the daemon starts does not keep close waiting', async () => {
  const root = fake();
  const controller = new AbortController();
  const call = root.execute(['echo'], { cancelSignal: controller.signal, reject: false });
  controller.abort();
  assert.ok((await call).isCanceled);
  await root.close();
});

test('a socket on which a daemon listens already is talked to without a key', async () => {
  const socketPath = join(temporaryDirectory(), 'rootwrap.sock');
  const [file = '', ...args] = fakeCommand('--listen', socketPath);
  const daemon = spawn(file, args);
  await once(daemon.stdout, 'data');
  const root = new RootwrapClient({ socketPath });
  assert.is((await root.execute(['echo', 'a'])).stdout, 'a');
  await root.execute(['leave']);
  assert.is((await root.execute(['echo', 'b'])).stdout, 'b'); // by a new connection
  await root.close();
  daemon.kill();
});

test.run();
