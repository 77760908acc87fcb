import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SAFE_PATH } from '../support/executable.js';
import { lookingModule, privilegedPolicy, starter } from '../support/privileged-policy.js';
import { testWith } from '../support/requirements.js';
import { type Reading, withoutTime, withSyslog } from '../support/syslog-receiver.js';

/** LOG_AUTH, before information (6), warnings (4) and errors (3). */
const AUTH = 4 * 8;

const SETTINGS = 'use_syslog = true\nsyslog_log_facility = auth\nsyslog_log_level = INFO';

function logged(module: string, ...words: string[]) {
  return loggedWith(SETTINGS, 'after', module, ...words);
}

function loggedWith(settings: string, reading: Reading, module: string, ...words: string[]) {
  const { config } = privilegedPolicy({ 'net.js': module }, ['net'], settings);
  const { messages, stderr, status } = withSyslog(
    [starter(), '--config', config, ...words],
    { env: { PATH: SAFE_PATH } },
    reading,
  );
  const plain = (text: string) =>
    withoutTime(text)
      .replace(/, pid \d+, /, ', pid PID, ')
      .replace(config, 'CONF');
  return { status, stderr, messages: messages.map(plain) };
}

/** Who asked, where nobody says that it is another. */
const ROOT = 'from root (uid 0), pid PID, by CONF: ';

testWith(
  ['root', 'mount namespaces', 'python3'],
  'the log tells who started which context, as whom and with what, and what was refused',
  () => {
    const module = lookingModule('net', {
      user: 'nobody',
      capabilities: ['CAP_NET_ADMIN', 'CAP_NET_RAW'],
    });
    const service = ['--user', 'nobody', '--', '/bin/true', 'one word'];
    const { status, messages, stderr } = logged(module, '--context', 'net', ...service);
    assert.is(status, 0, stderr);
    assert.equal(messages, [
      `<${AUTH + 6}>tsrootwrap-privileged: ${ROOT}(root > nobody) Starting the helper of context net with CAP_NET_ADMIN, CAP_NET_RAW`,
      `<${AUTH + 6}>tsrootwrap-privileged: ${ROOT}(root > nobody) Executing ['/bin/true', 'one word']`,
    ]);

    const refused = logged(module, '--context', 'files', ...service);
    assert.is(refused.status, 99);
    assert.is(refused.messages.length, 1);
    const prefix = `<${AUTH + 3}>tsrootwrap-privileged: ${ROOT}there is no context files in `;
    assert.is(refused.messages[0]?.slice(0, prefix.length), prefix);
    assert.match(refused.stderr, /^tsrootwrap-privileged: there is no context files in /);
  },
);

testWith(
  ['root', 'mount namespaces', 'python3'],
  'what modules write when they are loaded is a warning, and cannot forge another line',
  () => {
    const module = `${lookingModule('net', { user: 'nobody' })}
      console.error('first\\ntsrootwrap: (root > root) Executing second\\u001b[31m');`;
    const service = ['--user', 'nobody', '--', '/bin/true'];
    const { messages, stderr } = logged(module, '--context', 'net', ...service);
    const [warning = ''] = messages;
    const said =
      'tsrootwrap-privileged: Loading the modules: first\\x0atsrootwrap: (root > root) Executing second\\x1b[31m';
    assert.is(warning, `<${AUTH + 4}>${said}`);
    assert.ok(stderr.includes(`${said}\n`), stderr);
  },
);

testWith(
  ['root', 'mount namespaces', 'python3'],
  'with log_required no helper and no service starts that cannot be logged',
  () => {
    const module = lookingModule('net', { user: 'nobody' });
    const service = ['--user', 'nobody', '--', '/bin/sh', '-c', 'echo serves >&2'];
    const required = `${SETTINGS}\nlog_required = true`;
    const ran = loggedWith(required, 'after', module, '--context', 'net', ...service);
    assert.equal([ran.status, ran.stderr], [0, 'serves\n']);
    assert.is(ran.messages.length, 2);
    const unlogged = loggedWith(required, 'full', module, '--context', 'net', ...service);
    assert.is(unlogged.status, 97);
    assert.match(unlogged.stderr, '/dev/log takes no message (EAGAIN), and log_required');
    assert.not.match(unlogged.stderr, /^serves$/m);
    const without = loggedWith(SETTINGS, 'full', module, '--context', 'net', ...service);
    assert.is(without.status, 0);
    assert.match(without.stderr, /^serves$/m);
  },
);

test.run();
