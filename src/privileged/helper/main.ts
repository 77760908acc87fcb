/**
 * The program that loads privileged modules:
 *
 *   main.js describe DIRECTORY [--trust-user]   prints a Description as JSON
 *   main.js serve ASSIGNMENT                    is a helper, with its channel on descriptors 3 and 4
 *
 * It is started by src/privileged/start, never by hand. It needs LOADING_FLAGS.
 */
import { readAssignment } from '../contexts/assignment.js';
import { describe } from './describe.js';
import { EXIT } from './exit-code.js';
import { Helper } from './helper.js';

const [mode, subject = '', ...rest] = process.argv.slice(2);

process.on('SIGUSR1', () => {}); // otherwise Node opens its debugger

try {
  if (mode === 'serve' && rest.length === 0) {
    await new Helper(readAssignment(subject)).start();
  } else if (mode === 'describe' && /^(--trust-user)?$/.test(rest.join(' '))) {
    await describe(subject, rest.length > 0);
  } else {
    process.stderr.write('usage: main.js describe DIRECTORY [--trust-user] | serve ASSIGNMENT\n');
    process.exitCode = EXIT.usage;
  }
} catch (error) {
  process.stderr.write(`tsrootwrap-privileged: ${(error as Error).message}\n`);
  process.exitCode = EXIT.failed;
}
