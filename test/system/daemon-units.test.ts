import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { daemonExecutable } from '../support/daemon.js';
import { ROOT, run } from '../support/executable.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const EXAMPLES = join(ROOT, 'docs/examples/systemd');
const INSTALLED = '/usr/local/bin/tsrootwrap-daemon';

/** What systemd has to say about the examples; it looks whether the program is there. */
function verify(change: (text: string) => string = (text) => text): string {
  const directory = temporaryDirectory();
  for (const name of readdirSync(EXAMPLES)) {
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    writeFileSync(join(directory, name), change(text.replace(INSTALLED, daemonExecutable())));
  }
  return readdirSync(EXAMPLES)
    .map((name) => run('systemd-analyze', ['verify', '--man=no', join(directory, name)]))
    .map(
      ({ status, stdout, stderr }) => `${stdout}${stderr}${status === 0 ? '' : `exit ${status}`}`,
    )
    .join('');
}

testWith(['systemd-analyze'], 'systemd finds nothing wrong in the example units', () => {
  assert.is(verify(), '');
  // It would say so:
  assert.match(
    verify((text) => text.replace('StandardInput=socket', 'StandardInput=sock')),
    'sock',
  );
  assert.match(
    verify((text) => text.replace('SocketMode', 'SocketModus')),
    'SocketModus',
  );
  assert.match(
    verify((text) => text.replace(daemonExecutable(), '/nowhere')),
    '/nowhere',
  );
});

test('the example socket is one user’s, and the service speaks on it', () => {
  const [socket = '', service = ''] = ['tsrootwrap.socket', 'tsrootwrap@.service'].map((name) =>
    readFileSync(join(EXAMPLES, name), 'utf8'),
  );
  for (const line of ['SocketUser=svc', 'SocketMode=0600', 'Accept=yes']) {
    assert.match(socket, new RegExp(`^${line}$`, 'm'));
  }
  assert.match(service, new RegExp(`^ExecStart=${INSTALLED} --stdio /`, 'm'));
  for (const line of ['StandardInput=socket', 'StandardOutput=socket', 'StandardError=journal']) {
    assert.match(service, new RegExp(`^${line}$`, 'm'));
  }
});

test.run();
