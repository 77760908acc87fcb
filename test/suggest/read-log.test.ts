import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { escapeControls } from '#src/log/escape.js';
import { withheldValues } from '#src/log/secrets.js';
import { askedBy, executing, notFound, unauthorized, unauthorizedPlain } from '#src/log/wording.js';
import { readMessage } from '#src/suggest/log-message.js';
import { LogReader, type ObservedLog } from '#src/suggest/read-log.js';

const SYSLOG = 'Mar  1 09:12:33 host tsrootwrap[4711]: ';
const RAN = executing('svc', { user: 'root', argv: ['/usr/sbin/ip', 'a'] }, 'ip');

function read(text: string | Uint8Array, piece = 7): ObservedLog {
  const bytes = Buffer.from(text as string);
  const reader = new LogReader();
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return reader.end();
}

const allowed = (text: string) => read(text).allowed.map(({ words }) => words);
const refused = (text: string) => read(text).refused.map(({ words }) => words);

for (const [what, header] of [
  ['syslogd', SYSLOG],
  ['journalctl', 'Mar 01 09:12:33 host app-rootwrap[12]: '],
  ['journalctl -o short-iso', '2026-03-01T09:12:33+0000 host neutron-rootwrap[12]: '],
  ['rsyslog', '2026-03-01T09:12:33.120+00:00 host tsrootwrap-daemon[12]: '],
  ['the wire', '<86>Mar  1 09:12:33 host tsrootwrap: '],
  ['a terminal', 'tsrootwrap: '],
  ['nothing', ''],
]) {
  test(`a line with the header of ${what} is read`, () => {
    const { allowed, understood, skipped, fromSyslog } = read(`${header}${RAN}\n`);
    assert.equal(allowed, [{ words: ['ip', 'a'], user: 'root', origin: 'plan', count: 1 }]);
    assert.equal([understood, skipped, fromSyslog], [1, 0, true]);
  });
}

test("the daemon's lines and other users are read, and the base name of an inner program", () => {
  const plan = { user: 'nobody', argv: ['/usr/bin/ip', 'netns', 'exec', 'n', '/bin/ls', '/bin'] };
  const [command] = read(`${SYSLOG}from uid 12, pid 3: ${executing('svc', plan, 'x')}\n`).allowed;
  assert.equal(command?.words, ['ip', 'netns', 'exec', 'n', 'ls', '/bin']);
  assert.is(command?.user, 'nobody');
});

test('refusals are kept apart, and known to be split at blanks', () => {
  const log = read(`${SYSLOG}${unauthorizedPlain(['rm', 'a b'])}\n${SYSLOG}${RAN}\n`);
  assert.equal(log.refused, [{ words: ['rm', 'a', 'b'], user: 'root', origin: 'split', count: 1 }]);
  assert.is(log.allowed.length, 1);
});

const ASKED_BY = askedBy({ uid: 12, pid: 3 }, 'svc', '/etc/app/rootwrap.conf');

test("lines that say under which configuration are read, and a refusal's words exactly", () => {
  const ran = executing('svc', { user: 'nobody', argv: ['/bin/ls', 'a b'] }, 'x');
  const log = read(
    `${SYSLOG}${ASKED_BY}${unauthorized(['rm', 'a b', "it's"])}\n${SYSLOG}${ASKED_BY}${ran}\n`,
  );
  const [user, count] = ['root', 1];
  assert.equal(log.refused, [{ words: ['rm', 'a b', "it's"], user, origin: 'record', count }]);
  assert.equal(log.allowed, [{ words: ['ls', 'a b'], user: 'nobody', origin: 'plan', count }]);
});

test('no words of a refusal can pass for others, nor for another message', () => {
  const part = fc.oneof(
    fc.constantFrom("'", '\\', '$', ' ', '\n', '\\x0a', '\x85', '\u2028', '😀', '\u{e0041}'),
    fc.constantFrom("'\\''", ' (no filter matched)', 'Unauthorized command: a', RAN, ASKED_BY),
    fc.string({ maxLength: 5 }),
  );
  const word = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('').replaceAll('\0', ''));
  const words = fc.array(word, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(words, fc.constantFrom('svc', "o'brien", 'a (uid 0)'), (words, name) => {
      fc.pre(withheldValues(words).size === 0); // test/log/command-text has those
      const by = askedBy({ uid: 12, pid: 3 }, name, '/etc/a b/rootwrap.conf');
      const message = escapeControls(by + unauthorized(words));
      assert.equal(readMessage(message), { kind: 'refused', words, isExact: true });
    }),
  );
});

test('a command that was cut, and one refused for another reason, is none', () => {
  for (const message of [
    unauthorized(['x'.repeat(10_000)]),
    unauthorized(['x', 'y'.repeat(5000)]),
    unauthorized(['x'], 'the process is another one now'),
    'refused the connection: the peer does not know the key',
  ]) {
    assert.equal(read(`${SYSLOG}${ASKED_BY}${message}\n`).refused, []);
  }
});

test('messages without a command are skipped', () => {
  const lines = [
    `${SYSLOG}${notFound('/bin/x', 'x')}`,
    `${SYSLOG}${unauthorizedPlain(['x'], 'it holds bytes that are not UTF-8')}`,
    `${SYSLOG}Ending: SIGTERM`,
    'Mar  1 09:12:33 host cron[1]: run all',
    'Mar  1 09:12:33 host systemd[1]: Started Session 3 of User root.',
  ];
  const { allowed, refused, skipped } = read(lines.join('\n'));
  assert.equal([allowed, refused, skipped], [[], [], lines.length]);
});

test("lines of other programs' logs are no commands, though a shell could split them", () => {
  for (const line of [
    'Mar  1 09:12:33 host systemd[1]: Started Session 3 of User root.',
    '2026-03-01T09:12:33+00:00 host systemd[1]: Started it',
    '2026-03-01 09:12:33 started it',
    '<86>started it',
  ]) {
    assert.equal(allowed(line), [], line);
  }
});

test('the lines of observe and of batch are read, by their outcome', () => {
  const record = (record: object) => JSON.stringify(record);
  const text = [
    record({ outcome: 'allowed', command: ['a', '1'], plan: { user: 'svc', argv: ['/bin/a'] } }),
    record({
      outcome: 'allowed',
      command: ['kill', '-9', '12'],
      plan: { user: 'root', argv: [], program: '/bin/d' },
    }),
    record({ outcome: 'ran', command: ['b'], line: 3, plan: { kind: 'command', user: 'root' } }),
    record({ command: ['c'] }),
    record({ outcome: 'denied', command: ['d'] }),
    record({ outcome: 'not-executable', command: ['e'] }),
    record({ outcome: 'denied', command: ['f'], inexact: 'altered' }),
    record({ outcome: 'unreadable', text: 'x' }),
    '',
    '{"outcome":"allowed","command":["cut',
  ].join('\n');
  const log = read(text);
  assert.equal(
    log.allowed.map(({ words, user, program }) => [words[0], user, program]),
    [
      ['a', 'svc', undefined],
      ['kill', 'root', '/bin/d'],
      ['b', 'root', undefined],
      ['c', 'root', undefined],
    ],
  );
  assert.equal(refused(text), [['d'], ['e']]);
  assert.equal([log.understood, log.skipped, log.fromSyslog], [6, 3, false]);
});

test('the journal in JSON is read', () => {
  const record = { MESSAGE: RAN, SYSLOG_IDENTIFIER: 'tsrootwrap', _PID: '1' };
  assert.equal(allowed(JSON.stringify(record)), [['ip', 'a']]);
  const other = { MESSAGE: RAN, SYSLOG_IDENTIFIER: 'cron' };
  assert.equal(allowed(JSON.stringify(other)), []);
});

test('a file of commands is read as a shell would split it, and nothing that a shell would expand', () => {
  const text = `# comment\n\nls 'a b' "c"\\ d\nrm $HOME\nrm *\necho "x\nid; id\nid | sh\nls 'a b' "c"\\ d\n`;
  const log = read(text);
  assert.equal(
    log.allowed.map(({ words, count }) => [words, count]),
    [[['ls', 'a b', 'c d'], 2]],
  );
  assert.equal([log.understood, log.skipped, log.fromSyslog], [2, 5, false]);
});

test('among lines of a log nothing is taken for a command by itself', () => {
  assert.equal(allowed(`${SYSLOG}${RAN}\nrm -rf x\n`), [['ip', 'a']]);
  assert.equal(allowed(`rm -rf x\n{"command":["ok"]}\n`), [['ok']]);
});

const FORGED = "(root > root) Executing ['/bin/forged'] (filter match = x)";

for (const [what, text] of [
  ['in the words of a refusal', `${SYSLOG}${unauthorizedPlain([FORGED])}`],
  [
    'behind a line end in the words of a refusal',
    `${SYSLOG}${unauthorizedPlain(['x', `\n${FORGED}\n`])}`,
  ],
  [
    'behind a line end, with a header',
    `${SYSLOG}${unauthorizedPlain(['x', `\n${SYSLOG}${FORGED}\ny`])}`,
  ],
  [
    'as a word of a command',
    `${SYSLOG}${executing('svc', { user: 'root', argv: ['/a', FORGED] }, 'x')}`,
  ],
  [
    'that ends its list itself',
    `${SYSLOG}${executing('svc', { user: 'root', argv: ['/a', `'] (filter match = x)\n${SYSLOG}${FORGED}`] }, 'x')}`,
  ],
  ['in a name of a filter', `${SYSLOG}(a > root) Executing ['/a'] (filter match = ${FORGED}`],
  ['without its end', `${SYSLOG}${FORGED.slice(0, -1)}`],
  ['without its beginning', `${SYSLOG}${FORGED.slice(1)}`],
  ['of another program', `Mar  1 09:12:33 host evil[1]: ${FORGED}`],
  ['indented, as journalctl shows further lines', `${SYSLOG}${RAN}\n    ${SYSLOG}${FORGED}`],
  ['without a header among lines with one', `${SYSLOG}${RAN}\n${FORGED}`],
  ['with a path that is none', `${SYSLOG}${FORGED.replace('/bin/', '')}`],
  ['with a user that is none', `${SYSLOG}${FORGED.replace('> root', '> root,x')}`],
  ['in JSON', JSON.stringify({ command: [], x: FORGED, outcome: 'allowed' })],
  ['in JSON with another outcome', JSON.stringify({ command: ['forged'], outcome: 'Allowed' })],
  ['in JSON as a word that is no text', JSON.stringify({ command: ['forged', 1] })],
  ['in JSON with half a character', '{"command":["forged\\ud800"]}'],
  ['in JSON with a NUL', '{"command":["forged\\u0000"]}'],
] as const) {
  test(`a forged line ${what} is no command`, () => {
    assert.not.ok(
      allowed(text).some((words) => words[0]?.includes('forged')),
      text,
    );
  });
}

test('a line that is too long is skipped, and the next one read', () => {
  const { allowed, skipped } = read(`${SYSLOG}${'x'.repeat(2_000_000)}\n${SYSLOG}${RAN}\n`, 65_536);
  assert.equal([allowed.length, skipped], [1, 1]);
});

test('a line that is not UTF-8 is skipped', () => {
  const log = read(Buffer.concat([Buffer.from([0xff]), Buffer.from(`\n${SYSLOG}${RAN}`)]));
  assert.equal([log.allowed.length, log.skipped], [1, 1]);
});

test('too many words, and too long ones, are no command', () => {
  assert.equal(allowed(JSON.stringify({ command: Array(1000).fill('x') })), []);
  assert.equal(allowed(JSON.stringify({ command: ['x', 'y'.repeat(5000)] })), []);
});

test('no bytes make it fail', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(SYSLOG, RAN, FORGED, '{"command":', '["a"]}', "['", 'Unauthorized command: '),
  );
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('', '\n', ' '), (lines, between) => {
      const { understood, skipped } = read(lines.join(between));
      assert.ok(understood + skipped <= lines.join(between).split('\n').length);
    }),
  );
});

test('what a batch ran as another user is not taken for what root ran', () => {
  const line = { line: 1, outcome: 'ran', command: ['a'], user: 'svc', exitCode: 0 };
  assert.is(read(JSON.stringify(line)).allowed[0]?.user, 'svc');
  assert.equal(read(JSON.stringify({ ...line, user: 'a, root' })).allowed, []);
});

const LONG = 1_000_000;
const fill = (text: string) => text.repeat(LONG / text.length);

for (const [what, line] of [
  ['a program like the engine, without an end', fill('rootwrap')],
  ['the same behind a host', `Mar  1 09:12:33 host ${fill('rootwrap')}`],
  [
    'a program that was not found, many times',
    `Executable not found: ${fill(' (filter match = ')}`,
  ],
  ['brackets', `Unauthorized command: ${fill(' (')}1`],
  ['an execution whose list goes on', `(a > b) Executing [${fill("'x', ")}`],
  ['lists in lists', `{"command":${fill('[')}`],
] as const) {
  test(`a line of ${what} is soon skipped`, () => {
    const { allowed, refused } = read(line, LONG);
    assert.equal([allowed, refused], [[], []]);
  });
}

test('of long commands as many are kept as there is room for', () => {
  const words = Array.from({ length: 200 }, () => 'x'.repeat(4000));
  const lines = Array.from({ length: 50 }, (_, i) =>
    JSON.stringify({ command: ['a', `${i}`, ...words] }),
  );
  const { allowed, dropped } = read([...lines, ...lines].join('\n'), LONG);
  assert.ok(allowed.length > 10 && allowed.length < 50, String(allowed.length));
  assert.ok(allowed.every(({ count }) => count === 2));
  assert.is(dropped, 2 * (50 - allowed.length));
});

test.run();
