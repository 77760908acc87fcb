import {
  answerChallenge,
  FAILURE,
  makeChallenge,
  verifyAnswer,
  WELCOME,
} from '../wire/challenge.js';
import { frame } from '../wire/frames.js';

/** `{sha256}` and the digest; an answer of another length would be by HMAC-MD5. */
const ANSWER_BYTES = 8 + 32;

/** The other side does not prove what it should, or does not take our proof. */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError';
}

/**
 * The client's side of the challenge. Takes payloads, gives frames to send for them, and returns the
 * last of these.
 *
 * @throws AuthenticationError
 */
export function* authentication(key: Buffer): Generator<Buffer | undefined, Buffer, Buffer> {
  const answer = answerChallenge(key, yield undefined);
  if (answer?.length !== ANSWER_BYTES) {
    throw new AuthenticationError('the daemon sends no challenge for HMAC-SHA256');
  }
  const verdict = yield frame('', answer);
  if (verdict.equals(FAILURE)) throw new AuthenticationError('the daemon does not accept the key');
  if (!verdict.equals(WELCOME)) {
    throw new AuthenticationError('the daemon answers the challenge by something else');
  }
  const { payload, message } = makeChallenge();
  if (!verifyAnswer(key, message, yield frame('', payload), false)) {
    throw new AuthenticationError(
      'the daemon does not know the key: something else has its socket',
    );
  }
  return frame('', WELCOME);
}
