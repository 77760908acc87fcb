import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  DaemonLostError,
  DaemonStartError,
  ProtocolError,
  RootwrapClient,
} from '#src/client/index.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { fake, fakeCommand, rejection, TRANSPORTS } from './fake.js';

for (const transport of TRANSPORTS) {
  const how = transport[0] ?? 'socket';

  test(`a command that was sent when its daemon died is not sent again (${how})`, async () => {
    const file = join(temporaryDirectory(), 'runs');
    writeFileSync(file, '');
    await using root = fake(transport);
    await root.execute(['echo']);
    const call = root.execute(['append', file, '9999']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [lost, killer] = await Promise.all([
      rejection(call, DaemonLostError),
      rejection(root.execute(['die']), DaemonLostError),
    ]);
    assert.equal([lost.mayHaveRun, lost.code], [true, 'ERR_DAEMON_LOST']);
    assert.match(killer.message, /^the daemon was killed by SIGKILL before it answered die; /);
    assert.match(lost.message, /look before you repeat it/);
    assert.is((await root.execute(['echo', 'new'])).stdout, 'new');
    assert.is(readFileSync(file, 'utf8'), 'ran\n');
  });

  test(`what waits for its turn goes to the next daemon (${how})`, async () => {
    await using root = fake(transport);
    const sent = Array.from({ length: 7 }, () => root.execute(['sleep', '9999']));
    const killer = root.execute(['die']);
    const waiting = Array.from({ length: 20 }, (_, i) => root.execute(['echo', `${i}`]));
    for (const call of [...sent, killer]) await rejection(call, DaemonLostError);
    const results = await Promise.all(waiting);
    assert.equal(
      results.map(({ stdout }) => stdout),
      results.map((_, i) => `${i}`),
    );
  });

  test(`what a daemon did not take on when it took leave is sent to another (${how})`, async () => {
    await using root = fake(transport);
    const slow = root.execute(['sleep', '300']);
    const leave = root.execute(['leave']);
    const late = Array.from({ length: 3 }, () => root.execute(['limits']));
    const fed = root.execute(['cat'], { input: 'x'.repeat(300_000) });
    const ids = (await Promise.all(late)).map(({ stdout }) => JSON.parse(stdout).id);
    assert.equal(ids, [1, 2, 3]); // of the other daemon, in their order
    assert.is((await leave).stdout, 'left');
    assert.is((await fed).stdout.length, 300_000); // what the first was sent comes again
    assert.is((await slow).exitCode, 0);
  });
}

test('what was not written yet when the connection is lost goes to the next daemon', async () => {
  await using root = fake();
  const running = root.start(['spoil']);
  let late: Promise<{ stdout: string }> | undefined;
  running.stdout.once('data', () => {
    late = root.execute(['echo', 'late']); // behind it, in the same read, comes what ends it all
  });
  assert.ok((await rejection(running.result, ProtocolError)).mayHaveRun);
  assert.is((await late)?.stdout, 'late');
});

test('what comes back is sent before what was called later', async () => {
  await using root = fake();
  const first = [root.execute(['sleep', '300']), root.execute(['leave'])];
  const rest = Array.from({ length: 12 }, () => root.execute(['limits'])); // six of them wait
  const ids = (await Promise.all(rest)).map(({ stdout }) => JSON.parse(stdout).id);
  assert.equal(
    ids,
    ids.map((_, i) => i + 1),
  );
  await Promise.all(first);
});

test('a command that one daemon after the other declines is given up, and was not run', async () => {
  await using root = fake();
  const error = await rejection(root.execute(['decline']), DaemonLostError);
  assert.is(error.mayHaveRun, false);
  assert.match(error.message, /3 daemons in a row took leave.*it was not run/);
});

test('an idle daemon that ends is replaced at the next call', async () => {
  await using root = fake(['--stdio']);
  assert.is((await root.execute(['leave'])).stdout, 'left');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { stdout } = await root.execute(['limits']);
  assert.is(JSON.parse(stdout).id, 1);
});

for (const transport of TRANSPORTS) {
  const how = transport[0] ?? 'socket';

  test(`a daemon that ends at once is told with its exit code and its words (${how})`, async () => {
    await using root = fake([...transport, '--complain', 'rootwrap.conf:3: bad\u001b line']);
    const calls = [root.execute(['echo']), root.execute(['echo'])];
    for (const call of calls) {
      const error = await rejection(call, DaemonStartError);
      assert.equal([error.exitCode, error.code], [97, 'ERR_DAEMON_START']);
      assert.is(error.stderr, 'rootwrap.conf:3: bad\u001b line\n');
      assert.match(
        error.message,
        /exit code 97:\nrootwrap.conf:3: bad\\x1b line\ncorrect the conf/,
      );
    }
  });

  test(`a command that is not there is told (${how})`, async () => {
    await using root = new RootwrapClient(['/nonexistent/daemon', ...transport]);
    const error = await rejection(root.execute(['echo']), DaemonStartError);
    assert.match(
      error.message,
      /\/nonexistent\/daemon or its working directory is not there: install/,
    );
    assert.is((error.cause as NodeJS.ErrnoException).code, 'ENOENT');
  });

  test(`a daemon that gets not ready in time is given up (${how})`, async () => {
    await using root = fake([...transport, 'mute'], { startTimeout: 300 });
    const error = await rejection(root.execute(['echo']), DaemonStartError);
    assert.match(error.message, /not ready within 300 ms: see whether it waits for a password/);
  });
}

test("sudo's refusal says what to write where", async () => {
  const script = 'echo "sudo: a password is required" >&2; exit 1';
  await using root = new RootwrapClient(['/bin/sh', '-c', script], { stderr: 'ignore' });
  const error = await rejection(root.execute(['echo']), DaemonStartError);
  assert.match(error.message, /a password is required\nadd a NOPASSWD rule .* `sudo -n`/);
});

test('a socket on which nobody listens is told', async () => {
  await using root = new RootwrapClient({ socketPath: '/nonexistent.sock' });
  const error = await rejection(root.execute(['echo']), DaemonStartError);
  assert.match(
    error.message,
    /no daemon at \/nonexistent.sock \(ENOENT\): start its systemd socket/,
  );
});

test('after a start that failed the next call tries again', async () => {
  const directory = temporaryDirectory();
  const flag = join(directory, 'works');
  const daemon = fakeCommand('--stdio').map((word) => `'${word}'`);
  const script = `test -e ${flag} && exec ${daemon.join(' ')}; exit 5`;
  await using root = new RootwrapClient(['/bin/sh', '-c', script], { transport: 'stdio' });
  const error = await rejection(root.execute(['echo']), DaemonStartError);
  assert.is(error.exitCode, 5);
  writeFileSync(flag, '');
  assert.is((await root.execute(['echo', 'now'])).stdout, 'now');
});

test('what the daemon says on standard error is given line by line', async () => {
  const lines: string[] = [];
  const root = fake(['--stdio', 'warn'], { stderr: (line) => lines.push(line) });
  await root.execute(['echo']);
  await root.close();
  assert.equal(lines, ['first', 'second', 'third']);
});

test.run();
