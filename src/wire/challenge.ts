import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Python's multiprocessing.connection authentication: each side proves to the other that it holds
 * the key. Up to Python 3.11 an answer is HMAC-MD5, 16 raw bytes. From 3.12 a message that begins
 * with `{sha256}` is answered by `{sha256}` and the HMAC-SHA256 of the whole message.
 */
const CHALLENGE = Buffer.from('#CHALLENGE#');
export const WELCOME = Buffer.from('#WELCOME#');
export const FAILURE = Buffer.from('#FAILURE#');

/** Frames of this phase are no longer, in bytes; Python's own limit. */
export const CHALLENGE_FRAME = 256;

const PREFIX = Buffer.from('{sha256}');
/** Random bytes in a challenge; what Python 3.12 sends. */
const RANDOM_BYTES = 40;
/** A message of this length has no prefix in any version (_MD5ONLY_MESSAGE_LENGTH). */
const MD5_MESSAGE = 20;
const MD5_BYTES = 16;

/** A challenge of ours: the frame to send, and the message in it to verify the answer by. */
export function makeChallenge(): { readonly payload: Buffer; readonly message: Buffer } {
  const message = Buffer.concat([PREFIX, randomBytes(RANDOM_BYTES)]);
  return { payload: Buffer.concat([CHALLENGE, message]), message };
}

/**
 * Whether an answer to our challenge shows the key. Compares in constant time.
 *
 * @param old also take HMAC-MD5, which is all that Python before 3.12 can answer
 */
export function verifyAnswer(
  key: Uint8Array,
  message: Uint8Array,
  answer: Uint8Array,
  old: boolean,
): boolean {
  if (old && answer.length === MD5_BYTES) return equal(answer, digest('md5', key, message));
  return equal(answer, Buffer.concat([PREFIX, digest('sha256', key, message)]));
}

/** The answer to a peer's challenge; undefined when it is none, or wants a digest not known here. */
export function answerChallenge(key: Uint8Array, payload: Buffer): Buffer | undefined {
  if (!payload.subarray(0, CHALLENGE.length).equals(CHALLENGE)) return undefined;
  const message = payload.subarray(CHALLENGE.length);
  if (message.length === MD5_MESSAGE) return digest('md5', key, message);
  if (!message.subarray(0, PREFIX.length).equals(PREFIX)) return undefined;
  return Buffer.concat([PREFIX, digest('sha256', key, message)]);
}

function digest(name: 'md5' | 'sha256', key: Uint8Array, message: Uint8Array): Buffer {
  return createHmac(name, key).update(message).digest();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
