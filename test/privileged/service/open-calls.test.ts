import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HelperCall } from '#src/privileged/service/helper-call.js';
import { OpenCalls } from '#src/privileged/service/open-calls.js';
import { takeApart } from '#src/privileged/wire/data.js';
import { MOST_BYTES, MOST_BYTES_AT_ONCE, type ToHelper } from '#src/privileged/wire/messages.js';

/** As many bytes as a message may have, so many times that the helper would stop reading. */
const LARGE = Buffer.alloc(MOST_BYTES);
const TOO_MANY = MOST_BYTES_AT_ONCE / MOST_BYTES;

function openCalls() {
  const sent: string[] = [];
  const calls = new OpenCalls({
    isServing: true,
    patience: 1000,
    send: (message: ToHelper) => {
      if (message.type === 'call') sent.push(message.name);
      return true;
    },
    busy: () => {},
    frozen: () => {},
  });
  const add = (name: string, bytes: Uint8Array, signal?: AbortSignal) => {
    calls.add(new HelperCall(name, takeApart({ bytes }), signal));
  };
  const names = Array.from({ length: TOO_MANY }, (_, index) => `large${index + 1}`);
  return { sent, calls, add, names };
}

test('calls with more bytes than the helper reads at once wait, and later ones behind them', () => {
  const { sent, calls, add, names } = openCalls();
  for (const name of names) add(name, LARGE);
  add('small', Buffer.alloc(1));
  assert.equal(sent, names.slice(0, -1));
  calls.answered(1);
  assert.equal(sent, [...names, 'small']);
  assert.not(calls.isIdle);
});

test('what waited behind a call that was cancelled is sent when there is room for it', () => {
  const { sent, add, names } = openCalls();
  for (const name of names.slice(0, -1)) add(name, LARGE);
  const controller = new AbortController();
  add('cancelled', LARGE, controller.signal);
  add('small', Buffer.alloc(1));
  controller.abort();
  assert.equal(sent, [...names.slice(0, -1), 'small']);
});

test('bytes of calls that all failed take no room any more', () => {
  const { sent, calls, add, names } = openCalls();
  for (const name of names) add(name, LARGE);
  calls.rejectAll(() => new Error('the helper has ended'));
  add('next', LARGE);
  assert.equal(sent, [...names.slice(0, -1), 'next']);
});

test.run();
