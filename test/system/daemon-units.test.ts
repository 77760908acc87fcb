import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readPrivilegedWords } from '#src/cli/privileged-words.js';
import { daemonExecutable } from '../support/daemon.js';
import { ROOT, run } from '../support/executable.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { starter } from '../support/privileged-policy.js';
import { testWith } from '../support/requirements.js';

const EXAMPLES = join(ROOT, 'docs/examples/systemd');
const INSTALLED = '/usr/local/bin/tsrootwrap-daemon';
const STARTER = '/usr/local/bin/tsrootwrap-privileged';

/** What systemd has to say about the examples; it looks whether the program is there. */
function verify(change: (text: string) => string = (text) => text): string {
  const directory = temporaryDirectory();
  for (const name of readdirSync(EXAMPLES)) {
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    const here = text.replace(INSTALLED, daemonExecutable()).replace(STARTER, starter());
    writeFileSync(join(directory, name), change(here));
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

test('the example service is started by root with words that are understood, and few capabilities', () => {
  const text = readFileSync(join(EXAMPLES, 'app.service'), 'utf8');
  const [, line = ''] = new RegExp(`^ExecStart=${STARTER} (.*)$`, 'm').exec(text) ?? [];
  assert.equal(readPrivilegedWords(line.split(' ')), {
    config: '/etc/app/rootwrap.conf',
    contexts: ['net', 'files'],
    command: { user: 'svc', words: ['/usr/bin/node', '/opt/app/main.js'] },
  });
  assert.not.match(text, /^User=/m);
});

test.run();
