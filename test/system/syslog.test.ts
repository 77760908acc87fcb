import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executable, publicPolicy, SAFE_PATH, tsrootwrap } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { type Logged, withoutTime, withSyslog } from '../support/syslog-receiver.js';

const NEEDS: Requirement[] = ['root', 'mount namespaces', 'python3'];

/** PRI is the facility (a multiple of 8) plus the priority: 3 for an error, 6 for information. */
const AUTH = 4 * 8;
const LOCAL0 = 16 * 8;
const SYSLOG = 5 * 8;

function logged(
  settings: string,
  words: readonly string[],
  env: Record<string, string> = { PATH: SAFE_PATH },
): Logged {
  const { config, bin } = publicPolicy(
    'good: CommandFilter, good, nobody\nlost: CommandFilter, /no/such, root\nstranger: CommandFilter, who, no-such-user',
    `exec_dirs = bin\nuse_syslog = true\n${settings}`,
  );
  for (const name of ['good', 'who']) script(join(bin, name));
  const { messages, ...rest } = withSyslog([executable(), config, ...words], { env });
  const from = new RegExp(bin.replaceAll('/', '\\/'), 'g');
  return { ...rest, messages: messages.map((text) => withoutTime(text).replace(from, 'BIN')) };
}

testWith(NEEDS, 'an execution is logged at INFO, with who asked and as whom it runs', () => {
  const { messages } = logged('syslog_log_facility = auth\nsyslog_log_level = INFO', [
    'good',
    'a b',
  ]);
  assert.equal(messages, [
    `<${AUTH + 6}>tsrootwrap: (root > nobody) Executing ['BIN/good', 'a b'] (filter match = good)`,
  ]);
});

testWith(NEEDS, 'a refusal is logged as an error', () => {
  const { messages } = logged('syslog_log_facility = local0', ['bad', 'x']);
  assert.equal(messages, [
    `<${LOCAL0 + 3}>tsrootwrap: Unauthorized command: bad x (no filter matched)`,
  ]);
});

testWith(NEEDS, 'an execution is logged before anything else is kept of it', () => {
  const { messages } = logged('syslog_log_level = INFO\nobserve = /nonexistent/observed', ['good']);
  assert.is(messages.length, 2);
  assert.match(messages[0] ?? '', 'Executing');
  assert.match(messages[1] ?? '', 'Cannot observe to /nonexistent/observed');
});

/** Runs its arguments with a full pipe for standard error, whose writers wait. */
const STUCK = `
import os, subprocess, sys
reader, writer = os.pipe()
os.set_blocking(writer, False)
try:
    while True: os.write(writer, bytes(4096))
except BlockingIOError: os.set_blocking(writer, True)
sys.exit(subprocess.run(sys.argv[1:], stderr=writer, timeout=30).returncode)
`;

testWith(
  NEEDS,
  'a caller that does not read its standard error is logged all the same, and not waited for',
  () => {
    const { config } = publicPolicy('x: CommandFilter, x, root', 'use_syslog = true');
    const words = ['/usr/bin/python3', '-c', STUCK, executable(), config, 'bad'];
    const { status, messages } = withSyslog(words, { env: { PATH: SAFE_PATH } });
    assert.is(status, 99);
    assert.equal(messages.map(withoutTime), [
      `<${SYSLOG + 3}>tsrootwrap: Unauthorized command: bad (no filter matched)`,
    ]);
  },
);

testWith(NEEDS, 'the caller sees the value of a variable again, the log does not', () => {
  const { messages, stderr } = logged('', ['env', 'PASSWORD=secret', 'bad', 'x=y']);
  assert.match(stderr, 'env PASSWORD=secret bad x=y (no filter matched)');
  assert.equal(messages, [
    `<${SYSLOG + 3}>tsrootwrap: Unauthorized command: env PASSWORD=... bad x=y (no filter matched)`,
  ]);
});

testWith(NEEDS, 'the facility is syslog, and the level ERROR, where nothing is said', () => {
  assert.equal(logged('', ['good']).messages, []);
  assert.equal(logged('', ['bad']).messages, [
    `<${SYSLOG + 3}>tsrootwrap: Unauthorized command: bad (no filter matched)`,
  ]);
});

testWith(NEEDS, 'a level above ERROR logs no refusal', () => {
  assert.equal(logged('syslog_log_level = CRITICAL', ['bad']).messages, []);
});

testWith(NEEDS, 'a missing executable and an unknown user are logged as errors', () => {
  assert.equal(logged('', ['no/such']).status, 99);
  assert.equal(logged('', ['/no/such']).messages, [
    `<${SYSLOG + 3}>tsrootwrap: Executable not found: /no/such (filter match = lost)`,
  ]);
  assert.match(
    logged('', ['who']).messages[0] ?? '',
    /^<43>tsrootwrap: unknown user: no-such-user/,
  );
});

testWith(NEEDS, 'control characters and line ends cannot make a line of their own', () => {
  const words = [
    'bad',
    'a\n<38>Jan  1 00:00:00 tsrootwrap: (root > root) Executing',
    '\r\x1b[2J\u2028',
  ];
  const { messages } = logged('syslog_log_level = INFO', words);
  assert.is(messages.length, 1);
  assert.is(
    messages[0],
    '<43>tsrootwrap: Unauthorized command: bad a\\x0a<38>Jan  1 00:00:00 tsrootwrap: (root > root) Executing \\x0d\\x1b[2J\\u2028 (no filter matched)',
  );
});

testWith(NEEDS, 'the same in a command that runs', () => {
  const { messages } = logged('syslog_log_level = INFO', ['good', "a\nb'c", '\x1b']);
  assert.equal(messages, [
    `<46>tsrootwrap: (root > nobody) Executing ['BIN/good', "a\\nb'c", '\\x1b'] (filter match = good)`,
  ]);
});

testWith(NEEDS, 'a command too long for a log line is cut, and says so', () => {
  const { messages } = logged('syslog_log_level = INFO', ['bad', 'x'.repeat(100_000)]);
  assert.is(messages.length, 1);
  assert.ok((messages[0]?.length ?? 0) < 5000);
  assert.match(messages[0] ?? '', /x\.\.\. \(\d+ more\)$/);
});

testWith(NEEDS, 'percent signs in a command are only text', () => {
  const { messages } = logged('', ['bad', '%s%n%m']);
  assert.match(messages[0] ?? '', /bad %s%n%m \(/);
});

testWith(NEEDS, 'SUDO_UID is named as who asked', () => {
  const { messages } = logged('syslog_log_level = INFO', ['good'], {
    PATH: SAFE_PATH,
    SUDO_UID: '65534',
    USER: 'somebody',
    LOGNAME: 'somebody',
  });
  assert.match(messages[0] ?? '', /\(nobody > nobody\)/);
});

testWith(NEEDS, 'the caller’s time zone does not choose the time in the log', () => {
  const { config } = publicPolicy('x: CommandFilter, x, root', 'use_syslog = true');
  const at = (TZ: string) => {
    const { messages } = withSyslog([executable(), config, 'bad'], {
      env: { PATH: SAFE_PATH, TZ },
    });
    return /(\d\d):\d\d:\d\d /.exec(messages[0] ?? '')?.[1];
  };
  assert.is(at('UTC-5'), at('UTC+5'));
});

test('without a receiver the caller is told, and the command runs', () => {
  const { config, bin } = publicPolicy(
    'good: CommandFilter, good, root',
    'exec_dirs = bin\nuse_syslog = true',
  );
  script(join(bin, 'good'), 'echo runs');
  const { stdout, status } = tsrootwrap(config, ['good']);
  assert.is(stdout, 'runs\n');
  assert.is(status, 0);
});

test.run();
