import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { signalNumber } from '#src/policy/filters/signal-number.js';

test('a number is itself, up to the last signal', () => {
  assert.is(signalNumber('-9'), 9);
  assert.is(signalNumber('-0'), 0);
  assert.is(signalNumber('-64'), 64);
  assert.is(signalNumber('-65'), undefined);
  assert.is(signalNumber('-009'), undefined);
  assert.is(signalNumber('-SIG9'), undefined);
});

test('a name counts with and without SIG, in any case', () => {
  for (const name of ['-HUP', '-SIGHUP', '-hup', '-SigHup']) assert.is(signalNumber(name), 1);
  assert.is(signalNumber('-USR1'), 10);
  assert.is(signalNumber('-RTMIN'), 34);
  assert.is(signalNumber('-RTMIN+3'), 37);
  assert.is(signalNumber('-SIGRTMAX-1'), 63);
});

test('what names no signal has no number', () => {
  const words = [
    'HUP',
    '9',
    '--9',
    '-',
    '',
    '-s',
    '-l',
    '-SIG',
    '-HUPX',
    '-9x',
    '-+9',
    '- 9',
    '-1.0',
  ];
  for (const word of [...words, '-RTMIN-1', '-RTMAX+1', '-RTMIN+31', '-9\n', '-toString', '-٣']) {
    assert.is(signalNumber(word), undefined, word);
  }
});

test('the names of kill(1) have the numbers of kill(1)', () => {
  const { stdout } = spawnSync('/bin/bash', ['-c', 'for n in {1..31}; do kill -l $n; done'], {
    encoding: 'utf8',
  });
  const names = stdout.split('\n').slice(0, -1);
  for (const [index, name] of names.entries()) assert.is(signalNumber(`-${name}`), index + 1, name);
});

test.run();
