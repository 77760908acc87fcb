import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ObjectClient } from '../support/clients.js';
import { type DaemonProcess, daemonPolicy, ME, withDaemon } from '../support/daemon.js';
import { until } from '../support/patience.js';

const NEW_FILTER = `echo: CommandFilter, echo, ${ME}\n`;

interface Reloaded {
  readonly daemon: DaemonProcess;
  readonly client: ObjectClient;
  readonly config: string;
  readonly filters: string;
  /** Sends SIGHUP, and waits until it was acted on. */
  reload(sign: () => boolean | Promise<boolean>): Promise<void>;
}

async function reloading(body: (given: Reloaded) => Promise<void>): Promise<void> {
  const policy = daemonPolicy();
  const filters = join(dirname(policy.config), 'filters.d', 'test.filters');
  await withDaemon(policy, async (daemon) => {
    const client = await daemon.client();
    const reload = async (sign: () => boolean | Promise<boolean>) => {
      daemon.child.kill('SIGHUP');
      await until('the reading', sign);
    };
    await body({ daemon, client, config: policy.config, filters, reload });
    client.connection.destroy();
  });
}

const isAllowed = async (client: ObjectClient) => {
  const { message } = await client.about(client.request(['echo']));
  return message.type === 'exit';
};

test('SIGHUP takes new filters, also for a client that is connected', async () => {
  await reloading(async ({ client, filters, reload }) => {
    assert.is(await isAllowed(client), false);
    writeFileSync(filters, `${readFileSync(filters, 'utf8')}${NEW_FILTER}`);
    await reload(() => isAllowed(client));
  });
});

test('SIGHUP leaves alone what runs, and forgets filters that are gone', async () => {
  await reloading(async ({ client, filters, reload }) => {
    const id = client.request(['sh', '-c', 'cat'], { feeding: true });
    writeFileSync(filters, `[Filters]\n${NEW_FILTER}`);
    await reload(() => isAllowed(client));
    assert.is((await client.about(client.request(['true']))).message.type, 'refused');
    client.connection.send({ type: 'stdin', id, end: true }, Buffer.from('still'));
    assert.is((await client.end(id)).stdout, 'still');
  });
});

for (const [title, spoil, reason] of [
  [
    'a configuration that cannot be read',
    ({ config }) => writeFileSync(config, 'no section'),
    'rootwrap.conf',
  ],
  [
    'an impossible limit',
    ({ config }) =>
      writeFileSync(config, `${readFileSync(config, 'utf8')}daemon_max_requests = many\n`),
    'daemon_max_requests',
  ],
  [
    'filters that cannot be read',
    ({ filters }) => writeFileSync(filters, 'no section'),
    'test.filters',
  ],
] as [string, (given: Reloaded) => void, string][]) {
  test(`SIGHUP with ${title} keeps the old ones and says so`, async () => {
    await reloading(async (given) => {
      const { daemon, client, reload } = given;
      spoil(given);
      await reload(() => daemon.complaints.includes('Kept the configuration as it was: '));
      assert.match(daemon.complaints, reason);
      assert.is((await client.run(['true'])).code, 0);
    });
  });
}

test('SIGHUP changes limits', async () => {
  await reloading(async ({ daemon, client, config, reload }) => {
    writeFileSync(config, `${readFileSync(config, 'utf8')}daemon_max_output = 10\n`);
    await reload(async () => {
      const { overflowed = false } = await client.run(['sh', '-c', 'printf %020d 1']);
      return overflowed;
    });
    const later = await daemon.client();
    assert.is((await later.run(['sh', '-c', 'printf %020d 1'])).stdout.length, 10);
    later.connection.destroy();
  });
});

test.run();
