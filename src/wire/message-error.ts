/** What arrived is not a message. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}
