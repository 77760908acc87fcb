import { createHmac } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { answerChallenge, makeChallenge, verifyAnswer } from '#src/wire/challenge.js';

const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
const OLD_MESSAGE = Buffer.from(Array.from({ length: 20 }, (_, i) => 100 + i));
const NEW_MESSAGE = Buffer.concat([
  Buffer.from('{sha256}'),
  Buffer.from(Array.from({ length: 40 }, (_, i) => 200 + i)),
]);
// computed by Python: hmac.new(key, message, 'md5' or 'sha256').hexdigest()
const OLD_BY_MD5 = '7a38c670809dfd99cde0236cfd31f462';
const NEW_BY_MD5 = '775314d73e91bc0a4358fc152b074291';
const NEW_BY_SHA256 = '275d16a885d9db10c7c9eaa35ee3146b7b9772f62453924d0aa9f7ab62e0d78f';

const challenge = (message: Uint8Array) => Buffer.concat([Buffer.from('#CHALLENGE#'), message]);
const sha256 = (hex: string) => Buffer.concat([Buffer.from('{sha256}'), Buffer.from(hex, 'hex')]);

test('a message without a prefix is answered by HMAC-MD5 as Python does', () => {
  assert.is(answerChallenge(KEY, challenge(OLD_MESSAGE))?.toString('hex'), OLD_BY_MD5);
});

test('a message with a prefix is answered by HMAC-SHA256 over all of it', () => {
  assert.equal(answerChallenge(KEY, challenge(NEW_MESSAGE)), sha256(NEW_BY_SHA256));
});

test('a message of 20 bytes is one without a prefix, whatever it begins with', () => {
  const message = Buffer.from('{sha256}0123456789ab');
  const expected = createHmac('md5', KEY).update(message).digest();
  assert.equal(answerChallenge(KEY, challenge(message)), expected);
});

for (const message of [
  '',
  'x'.repeat(16),
  'x'.repeat(19),
  'x'.repeat(21),
  '{md5}'.padEnd(45, 'x'),
  '{sha512}'.padEnd(48, 'x'),
  '{SHA256}'.padEnd(48, 'x'),
  ' {sha256}'.padEnd(48, 'x'),
]) {
  test(`a challenge with the message '${message}' is not answered`, () => {
    assert.is(answerChallenge(KEY, challenge(Buffer.from(message))), undefined);
  });
}

for (const payload of [
  '',
  '#CHALLENGE',
  '#WELCOME#',
  `#challenge#${'x'.repeat(20)}`,
  'x'.repeat(31),
]) {
  test(`'${payload}' is no challenge`, () => {
    assert.is(answerChallenge(KEY, Buffer.from(payload)), undefined);
  });
}

test('a challenge of ours is SHA-256 with 40 random bytes', () => {
  const [one, other] = [makeChallenge(), makeChallenge()];
  assert.equal(one.payload, challenge(one.message));
  assert.is(one.message.toString('latin1', 0, 8), '{sha256}');
  assert.is(one.message.length, 48);
  assert.not.equal(one.message, other.message);
});

test('the answer by HMAC-SHA256 with its prefix is taken', () => {
  assert.ok(verifyAnswer(KEY, NEW_MESSAGE, sha256(NEW_BY_SHA256), false));
});

test('the answer by HMAC-MD5 is taken from an old peer only', () => {
  const answer = Buffer.from(NEW_BY_MD5, 'hex');
  assert.ok(verifyAnswer(KEY, NEW_MESSAGE, answer, true));
  assert.not.ok(verifyAnswer(KEY, NEW_MESSAGE, answer, false));
});

const WRONG: Record<string, Buffer> = {
  'HMAC-SHA256 without its prefix': Buffer.from(NEW_BY_SHA256, 'hex'),
  'HMAC-MD5 with the prefix of SHA-256': sha256(NEW_BY_MD5),
  'HMAC-MD5 with a prefix of its own': Buffer.concat([
    Buffer.from('{md5}'),
    Buffer.from(NEW_BY_MD5, 'hex'),
  ]),
  'one with a byte more': Buffer.concat([sha256(NEW_BY_SHA256), Buffer.of(0)]),
  'one with a byte less': sha256(NEW_BY_SHA256).subarray(0, -1),
  'the message itself': NEW_MESSAGE,
  nothing: Buffer.alloc(0),
  '16 zero bytes': Buffer.alloc(16),
  'one by another key': sha256(createHmac('sha256', 'another').update(NEW_MESSAGE).digest('hex')),
  'one over the random part alone': sha256(
    createHmac('sha256', KEY).update(NEW_MESSAGE.subarray(8)).digest('hex'),
  ),
};

for (const [name, answer] of Object.entries(WRONG)) {
  test(`of answers, ${name} is not taken`, () => {
    assert.not.ok(verifyAnswer(KEY, NEW_MESSAGE, answer, true));
  });
}

test('no answer with one bit turned is taken', () => {
  for (const right of [sha256(NEW_BY_SHA256), Buffer.from(NEW_BY_MD5, 'hex')]) {
    for (let bit = 0; bit < right.length * 8; bit++) {
      const wrong = Buffer.from(right);
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.not.ok(verifyAnswer(KEY, NEW_MESSAGE, wrong, true), `bit ${bit}`);
    }
  }
});

test.run();
