import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SAFE_PATH } from '../support/executable.js';
import { lookingModule, privilegedPolicy, starter } from '../support/privileged-policy.js';
import { testWith } from '../support/requirements.js';
import { withoutTime, withSyslog } from '../support/syslog-receiver.js';

/** LOG_AUTH, before information (6), warnings (4) and errors (3). */
const AUTH = 4 * 8;

function logged(module: string, ...words: string[]) {
  const settings = 'use_syslog = true\nsyslog_log_facility = auth\nsyslog_log_level = INFO';
  const { config } = privilegedPolicy({ 'net.js': module }, ['net'], settings);
  const { messages, stderr, status } = withSyslog([starter(), '--config', config, ...words], {
    env: { PATH: SAFE_PATH },
  });
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

test.run();
