import { isAbsolute, join, normalize } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { ANY_OWNER, readTrustedFile } from '../../config/trusted-file.js';
import { DeclarationError } from '../../privileged/contexts/declaration.js';
import type { Description } from '../../privileged/contexts/description.js';
import { describeModules } from '../../privileged/start/describe.js';
import { StartError } from '../../privileged/start/start-error.js';
import type { Modules } from './modules.js';

/**
 * Loads the privileged modules of a directory and takes down what they declare. That runs their
 * code: for root in a process that may do nothing, else as this user, whose own modules are loaded too.
 *
 * @param onStderr told what the modules wrote meanwhile
 */
export async function readModules(
  directory: string,
  onStderr: (text: string) => void,
): Promise<Modules> {
  return { directory, description: await describe(directory, onStderr), text };

  function text(module: string): string | undefined {
    if (isAbsolute(module) || normalize(module).split('/').includes('..')) return undefined;
    try {
      return readTrustedFile(join(directory, module), ANY_OWNER);
    } catch (error) {
      if (error instanceof ConfigError) return undefined;
      throw error;
    }
  }
}

async function describe(
  directory: string,
  onStderr: (text: string) => void,
): Promise<Description | Error> {
  try {
    return await describeModules(directory, { trustUser: true, onStderr });
  } catch (error) {
    if (error instanceof StartError || error instanceof DeclarationError) return error;
    throw error;
  }
}
