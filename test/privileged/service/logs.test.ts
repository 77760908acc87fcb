import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { refusal, withFake } from '../../support/fake-service.js';
import { until } from '../../support/patience.js';
import * as functions from './functions.js';

test('what helpers log goes to the method of its level, with context and function', async () => {
  await withFake(['logs'], async ({ lines }) => {
    for (const level of ['debug', 'info', 'warn', 'error']) {
      await functions.log({ level, message: `this is ${level}` });
    }
    assert.equal(lines, [
      'info net: a module says hello',
      ...['debug', 'info', 'warn', 'error'].flatMap((level) => [
        `${level} net: log: this is ${level}`,
        `${level} net: this is ${level}`,
      ]),
    ]);
  });
});

test('messages cannot make lines, nor speak to a terminal', async () => {
  await withFake([], async ({ lines }) => {
    await functions.log({ level: 'info', message: 'a\nerror files: b\u001b[2J\u202ec' });
    assert.is(lines[1], 'info net: a\\x0aerror files: b\\x1b[2J\\u202ec');
  });
});

test('lines of the helper’s standard error are warnings', async () => {
  await withFake([], async ({ lines }) => {
    await functions.say({ text: 'one\ntwo\u001b[31m\n\nhal' });
    await functions.say({ text: 'f\n' });
    await until('the lines', () => lines.length >= 4);
    assert.equal(lines, [
      'warn net: one',
      'warn net: two\\x1b[31m',
      'warn net: ',
      'warn net: half',
    ]);
  });
});

test('a line without an end is said when the helper ends', async () => {
  await withFake([], async ({ lines }) => {
    await functions.say({ text: 'the last' });
    await functions.net.stop();
    assert.equal(lines, ['warn net: the last']);
  });
});

test('a flood on standard error without any line end comes in pieces of 4096 characters', async () => {
  await withFake([], async ({ lines }) => {
    const bytes = 8 * 1024 * 1024;
    await functions.flood({ bytes, lines: false });
    await until('the first of it', () => lines.length > 100); // no line has ended
    await functions.net.stop();
    const prefix = 'warn net: '.length;
    assert.ok(lines.every((line) => line.length - prefix <= 4096));
    assert.is(
      lines.reduce((sum, line) => sum + line.length - prefix, 0),
      bytes,
    );
  });
});

test('an error has the beginning of each of the last lines only, however long they are', async () => {
  await withFake([], async () => {
    await functions.flood({ bytes: 1024 * 1024, lines: false });
    const { message } = await refusal(functions.die());
    assert.match(message, 'It wrote last:\n  aaa');
    assert.ok(message.length < 10 * 500);
  });
});

test('of a flood of lines only the last ten are in the error of a helper that died', async () => {
  await withFake([], async ({ lines }) => {
    await functions.flood({ bytes: 1024 * 1024, lines: true });
    const { message } = await refusal(functions.complain());
    await until('all of it', () => lines.length >= 512 * 1024 + 3);
    const [, last = ''] = message.split('It wrote last:\n');
    assert.equal(last.split('\n').slice(-2), ['  the first line', '  the last\\x1b[31m line']);
    assert.is(last.split('\n').length, 10);
  });
});

test.run();
