import * as assert from 'uvu/assert';
import { ConfigError } from '#src/config/config-error.js';

/** The message of the ConfigError that an action must end with. */
export function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.instance(error, ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('nothing was refused');
}
