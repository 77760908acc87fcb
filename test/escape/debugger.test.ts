import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executable, publicPolicy, ROOT, run, SAFE_PATH } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** A signal that was blocked and sent before an execve is delivered when the new program lets it. */
const PENDING_SIGUSR1 = `
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
os.kill(os.getpid(), signal.SIGUSR1)
os.execv(sys.argv[1], sys.argv[1:])
`;

testWith(['python3'], 'a pending SIGUSR1 does not open Node’s debugger to other users', () => {
  const { config, bin } = publicPolicy('x: CommandFilter, x, root');
  script(join(bin, 'x'), 'echo ran');
  const words = ['-c', PENDING_SIGUSR1, executable(), config, 'x'];
  const { stdout, stderr } = run('/usr/bin/python3', words, { env: { PATH: SAFE_PATH } });
  assert.not.match(stderr, 'listening');
  assert.is(stderr, '');
  assert.is(stdout, 'ran\n');
});

test('no socket can listen on the address that Node’s debugger is given, whoever owns which', () => {
  // SIGUSR1 to a Node with the launcher's words, as an administrator's script might send it to all
  const source = "process.kill(process.pid, 'SIGUSR1'); setTimeout(() => {}, 500)";
  const words = ['--inspect-port=[ff00::]:9229', '-e', source];
  const { stderr } = run(process.execPath, words, { env: { PATH: SAFE_PATH } });
  assert.not.match(stderr, 'listening');
  assert.match(stderr, /Starting inspector on \[?ff00::\]?:9229 failed/);
  const launcher = readFileSync(join(ROOT, 'native/programs/launcher.c'), 'utf8');
  assert.match(launcher, `"${words[0]}"`);
});

test.run();
