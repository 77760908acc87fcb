import { chmodSync, readdirSync } from 'node:fs';
import module from 'node:module';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { madeEnvironment } from '#src/privileged/start/helper-program.js';
import type { ResultMessage } from '#src/privileged/wire/messages.js';
import { temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';
import { BEGIN, directoryOf } from './modules-directory.js';
import { endHelpers, StartedHelper } from './started.js';

/** Whatever a module says and does, here and in a worker: where V8's code would come from. */
const CACHES = `${BEGIN}
  import module from 'node:module';
  import * as namespace from 'node:module';
  import { isMainThread, parentPort, SHARE_ENV, Worker } from 'node:worker_threads';
  const directory = { directory: { type: 'string' } };
  const tried = (directory) => [
    module.enableCompileCache?.(directory)?.status,
    namespace.enableCompileCache?.(directory)?.status,
    namespace.enableCompileCache?.()?.status,
    module.getCompileCacheDir?.() ?? 'none',
  ];
  const told = (directory) => {
    const before = tried(directory);
    delete process.env.NODE_DISABLE_COMPILE_CACHE;
    process.env.NODE_COMPILE_CACHE = directory;
    return [...before, ...tried(directory)].map(String);
  };
  if (!isMainThread) parentPort.once('message', (directory) => parentPort.postMessage(told(directory)));
  const inWorker = (directory, env) => new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { env });
    worker.on('message', (said) => { worker.terminate(); resolve(said); });
    worker.on('error', reject);
    worker.postMessage(directory);
  });
  export const here = test.entrypoint(directory, ({ directory }) => told(directory));
  export const inOwn = test.entrypoint(directory, ({ directory }) =>
    inWorker(directory, { NODE_COMPILE_CACHE: directory }));
  export const inShared = test.entrypoint(directory, ({ directory }) => inWorker(directory, SHARE_ENV));
`;

testWith(['root'], 'no compile cache can be turned on, whatever a module says', async () => {
  const disabled = (module as { constants?: { compileCacheStatus: { DISABLED: number } } })
    .constants;
  const status = String(disabled?.compileCacheStatus.DISABLED);
  const helper = await new StartedHelper(directoryOf({ 'a.mjs': CACHES })).ready();
  for (const name of ['inOwn', 'here', 'inShared']) {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o777);
    const answer = await helper.call(name, { directory });
    const round = [status, status, status, 'none'];
    assert.equal((answer as ResultMessage).value, [...round, ...round], JSON.stringify(answer));
    assert.equal(readdirSync(directory), [], name);
  }
  assert.is((await helper.hangUp()).code, 0);
});

test('what is started with the environment of a helper uses no compile cache', () => {
  assert.ok(madeEnvironment('/').includes('NODE_DISABLE_COMPILE_CACHE=1'));
});

test.after(endHelpers);

test.run();
