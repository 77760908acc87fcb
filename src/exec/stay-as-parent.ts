import { posix } from '../posix/addon.js';
import { nativeFile } from '../posix/native-file.js';
import type { CommandImage } from './command-image.js';

/**
 * Starts a plan's command and replaces this process by a small program that waits for it, passes
 * signals on, and ends with its status: 128+N when signal N ended it. For `signal_exit_code`.
 *
 * @throws PosixError; then the command does not run. Returns in no other way
 */
export function stayAsParent(image: CommandImage): never {
  return posix.stay({ ...image, stdio: [0, 1, 2] }, nativeFile('launcher'));
}
