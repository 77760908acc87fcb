import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '#src/wire/encoding.js';
import { FrameReader, frame } from '#src/wire/frames.js';
import { daemonExecutable } from '../support/daemon.js';
import {
  executable,
  ROOT as PACKAGE,
  publicPolicy,
  SAFE_PATH,
  tsrootwrap,
} from '../support/executable.js';
import { script, temporaryDirectory } from '../support/policy-files.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { type Logged, type Reading, withoutTime, withSyslog } from '../support/syslog-receiver.js';

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
  return { ...rest, messages: messages.map((text) => plain(text).replace(from, 'BIN')) };
}

/** Without time, and with what differs each time under a name. */
function plain(message: string): string {
  return withoutTime(message).replace(
    /, pid \d+, by \/\S+\/rootwrap\.conf: /,
    ', pid PID, by CONF: ',
  );
}

/** Who asked, where nobody says that it is another. */
const ROOT = 'from root (uid 0), pid PID, by CONF: ';

testWith(NEEDS, 'an execution is logged at INFO, with who asked and as whom it runs', () => {
  const { messages } = logged('syslog_log_facility = auth\nsyslog_log_level = INFO', [
    'good',
    'a b',
  ]);
  assert.equal(messages, [
    `<${AUTH + 6}>tsrootwrap: ${ROOT}(root > nobody) Executing ['BIN/good', 'a b'] (filter match = good)`,
  ]);
});

testWith(NEEDS, 'a refusal is logged as an error', () => {
  const { messages } = logged('syslog_log_facility = local0', ['bad', 'x']);
  assert.equal(messages, [
    `<${LOCAL0 + 3}>tsrootwrap: ${ROOT}Unauthorized command: bad x (no filter matched)`,
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
    assert.equal(messages.map(plain), [
      `<${SYSLOG + 3}>tsrootwrap: ${ROOT}Unauthorized command: bad (no filter matched)`,
    ]);
  },
);

testWith(NEEDS, 'the caller sees the value of a variable again, the log does not', () => {
  const { messages, stderr } = logged('', ['env', 'PASSWORD=secret', 'bad', 'x=y']);
  assert.match(stderr, 'env PASSWORD=secret bad x=y (no filter matched)');
  assert.equal(messages, [
    `<${SYSLOG + 3}>tsrootwrap: ${ROOT}Unauthorized command: env PASSWORD=<value> bad x=y (no filter matched)`,
  ]);
});

testWith(NEEDS, 'the facility is syslog, and the level ERROR, where nothing is said', () => {
  assert.equal(logged('', ['good']).messages, []);
  assert.equal(logged('', ['bad']).messages, [
    `<${SYSLOG + 3}>tsrootwrap: ${ROOT}Unauthorized command: bad (no filter matched)`,
  ]);
});

testWith(NEEDS, 'a level above ERROR logs no refusal', () => {
  assert.equal(logged('syslog_log_level = CRITICAL', ['bad']).messages, []);
});

testWith(NEEDS, 'a missing executable and an unknown user are logged as errors', () => {
  assert.equal(logged('', ['no/such']).status, 99);
  assert.equal(logged('', ['/no/such']).messages, [
    `<${SYSLOG + 3}>tsrootwrap: ${ROOT}Executable not found: /no/such (filter match = lost)`,
  ]);
  assert.match(
    logged('', ['who']).messages[0] ?? '',
    /^<43>tsrootwrap: from root .*: unknown user: no-such-user/,
  );
});

testWith(NEEDS, 'control characters and line ends cannot make a line of their own', () => {
  const words = [
    'bad',
    'a\n<38>Jan  1 00:00:00 tsrootwrap: (root > root) Executing',
    '\r\x1b[2J\u2028',
  ];
  const { messages } = logged('syslog_log_level = INFO', words);
  assert.equal(messages, [
    `<43>tsrootwrap: ${ROOT}Unauthorized command: bad $'a\\x0a<38>Jan  1 00:00:00 tsrootwrap: (root > root) Executing' $'\\x0d\\x1b[2J\\u2028' (no filter matched)`,
  ]);
});

testWith(NEEDS, 'the same in a command that runs', () => {
  const { messages } = logged('syslog_log_level = INFO', ['good', "a\nb'c", '\x1b']);
  assert.equal(messages, [
    `<46>tsrootwrap: ${ROOT}(root > nobody) Executing ['BIN/good', "a\\nb'c", '\\x1b'] (filter match = good)`,
  ]);
});

testWith(NEEDS, 'a command too long for a log line is cut, and says so', () => {
  const { messages } = logged('syslog_log_level = INFO', ['bad', 'x'.repeat(100_000)]);
  assert.is(messages.length, 1);
  assert.ok((messages[0]?.length ?? 0) < 5000);
  assert.match(
    messages[0] ?? '',
    /x\.\.\. \(2 words in all, sha256 [0-9a-f]{32}\) \(no filter matched\)$/,
  );
  const other = logged('', ['bad', `${'x'.repeat(100_000)}y`]).messages[0] ?? '';
  assert.is.not(other, messages[0]);
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
  assert.match(messages[0] ?? '', /from nobody \(uid 65534\), .*: \(nobody > nobody\)/);
});

testWith(NEEDS, 'the caller’s time zone does not choose the time in the log', () => {
  const { config } = publicPolicy('x: CommandFilter, x, root', 'use_syslog = true');
  const withoutLauncher = [process.execPath, join(PACKAGE, 'bin/program.js'), 'tsrootwrap'];
  for (const program of [[executable()], withoutLauncher]) {
    const at = (TZ: string) => {
      const { messages } = withSyslog([...program, config, 'bad'], {
        env: { PATH: SAFE_PATH, TZ },
      });
      return /(\d\d):\d\d:\d\d /.exec(messages[0] ?? '')?.[1];
    };
    assert.ok(at('UTC'));
    assert.is(at('UTC-5'), at('UTC+5'));
  }
});

/** A policy that logs each command, and more. */
function logging(settings = ''): { readonly config: string; readonly bin: string } {
  const { config, bin } = publicPolicy(
    'good: CommandFilter, good, root',
    `exec_dirs = bin\nuse_syslog = true\nsyslog_log_level = INFO\n${settings}`,
  );
  script(join(bin, 'good'), 'echo runs >&2');
  return { config, bin };
}

testWith(NEEDS, 'a /dev/log that nobody reads stops nothing, and the caller is told', () => {
  const { config } = logging();
  const env = { PATH: SAFE_PATH };
  const good = withSyslog([executable(), config, 'good'], { env }, 'full');
  assert.is(good.status, 0, good.stderr);
  assert.is(
    good.stderr,
    'tsrootwrap: syslog takes no messages (EAGAIN), they are lost: see to its daemon\nruns\n',
  );
  const bad = withSyslog([executable(), config, 'bad'], { env }, 'full');
  assert.is(bad.status, 99);
  assert.match(bad.stderr, 'Unauthorized command: bad (no filter matched)');
});

testWith(NEEDS, 'with log_required nothing runs that cannot be logged', () => {
  const { config } = logging('log_required = true');
  const env = { PATH: SAFE_PATH };
  const ran = withSyslog([executable(), config, 'good'], { env });
  assert.equal([ran.status, ran.stderr], [0, 'runs\n']);
  assert.is(ran.messages.length, 1);
  const unlogged = withSyslog([executable(), config, 'good'], { env }, 'full');
  assert.is(unlogged.status, 97);
  assert.match(unlogged.stderr, 'Cannot run');
  assert.match(unlogged.stderr, '/dev/log takes no message (EAGAIN), and log_required');
  assert.not.match(unlogged.stderr, /^runs$/m);
  assert.is(withSyslog([executable(), config, 'bad'], { env }, 'full').status, 99);
});

/** What a daemon answers to requests that come on its standard input, and what it logs. */
function served(settings: string, reading: Reading, requests: readonly string[][]) {
  const { config } = logging(settings);
  const messages = [
    { type: 'hello', protocol: 1 },
    ...requests.map((argv, index) => ({ type: 'run', id: index + 1, argv })),
  ];
  const directory = temporaryDirectory();
  writeFileSync(
    join(directory, 'in'),
    Buffer.concat(messages.map((m) => frame(JSON.stringify(m)))),
  );
  const line = 'cd "$0"; cat in | "$@" | cat >out'; // pipes, as --stdio needs them
  const words = ['sh', '-c', line, directory, daemonExecutable(), '--stdio', config];
  const { stderr, messages: logged } = withSyslog(words, { env: { PATH: SAFE_PATH } }, reading);
  const answers = [...new FrameReader(1 << 20).read(readFileSync(join(directory, 'out')))].map(
    (payload) => decode(Buffer.from(payload)).value as Record<string, unknown>,
  );
  const of = (id: number) => answers.find((answer) => answer.id === id) ?? {};
  return { stderr, logged, answers: requests.map((_, index) => of(index + 1)) };
}

testWith(NEEDS, 'with log_required a daemon runs nothing that cannot be logged', () => {
  const requests = [['good'], ['bad'], ['good']];
  const well = served('log_required = true', 'after', requests);
  assert.equal(
    well.answers.map(({ type }) => type),
    ['exit', 'refused', 'exit'],
    well.stderr,
  );
  assert.is(well.logged.filter((text) => text.includes('Executing')).length, 2);
  const unlogged = served('log_required = true', 'full', requests);
  assert.equal(
    unlogged.answers.map(({ type, code }) => [type, code]),
    [
      ['failed', 'unlogged'],
      ['refused', undefined],
      ['failed', 'unlogged'],
    ],
  );
  assert.match(String(unlogged.answers[0]?.message), '/dev/log takes no message (EAGAIN)');
  const without = served('', 'full', requests);
  assert.equal(
    without.answers.map(({ type }) => type),
    ['exit', 'refused', 'exit'],
  );
});

test('log_required without a log is a wrong configuration', () => {
  for (const settings of [
    'log_required = true',
    'use_syslog = true\nlog_required = true',
    'syslog_log_level = INFO\nlog_required = true',
  ]) {
    const { config } = publicPolicy('', settings);
    const { status, stderr } = tsrootwrap(config, ['good']);
    assert.is(status, 97);
    assert.match(
      stderr,
      /rootwrap\.conf:\d+: log_required is true, but commands that run are not logged/,
    );
  }
});

/** What a daemon's log does with 5000 messages of 1000 characters, before the receiver reads any. */
const FLOOD = `
import { Log } from ${JSON.stringify(import.meta.resolve('#src/log/log.js'))};
import { writeFileSync } from 'node:fs';
const settings = { file: '/x', useSyslog: true, syslogFacility: 40, syslogLevel: 20, logRequired: false };
const log = new Log('d', settings, true);
const text = 'x'.repeat(1000);
for (let i = 0; i < 5000; i++) log.info(() => i + ' ' + text);
writeFileSync(process.env.READ_WHEN_THERE, '');
setTimeout(() => log.close(), 1000);
`;

testWith(NEEDS, 'a daemon waits for no syslog, keeps a MiB, and tells what it lost', () => {
  const env = { PATH: SAFE_PATH, READ_WHEN_THERE: `${temporaryDirectory()}/read` };
  const node = [process.execPath, '--input-type=module', '-e', FLOOD];
  const { status, stderr, messages } = withSyslog(node, { env }, 'late');
  assert.is(status, 0, stderr);
  assert.is(stderr, 'd: syslog takes no messages (EAGAIN), they are lost: see to its daemon\n');
  const texts = messages.map(withoutTime);
  const told = texts.slice(0, -1);
  assert.equal(
    told.map((text) => Number(/^<46>d: (\d+) x{1000}$/.exec(text)?.[1])),
    told.map((_, index) => index),
  );
  assert.ok(told.length > 1000, 'a MiB holds more');
  assert.is(
    texts.at(-1),
    `<44>d: ${5000 - told.length} messages were lost here: /dev/log took nothing`,
  );
  const unread = withSyslog(node, { env: { ...env, READ_WHEN_THERE: '/dev/null' } });
  assert.is(unread.status, 0);
  assert.ok(unread.messages.length > 0);
  const left = 5000 - unread.messages.length;
  assert.match(
    unread.stderr,
    new RegExp(`^d: syslog did not take the last messages, ${left} of them$`, 'm'),
  );
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

testWith(NEEDS, 'a command that runs is logged without the values of variables, too', () => {
  const { config } = publicPolicy(
    'env: CommandFilter, env, root',
    'exec_dirs = /usr/bin\nuse_syslog = true\nsyslog_log_level = INFO',
  );
  const words = [executable(), config, 'env', 'PASSWORD=secret', 'true', 'x=y'];
  const { messages } = withSyslog(words, { env: { PATH: SAFE_PATH } });
  assert.equal(messages.map(plain), [
    `<46>tsrootwrap: ${ROOT}(root > root) Executing ['/usr/bin/env', 'PASSWORD='<value>, 'true', 'x=y'] (filter match = env)`,
  ]);
});

testWith(NEEDS, 'refused options and operands are logged as they were asked', () => {
  for (const words of [
    ['bad', 'env', '--target=/etc/shadow', '--to-command=x'],
    ['bad', 'x/env', 'of=/dev/sda'],
    ['bad', 'A=1'],
  ]) {
    assert.equal(logged('', words).messages, [
      `<43>tsrootwrap: ${ROOT}Unauthorized command: ${words.join(' ')} (no filter matched)`,
    ]);
  }
});

testWith(
  NEEDS,
  'a command too long is one datagram of 4096 bytes and its digest, not characters',
  () => {
    const [a = '', b = ''] = ['A', 'B'].map(
      (end) => logged('', ['bad', '漢'.repeat(4000) + end]).messages[0],
    );
    assert.ok(Buffer.byteLength(a) < 4400, `${Buffer.byteLength(a)} bytes`);
    assert.match(a, /\.\.\. \(2 words in all, sha256 [0-9a-f]{32}\) \(no filter matched\)$/);
    assert.not.equal(a, b);
  },
);

test.run();
