import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DaemonProcess, daemonPolicy } from '../support/daemon.js';
import { patiently, until } from '../support/patience.js';
import { OsloPeer } from './oslo-peer.js';

const METHODS = ['run_one_command', 'shutdown'];

/** Runs a body with a daemon that must end, and leave nothing, behind it. */
async function withDaemon(
  body: (daemon: DaemonProcess) => Promise<void>,
  settings = '',
): Promise<void> {
  const daemon = await DaemonProcess.start(
    daemonPolicy('cat: CommandFilter, cat, ME\necho: CommandFilter, echo, ME', settings),
  );
  try {
    await body(daemon);
  } finally {
    await daemon.stop();
  }
}

/** The answer to one request to the manager, after which it must end the connection. */
async function toManager({ path, key }: DaemonProcess, ...request: [unknown, unknown, unknown?]) {
  const peer = await OsloPeer.toManager(path, key);
  const answer = await peer.ask(...request);
  await peer.ended();
  return answer;
}

/** The same on a connection to the object, which must go on. */
async function toObject({ path, key }: DaemonProcess, request: readonly unknown[]) {
  const peer = await OsloPeer.toObject(path, key);
  const [, ...rest] = request;
  const [id = peer.object] = request;
  const answer = await peer.say([id, ...rest]);
  assert.equal(await peer.run(['echo', 'more']), ['#RETURN', [0, 'more\n', '']]);
  peer.close();
  return answer;
}

test('dummy is answered with null', () =>
  withDaemon(async (daemon) => {
    assert.equal(await toManager(daemon, null, 'dummy'), ['#RETURN', null]);
  }));

test('create answers the object and its two methods', () =>
  withDaemon(async (daemon) => {
    const [kind, [id, methods]] = (await toManager(daemon, null, 'create', ['rootwrap'])) as [
      string,
      [string, string[]],
    ];
    assert.equal([kind, methods], ['#RETURN', METHODS]);
    assert.match(id, /^[0-9a-f]{16}$/);
  }));

test('every create answers the same object', () =>
  withDaemon(async (daemon) => {
    const first = await toManager(daemon, null, 'create', ['rootwrap']);
    assert.equal(await toManager(daemon, null, 'create', ['rootwrap']), first);
    assert.equal(await toManager(daemon, null, 'number_of_objects'), ['#RETURN', 1]);
  }));

test('two daemons have different objects', () =>
  withDaemon((one) =>
    withDaemon(async (other) => {
      const [a, b] = [one, other].map((daemon) => toManager(daemon, null, 'create', ['rootwrap']));
      assert.not.equal(await a, await b);
    }),
  ));

for (const args of [['other'], [], [['rootwrap']], ['__init__'], [null]]) {
  test(`create ${JSON.stringify(args)} is an error`, () =>
    withDaemon(async (daemon) => {
      const answer = await toManager(daemon, null, 'create', args);
      assert.equal(answer, ['#TRACEBACK', 'there is only rootwrap to create\n']);
    }));
}

for (const method of ['incref', 'decref']) {
  test(`${method} is answered with null, and the object stays`, () =>
    withDaemon(async (daemon) => {
      const object = await OsloPeer.toObject(daemon.path, daemon.key);
      for (let i = 0; i < 3; i++) {
        assert.equal(await toManager(daemon, null, method, [object.object]), ['#RETURN', null]);
      }
      assert.equal(await object.run(['echo']), ['#RETURN', [0, '\n', '']]);
      object.close();
    }));
}

test('get_methods answers the methods of the object', () =>
  withDaemon(async (daemon) => {
    assert.equal(await toManager(daemon, null, 'get_methods'), ['#RETURN', METHODS]);
  }));

test('debug_info answers a text with the object in it', () =>
  withDaemon(async (daemon) => {
    const [kind, text] = await toManager(daemon, null, 'debug_info');
    assert.is(kind, '#RETURN');
    assert.match(String(text), /^ {2}[0-9a-f]{16}: rootwrap$/);
  }));

for (const method of [
  'serve_client',
  '__init__',
  'constructor',
  'id_to_obj',
  '',
  'run_one_command',
]) {
  test(`the manager has no method '${method}'`, () =>
    withDaemon(async (daemon) => {
      const answer = await toManager(daemon, null, method);
      assert.equal(answer, ['#TRACEBACK', `the manager has no ${method}\n`]);
    }));
}

test('a first request with an id is an error', () =>
  withDaemon(async (daemon) => {
    const answer = await toManager(daemon, 'an id', 'dummy');
    assert.equal(answer, ['#TRACEBACK', 'the first request is not to the manager\n']);
  }));

for (const request of [
  [5, 'dummy', [], {}],
  [null, 5, [], {}],
  [null, 'dummy', {}, {}],
  [null, 'dummy', [], []],
  [null, 'dummy', []],
  [null, 'dummy', [], {}, 1],
  [],
]) {
  test(`${JSON.stringify(request)} is no request`, () =>
    withDaemon(async ({ path, key }) => {
      const peer = await OsloPeer.toManager(path, key);
      assert.equal(await peer.say(request), ['#TRACEBACK', 'not [id, method, args, kwargs]\n']);
      await peer.ended();
    }));
}

for (const payload of ['[', '[null,"dummy",[],{}]]', '[\xff]', '[null,\n"dummy",[],{}]']) {
  test(`${JSON.stringify(payload)} is not JSON`, () =>
    withDaemon(async ({ path, key }) => {
      const peer = await OsloPeer.toManager(path, key);
      peer.send(Buffer.from(payload, 'latin1'));
      const answer = JSON.parse((await peer.receive()).toString());
      assert.equal(answer, ['#TRACEBACK', 'not JSON in UTF-8\n']);
      await peer.ended();
    }));
}

test('shutdown of the manager is answered once, and the daemon ends', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy());
  assert.equal(await toManager(daemon, null, 'shutdown'), ['#RETURN', null]);
  assert.equal(await patiently('its end', daemon.ended), { code: 0, signal: null });
  assert.not.ok(existsSync(daemon.directory));
});

test('shutdown of the object is answered, and the daemon ends', async () => {
  const daemon = await DaemonProcess.start(daemonPolicy());
  const peer = await OsloPeer.toObject(daemon.path, daemon.key);
  assert.equal(await peer.ask(peer.object, 'shutdown'), ['#RETURN', null]);
  await peer.ended();
  assert.equal(await patiently('its end', daemon.ended), { code: 0, signal: null });
});

test('an object that is not there is an error, and the connection goes on', () =>
  withDaemon(async (daemon) => {
    const answer = await toObject(daemon, ['0', 'shutdown', [], {}]);
    assert.equal(answer, ['#TRACEBACK', 'KeyError: there is no such object\n']);
  }));

test('a request to the manager on a connection to the object finds none', () =>
  withDaemon(async (daemon) => {
    const answer = await toObject(daemon, [null, 'shutdown', [], {}]);
    assert.equal(answer, ['#TRACEBACK', 'KeyError: there is no such object\n']);
  }));

for (const method of [
  'cancel_timer',
  'handle_timeout',
  'reset_timer',
  '__str__',
  '#GETVALUE',
  'x',
]) {
  test(`the object has no method '${method}'`, () =>
    withDaemon(async (daemon) => {
      const answer = await toObject(daemon, [undefined, method, [], {}]);
      assert.equal(answer, ['#TRACEBACK', `AttributeError: rootwrap has no ${method}\n`]);
    }));
}

test('run_one_command takes its arguments by name too', () =>
  withDaemon(async (daemon) => {
    const named = { stdin: 'input', userargs: ['cat'] };
    const answer = await toObject(daemon, [undefined, 'run_one_command', [], named]);
    assert.equal(answer, ['#RETURN', [0, 'input', '']]);
    const mixed = await toObject(daemon, [undefined, 'run_one_command', [['cat']], { stdin: 'b' }]);
    assert.equal(mixed, ['#RETURN', [0, 'b', '']]);
  }));

test('input beyond 128 KiB, which is not parsed with the rest, is the command’s byte for byte', () =>
  withDaemon(async (daemon) => {
    const input = 'a\udcff"\n'.repeat(50_000);
    const answer = await toObject(daemon, [undefined, 'run_one_command', [['cat'], input], {}]);
    assert.equal(answer, ['#RETURN', [0, input, '']]);
  }));

for (const [args, named] of [
  [[], {}],
  [['echo'], {}],
  [[['echo', 5]], {}],
  [[['echo', null]], {}],
  [[{ 0: 'echo' }], {}],
  [[['cat'], 5], {}],
  [[['cat'], ['a']], {}],
  [[['cat'], { __bytes__: '!!' }], {}],
  [[['cat'], { __bytes__: 'YQ==', more: 1 }], {}],
  [[['echo'], null, null], {}],
  [[['echo']], { userargs: ['cat'] }],
  [[['echo']], { env: {} }],
  [[], { stdin: 'a' }],
] as const) {
  test(`run_one_command ${JSON.stringify(args)} ${JSON.stringify(named)} runs nothing`, () =>
    withDaemon(async (daemon) => {
      const answer = await toObject(daemon, [undefined, 'run_one_command', args, named]);
      assert.equal(answer, ['#TRACEBACK', 'TypeError: run_one_command takes words and stdin\n']);
    }));
}

test('requests that are sent at once are answered one after the other', () =>
  withDaemon(async ({ path, key }) => {
    const peer = await OsloPeer.toObject(path, key);
    const counts = Array.from({ length: 50 }, (_, count) => `${count}`);
    for (const count of counts) {
      const request = [peer.object, 'run_one_command', [['echo', count]], {}];
      peer.send(Buffer.from(JSON.stringify(request)));
    }
    for (const count of counts) {
      const answer = JSON.parse((await peer.receive()).toString());
      assert.equal(answer, ['#RETURN', [0, `${count}\n`, '']]);
    }
    peer.close();
  }));

test('a client that sends no more is still answered', () =>
  withDaemon(async ({ path, key }) => {
    const peer = await OsloPeer.toObject(path, key);
    const answer = peer.run(['sh', '-c', 'sleep 0.2; echo late']);
    peer.finish();
    assert.equal(await answer, ['#RETURN', [0, 'late\n', '']]);
    await peer.ended();
  }));

test('a frame above daemon_max_frame ends the connection, and no other', () =>
  withDaemon(async ({ path, key }) => {
    const [one, other] = [await OsloPeer.toObject(path, key), await OsloPeer.toObject(path, key)];
    one.send(Buffer.alloc(65_537));
    await one.ended();
    assert.equal(await other.run(['echo']), ['#RETURN', [0, '\n', '']]);
    other.close();
  }, 'daemon_max_frame = 65536'));

test('a command above daemon_max_requests is an error that says so', () =>
  withDaemon(async ({ path, key, directory }) => {
    const [one, other] = [await OsloPeer.toObject(path, key), await OsloPeer.toObject(path, key)];
    const file = join(dirname(directory), 'held');
    const slow = one.run(['sh', '-c', 'echo > "$0"; while [ -e "$0" ]; do sleep 0.02; done', file]);
    await until('the command', () => existsSync(file));
    const [kind, message] = await other.run(['true']);
    rmSync(file);
    assert.is(kind, '#TRACEBACK');
    assert.is(message, 'OSError: 1 commands run already (daemon_max_requests)\n');
    assert.equal(await slow, ['#RETURN', [0, '', '']]);
    one.close();
    other.close();
  }, 'daemon_max_requests = 1'));

test.run();
