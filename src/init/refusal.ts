/** Why nothing was written: what to do instead is in the message. */
export class InitRefused extends Error {
  override readonly name = 'InitRefused';
}
