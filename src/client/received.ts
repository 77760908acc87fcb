import { decode, MessageError } from '../wire/encoding.js';
import type { Exit, FromDaemon } from '../wire/messages.js';
import { isFromDaemon } from '../wire/validators.js';
import { MAX_ANSWER_TEXT } from './limits.js';

/**
 * A message from the daemon and the bytes behind it, which share memory with the payload.
 *
 * @throws MessageError for anything else, and when the daemon tells of an error of ours
 */
export function received(payload: Buffer): {
  readonly message: Exclude<FromDaemon, { type: 'error' }>;
  readonly bytes: Buffer;
} {
  if (payload.length > MAX_ANSWER_TEXT && textLength(payload) > MAX_ANSWER_TEXT) {
    throw new MessageError(`more than ${MAX_ANSWER_TEXT} bytes of JSON`);
  }
  const { value, bytes } = decode(payload);
  if (!isFromDaemon(value)) throw new MessageError(finding());
  const { type } = value;
  if (bytes.length > 0 && type !== 'exit' && type !== 'stdout' && type !== 'stderr') {
    throw new MessageError(`bytes behind a message of type ${type}`);
  }
  if (type === 'error') throw new MessageError(`the daemon objects: ${value.message}`);
  if (type === 'exit') checkExit(value, bytes);
  return { message: value, bytes };
}

function textLength(payload: Buffer): number {
  const end = payload.indexOf('\n');
  return end === -1 ? payload.length : end;
}

/** What its schema can't say. */
function checkExit({ code, signal, stdout, stderr }: Exit, bytes: Buffer): void {
  if ((code === null) === (signal === null)) {
    throw new MessageError('exit with both or none of code and signal');
  }
  if (stdout + stderr !== bytes.length) {
    throw new MessageError(`exit tells of ${stdout + stderr} bytes and has ${bytes.length}`);
  }
}

function finding(): string {
  const [first] = isFromDaemon.errors ?? [];
  return `${first?.instancePath || 'message'} ${first?.message ?? 'is not known'}`;
}
