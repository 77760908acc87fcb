import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readPrivilegedWords, WordsError } from '#src/cli/privileged-words.js';

const read = (text: string) => readPrivilegedWords(text === '' ? [] : text.split(' '));

function problem(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert.instance(error, WordsError);
    return (error as WordsError).message;
  }
  throw new Error(`it was taken: ${text}`);
}

test('a configuration and a context are one helper', () => {
  assert.equal(read('--config /c --context net'), { config: '/c', contexts: ['net'] });
  assert.equal(read('--context net --config /c'), { config: '/c', contexts: ['net'] });
});

test('with a user and a command they are helpers and their service', () => {
  assert.equal(read('--config /c --context a --context b --user svc -- node --user root -- x'), {
    config: '/c',
    contexts: ['a', 'b'],
    command: { user: 'svc', words: ['node', '--user', 'root', '--', 'x'] },
  });
});

test('words that make no sense are refused, and say so', () => {
  for (const [words, said] of [
    ['', 'give --config once'],
    ['--context net', 'give --config once'],
    ['--config /c --config /d --context net', 'give --config once'],
    ['--config /c', 'give --context'],
    ['--config /c --context', '--context needs a value'],
    ['--config /c --context --user', 'a context is not called "--user"'],
    ['--config /c --context Net', 'a context is not called "Net"'],
    ['--config /c --context ../net', 'a context is not called "../net"'],
    ['--config /c --context net --context net --user a -- b', 'name each context once'],
    ['--config /c --context a --context b', 'one helper serves one context'],
    ['--config /c --context net -- id', 'a command needs --user'],
    ['--config /c --context net --', 'a command needs --user'],
    ['--config /c --context net --user svc', '--user needs a command'],
    ['--config /c --context net --user svc --', '--user needs a command'],
    ['--config /c --context net --user a --user b -- id', 'give --user once'],
    ['--config=/c --context net', 'there is no option --config=/c'],
    ['--help --config /c', 'there is no option --help'],
    ['--config /c --context net more', 'there is no option more'],
    ['--constructor x --config /c', 'there is no option --constructor'],
    ['__proto__ x', 'there is no option __proto__'],
  ] as const) {
    assert.ok(problem(words).startsWith(said), `${words}: ${problem(words)}`);
    assert.match(problem(words), /; see --help$/);
  }
});

test('an empty value is none', () => {
  assert.throws(() => readPrivilegedWords(['--config', '', '--context', 'net']), /needs a value/);
});

test.run();
