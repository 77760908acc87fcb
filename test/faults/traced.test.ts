import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { daemonPolicy, withDaemon } from '../support/daemon.js';
import { until } from '../support/patience.js';
import { childrenOf, descriptorsOf } from '../support/proc.js';
import { testWith } from '../support/requirements.js';
import { trace } from '../support/tracer.js';

testWith(
  ['root', 'python3'],
  'commands whose ends a tracer keeps count for daemon_max_requests until it lets them go',
  async () => {
    await withDaemon(daemonPolicy('', 'daemon_max_requests = 2'), async (daemon) => {
      const client = await daemon.client();
      const letGo: (() => Promise<void>)[] = [];
      try {
        for (let count = 1; count <= 2; count++) {
          const id = client.request(['sh', '-c', 'read x'], { feeding: true, window: 1024 });
          const { message } = await client.about(id);
          assert.is(message.type, 'started');
          letGo.push(await trace(message.pid));
          client.connection.send({ type: 'stdin', id, end: true });
          await client.end(id); // answered, though its process is a zombie for as long as it is traced
          assert.is(childrenOf(daemon.pid).length, count);
        }
        assert.not.ok(descriptorsOf(daemon.pid).some((name) => name.includes('pidfd')));
        const { message } = await client.about(client.request(['true']));
        assert.equal([message.type, message.code], ['failed', 'busy']);
        assert.match(
          message.message,
          '2 commands run already (daemon_max_requests), 2 of which have ended, but are traced',
        );
      } finally {
        await Promise.all(letGo.map((go) => go()));
      }
      await until(
        'room',
        async () => (await client.about(client.request(['true']))).message.type === 'exit',
      );
      client.connection.destroy();
    });
  },
);

test.run();
