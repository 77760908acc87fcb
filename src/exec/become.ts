import { posix } from '../posix/addon.js';
import type { CommandImage } from './command-image.js';

/**
 * Replaces this process by a plan's command.
 *
 * @throws PosixError; returns in no other way
 */
export function become(image: CommandImage): never {
  return posix.become(image);
}
