import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../../support/patience.js';
import { isAlive } from '../../support/proc.js';
import { ServiceProcess } from './service-process.js';

/** The helper has seen the end of the channel, and is gone. */
async function helperEnds(service: ServiceProcess): Promise<void> {
  await service.noted('closed');
  await until('the end of the helper', () => !isAlive(service.helper));
}

test('a service whose helper is idle ends by itself, and the helper with it', async () => {
  const service = new ServiceProcess(`
    console.log(await functions.echo({ value: 1 }));
    process.on('exit', () => console.log('by itself'));`);
  const { code, stdout, stderr } = await service.ended;
  assert.equal([code, stdout, stderr], [0, '1\nby itself\n', '']);
  await helperEnds(service);
});

test('a service that only starts a helper ends by itself too', async () => {
  const service = new ServiceProcess('await functions.net.start(); console.log("started");');
  const { code, stdout } = await service.ended;
  assert.equal([code, stdout], [0, 'started\n']);
  await helperEnds(service);
});

test('a call in flight keeps the service, and so does one whose helper is starting', async () => {
  const service = new ServiceProcess(`
    const call = functions.sleep({ milliseconds: 500 });
    call.then(() => console.log('answered'));`);
  const { code, stdout } = await service.ended;
  assert.equal([code, stdout], [0, 'answered\n']);
});

test('a call that fails since its helper died keeps the service until it is told', async () => {
  const service = new ServiceProcess(`
    await functions.net.start();
    functions.die().catch(({ code }) => console.log(code));`);
  const { code, stdout } = await service.ended;
  assert.equal([code, stdout], [0, 'ERR_PRIVILEGED_HELPER\n']);
});

test('process.exit while the helper is idle, or busy, ends both', async () => {
  for (const calls of ['', 'void functions.deaf();']) {
    const service = new ServiceProcess(`
      await functions.echo({ value: 1 });
      ${calls}
      process.exit(7);`);
    assert.is((await service.ended).code, 7);
    await helperEnds(service);
  }
});

test('a service that is killed by SIGKILL leaves no helper', async () => {
  const service = new ServiceProcess(`
    await functions.net.start();
    console.log('ready');
    await functions.deaf();`);
  await service.noted('call 1 deaf');
  service.child.kill('SIGKILL');
  assert.is((await service.ended).signal, 'SIGKILL');
  await helperEnds(service);
});

test('a service that is killed while its helper starts leaves none either', async () => {
  const service = new ServiceProcess('await functions.echo({ value: 1 });', {
    behaviour: ['mute'],
  });
  await service.noted('started');
  service.child.kill('SIGKILL');
  await service.ended;
  await helperEnds(service);
});

test('Ctrl-C is for the service, which can still call its helper', async () => {
  const service = new ServiceProcess(`
    await functions.net.start();
    const timer = setInterval(() => {}, 1000);
    process.once('SIGINT', async () => {
      console.log(await functions.echo({ value: 'cleaned up' }));
      clearInterval(timer);
    });
    console.log('ready');`);
  await service.said('ready');
  process.kill(-(service.child.pid as number), 'SIGINT'); // as a terminal does it
  const { code, stdout } = await service.ended;
  assert.equal([code, stdout], [0, 'ready\ncleaned up\n']);
  await helperEnds(service);
});

test('without a word on what to start a call rejects and says what to call', async () => {
  const service = new ServiceProcess(
    `await functions.echo({ value: 1 }).catch(({ code, message }) => console.log(code, message));
    await functions.net.start().catch(({ message }) => console.log(message));`,
    { configured: false },
  );
  const { code, stdout } = await service.ended;
  const [call = '', start = ''] = stdout.split('\n');
  assert.is(code, 0);
  assert.match(
    call,
    /^ERR_PRIVILEGED_HELPER nothing says how to start .* call configure\(\{ config:/,
  );
  assert.match(start, /^nothing says how to start/);
});

test('calls and starts that come before configure() are no reason to refuse later ones', async () => {
  const service = new ServiceProcess(
    `await functions.echo({ value: 1 }).catch(() => console.log('not yet'));
    configure({ config: 'x', command: ['/bin/false'] });
    await functions.echo({ value: 1 }).catch(({ message }) => console.log(message));`,
    { configured: false },
  );
  const { stdout } = await service.ended;
  assert.match(
    stdout,
    /^not yet\nthe helper of context net did not start: it ended with exit code 1/,
  );
});

test('what the default logger says is a line each on standard error', async () => {
  const service = new ServiceProcess(`
    await functions.log({ level: 'debug', message: 'two\\nlines \\u001b[31m %s %d' });
    await functions.say({ text: 'from standard error\\n' });
    await functions.echo({ value: 1 });`);
  const { code, stderr } = await service.ended;
  assert.is(code, 0);
  const lines = stderr.split('\n').sort();
  assert.equal(lines, [
    '',
    'net: from standard error',
    'net: log: two\\x0alines \\x1b[31m %s %d',
    'net: two\\x0alines \\x1b[31m %s %d',
  ]);
});

test('a service whose standard error is gone goes on', async () => {
  const service = new ServiceProcess(`
    await functions.echo({ value: 1 });
    console.log('ready');
    for (let count = 0; count < 100; count++) {
      await functions.log({ level: 'warn', message: 'x'.repeat(1000) });
    }
    console.log('still here');`);
  service.child.stderr?.destroy();
  const { code, stdout } = await service.ended;
  assert.equal([code, stdout], [0, 'ready\nstill here\n']);
});

test.run();
