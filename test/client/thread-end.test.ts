import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeCommand, TRANSPORTS } from './fake.js';

/** Processes that have ended and that nobody has waited for, among the children of this one. */
function zombies(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [, state, parent] =
        /\) (\S) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return state === 'Z' && Number(parent) === process.pid;
    } catch {
      return false; // gone meanwhile
    }
  });
}

for (const transport of TRANSPORTS) {
  const how = transport[0] ?? 'socket';

  test(`a worker thread that ends without close leaves no zombie (${how})`, async () => {
    const program = `
      import { RootwrapClient } from '${import.meta.resolve('#src/client/index.js')}';
      for (let i = 0; i < 12; i++) {
        const root = new RootwrapClient(${JSON.stringify(fakeCommand(...transport))}, { stderr: 'ignore' });
        if (i < 3) await root.execute(['echo']);
      }`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    const [code] = await once(worker, 'exit');
    assert.is(code, 0);
    assert.equal(zombies(), []);
  });
}

test('a runtime whose pipes and sockets have no ref and unref runs commands', () => {
  const program = `
    const { Socket } = await import('node:net');
    Socket.prototype.ref = Socket.prototype.unref = undefined;
    const { RootwrapClient } = await import('${import.meta.resolve('#src/client/index.js')}');
    for (const words of [[], ['--stdio']]) {
      const root = new RootwrapClient([...${JSON.stringify(fakeCommand())}, ...words]);
      console.log((await root.execute(['echo', 'a'])).stdout);
      await root.close();
    }`;
  const words = ['--input-type=module', '-e', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.equal([status, stdout], [0, 'a\na\n'], stderr);
});

test.run();
