import { existsSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../support/patience.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { goneWithSocket, held, holding, service, withClient } from './oslo-service.js';

const NEEDS: Requirement[] = ['python3-oslo.rootwrap'];

testWith(
  NEEDS,
  'a process that a command leaves behind does not hold up the answer for ever',
  () => {
    const files = service();
    const file = held(files);
    return withClient(files, async (client) => {
      const words = ['sh', '-c', '"$0" "$1" & echo done', `${files.bin}/hold`, file];
      assert.equal(await client.execute(words), [0, 'done\n', '']);
      assert.ok(existsSync(file), 'it was still held');
      rmSync(file);
    });
  },
);

testWith(
  NEEDS,
  'a second SIGTERM, more than a second later, ends the command that runs, which is answered',
  () => {
    const files = service();
    const file = held(files);
    return withClient(files, async (client) => {
      await client.execute(['echo']);
      const daemon = await client.daemon();
      const answer = client.atOnce(['hold', file], 'slow');
      await holding(file);
      process.kill(daemon.pid, 'SIGTERM');
      await until('the end of the listening', () => !existsSync(daemon.socket));
      await wait(1100);
      process.kill(daemon.pid, 'SIGTERM');
      assert.equal(await answer, [-15, '', '']);
      await goneWithSocket(daemon);
    });
  },
);

testWith(NEEDS, 'text is UTF-8 in any locale', () => {
  const files = service();
  const ascii = ['env', 'LC_ALL=C', 'PYTHONUTF8=0', 'PYTHONCOERCECLOCALE=0'];
  return withClient({ ...files, command: [...ascii, ...files.command] }, async (client) => {
    assert.equal(await client.execute(['echo', 'ä']), [0, 'ä\n', '']);
    assert.equal(await client.execute(['cat'], 'ä'), [0, 'ä', '']);
  });
});

testWith(NEEDS, 'commands do not inherit what steers programs', () => {
  const files = service('env_keep = HARMLESS');
  const command = ['env', 'PYTHONPATH=/tmp', 'HARMLESS=kept', ...files.command];
  return withClient({ ...files, command }, async (client) => {
    const words = ['sh', '-c', 'echo "<$PYTHONPATH> $HARMLESS"'];
    assert.equal(await client.execute(words), [0, '<> kept\n', '']);
  });
});

test.run();
