import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SystemLog } from '#src/log/system-log.js';
import { posix } from '#src/posix/addon.js';
import { until } from '../support/patience.js';

/** A receiver, and how long (ms) it was waited for each time. */
class Receiver {
  hasRoom = true;
  readonly texts: string[] = [];
  readonly waits: number[] = [];

  readonly syslog: typeof posix.syslog = (_ident, _facility, _priority, text, patience) => {
    this.waits.push(patience);
    if (!this.hasRoom) throw Object.assign(new Error('full'), { code: 'EAGAIN', syscall: 'send' });
    this.texts.push(text);
  };
}

async function withReceiver(body: (receiver: Receiver) => unknown): Promise<void> {
  const { syslog } = posix;
  const receiver = new Receiver();
  posix.syslog = receiver.syslog;
  try {
    await body(receiver);
  } finally {
    posix.syslog = syslog;
  }
}

function message(text: string) {
  return { ident: 'd', facility: 8, priority: 6, text };
}

test('a process that serves others waits for nothing when it sends', () =>
  withReceiver((receiver) => {
    const log = new SystemLog(true);
    receiver.hasRoom = false;
    for (const text of ['one', 'two']) log.send(message(text));
    receiver.hasRoom = true;
    log.send(message('three'));
    assert.equal([...new Set(receiver.waits)], [0]);
    assert.equal(receiver.texts, ['one', 'two', 'three']);
    assert.is(log.close(), 0);
  }));

test('what it must not go on without waits 40 ms, and after that was in vain not again', () =>
  withReceiver((receiver) => {
    const log = new SystemLog(true);
    receiver.hasRoom = false;
    assert.is(log.sendNow(message('one')), 'EAGAIN');
    assert.is(log.sendNow(message('two')), 'EAGAIN');
    assert.ok((receiver.waits[0] as number) > 0 && (receiver.waits[0] as number) <= 40);
    assert.is(receiver.waits[1], 0);
    receiver.hasRoom = true;
    log.send(message('three'));
    assert.equal(receiver.texts, ['three']); // the others were not sent, which their callers know
  }));

test('a process that does one thing waits a second, and after that was in vain not again', () =>
  withReceiver((receiver) => {
    const log = new SystemLog(false);
    const lost: string[] = [];
    log.onLoss = (why) => lost.push(why);
    receiver.hasRoom = false;
    for (const text of ['one', 'two']) log.send(message(text));
    assert.equal(receiver.waits, [1000, 0]);
    assert.equal(lost, ['EAGAIN']);
    assert.is(log.close(), 2);
  }));

test('what was kept is tried again by itself, until there is room', () =>
  withReceiver(async (receiver) => {
    const log = new SystemLog(true);
    receiver.hasRoom = false;
    log.send(message('one'));
    await until('a third try', () => receiver.waits.length >= 3);
    receiver.hasRoom = true;
    await until('the message', () => receiver.texts.length > 0);
    assert.equal(receiver.texts, ['one']);
  }));

test('a MiB is kept, what is more is lost and told in its place', () =>
  withReceiver((receiver) => {
    const log = new SystemLog(true);
    const piece = 'x'.repeat(1024);
    receiver.hasRoom = false;
    for (let count = 0; count < 1024 + 2; count++) log.send(message(piece));
    receiver.hasRoom = true;
    log.send(message('last'));
    assert.is(receiver.texts.filter((text) => text === piece).length, 1024);
    assert.equal(receiver.texts.slice(1024), [
      '2 messages were lost here: /dev/log took nothing',
      'last',
    ]);
    receiver.hasRoom = false;
    log.send(message(piece)); // there is room for it again
    receiver.hasRoom = true;
    assert.is(log.close(), 0);
    assert.is(receiver.texts.length, 1024 + 3);
  }));

test.run();
