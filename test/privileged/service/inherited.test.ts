import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { InheritedSockets } from '#src/privileged/service/inherited.js';
import { fakeOptions } from '../../support/fake-service.js';
import { until } from '../../support/patience.js';
import { isAlive } from '../../support/proc.js';
import { ServiceProcess } from './service-process.js';

const VARIABLE = 'TSROOTWRAP_PRIVILEGED';
const NAMES = ['net', 'files'];

/** A helper as a parent starts it, and the descriptor of its channel's other end. */
function startedHelper(context: string): { readonly fd: number; readonly pid: number } {
  const [ours, its] = posix.socketPair();
  const { command = [], config = '' } = fakeOptions();
  const [file = '', ...args] = command;
  const words = ['tsrootwrap-privileged', '--config', config, '--context', context];
  const child = spawn(file, [...args, config, ...words], { stdio: [its, its, 'inherit'] });
  closeSync(its);
  return { fd: ours, pid: child.pid as number };
}

test('calls go to the helper that the parent has started, over the socket that it left', async () => {
  const helper = startedHelper('net');
  const service = new ServiceProcess(
    `console.log(process.env.${VARIABLE});
    console.log(await functions.pid());
    process.on('exit', () => console.log('by itself'));`,
    { configured: false, env: { [VARIABLE]: 'net=3' }, descriptors: [helper.fd] },
  );
  closeSync(helper.fd);
  const { code, stdout, stderr } = await service.ended;
  assert.equal([code, stdout, stderr], [0, `undefined\n${helper.pid}\nby itself\n`, '']);
  await until('the end of the helper', () => !isAlive(helper.pid));
});

test('when that helper is gone start() says to start both, or starts one by the configuration', async () => {
  for (const configured of [false, true]) {
    const helper = startedHelper('net');
    const service = new ServiceProcess(
      `const tell = ({ message }) => console.log(message);
      console.log(await functions.pid());
      await functions.die().catch(tell);
      await functions.net.start().catch(tell);
      if (${configured}) console.log(await functions.echo({ value: 'another' }));`,
      { configured, env: { [VARIABLE]: 'net=3' }, descriptors: [helper.fd] },
    );
    closeSync(helper.fd);
    const { code, stdout, stderr } = await service.ended;
    const [pid, died = '', ...more] = stdout.split('\n');
    assert.is(code, 0, stderr);
    assert.is(Number(pid), helper.pid);
    assert.match(
      died,
      /the helper of context net is gone: (it closed the channel|the channel broke)/,
    );
    if (configured) assert.equal(more, ['another', '']);
    else assert.match(more[0] as string, 'was started by what started this process: start both');
    assert.match(stderr, /^net: the helper of context net is gone/);
  }
});

test('stop() ends a helper that somebody else has started', async () => {
  const helper = startedHelper('net');
  const service = new ServiceProcess(
    `await functions.echo({ value: 1 });
    await functions.net.stop();
    console.log('stopped');
    await functions.echo({ value: 1 }).catch(({ message }) => console.log(message));`,
    { configured: false, env: { [VARIABLE]: 'net=3' }, descriptors: [helper.fd] },
  );
  closeSync(helper.fd);
  const { stdout } = await service.ended;
  assert.match(stdout, /^stopped\nthe helper of context net was stopped/);
  await until('the end of the helper', () => !isAlive(helper.pid));
});

test('a context that the variable does not name goes by the configuration', async () => {
  const [ours, its] = posix.socketPair();
  const service = new ServiceProcess('console.log(await functions.echo({ value: 1 }));', {
    env: { [VARIABLE]: 'files=3' },
    descriptors: [ours],
  });
  for (const fd of [ours, its]) closeSync(fd);
  const { code, stdout, stderr } = await service.ended;
  assert.equal([code, stdout, stderr], [0, '1\n', '']);
});

test('a helper that was gone before the first call is an error at that call', async () => {
  const [ours, its] = posix.socketPair();
  closeSync(its);
  const service = new ServiceProcess(
    'await functions.echo({ value: 1 }).catch(({ message }) => console.log(message));',
    { configured: false, env: { [VARIABLE]: 'net=3' }, descriptors: [ours] },
  );
  closeSync(ours);
  const { code, stdout } = await service.ended;
  assert.is(code, 0);
  assert.match(stdout, /^the helper of context net did not start: /);
});

for (const path of ['/dev/null', import.meta.filename]) {
  test(`a descriptor of ${path}, which is no socket, is an error that names it`, async () => {
    const fd = openSync(path, 'r');
    const service = new ServiceProcess(
      'await functions.echo({ value: 1 }).catch(({ code, message }) => console.log(code, message));',
      { env: { [VARIABLE]: 'net=3' }, descriptors: [fd] },
    );
    closeSync(fd);
    const { stdout } = await service.ended;
    const named = `ERR_PRIVILEGED_HELPER descriptor 3, which ${VARIABLE} gives for context net, `;
    assert.match(stdout, `${named}is no socket: start the service by \`tsrootwrap-privileged`);
  });
}

test('a descriptor that is not open is an error, of every context, also one with a helper', async () => {
  const [ours, its] = posix.socketPair();
  const service = new ServiceProcess(
    'await functions.echo({ value: 1 }).catch(({ message }) => console.log(message));',
    { env: { [VARIABLE]: 'net=3,files=999' }, descriptors: [ours] },
  );
  for (const fd of [ours, its]) closeSync(fd);
  const { stdout } = await service.ended;
  assert.match(stdout, /^descriptor 999, which .* for context files, is not open/);
});

const WRONG = [
  ...['', 'net', 'net=', 'net=x', '=3', 'net=3,', ',net=3', 'net=3;files=4', 'net =3', 'net= 3'],
  ...['net=2', 'net=0', 'net=-3', 'net=03', 'net=3.0', 'net=0x3', 'net=3=4', 'net=99999999999'],
  ...['net=2147483648', 'Net=3', '__proto__=3', 'net=3,net=4', 'net=3,files=3', 'net=3\n'],
];

for (const text of WRONG) {
  test(`${VARIABLE}=${JSON.stringify(text)} is refused, each time, and not left behind`, () => {
    const environment = { [VARIABLE]: text, OTHER: 'x' };
    const sockets = new InheritedSockets(environment);
    assert.equal(environment, { OTHER: 'x' });
    for (const name of [...NAMES, 'net']) {
      assert.throws(() => sockets.take(name), /TSROOTWRAP_PRIVILEGED is not understood: /);
    }
  });
}

test('without the variable there are no sockets', () => {
  const sockets = new InheritedSockets({});
  assert.is(sockets.take('net'), undefined);
  assert.is(sockets.has('net'), false);
});

test.run();
