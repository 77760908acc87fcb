import { spawn, spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LEVEL, Log } from '#src/log/log.js';
import { posix } from '#src/posix/addon.js';
import { patiently } from '../support/patience.js';
import { script, temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const LOG = import.meta.resolve('#src/log/log.js');
const STANDARD_ERROR = import.meta.resolve('#src/log/standard-error.js');
const QUIET = {
  file: '/etc/app/rootwrap.conf',
  useSyslog: false,
  syslogFacility: 40,
  syslogLevel: LEVEL.ERROR,
  logRequired: false,
};

/** What a process that runs this writes to standard error. */
function stderrOf(program: string, settings: object = QUIET): string {
  const source = `import { Log } from ${JSON.stringify(LOG)};
    import { complain } from ${JSON.stringify(STANDARD_ERROR)};
    const log = new Log('rootwrap', ${JSON.stringify(settings)});\n${program}`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    env: {},
    encoding: 'utf8',
  });
  assert.is(child.status, 0, child.stderr);
  assert.is(child.stdout, '');
  return child.stderr;
}

test("levels have the numbers of Python's logging", () => {
  assert.equal(LEVEL, { INFO: 20, WARNING: 30, ERROR: 40 });
});

test('errors and warnings are one line each on standard error, with the name before', () => {
  const text = stderrOf(`log.error('no'); log.warning('hm');`);
  assert.is(text, 'rootwrap: no\nrootwrap: hm\n');
});

test('a command that runs is not told to its caller', () => {
  assert.is(stderrOf(`log.info(() => 'Executing');`), '');
});

test('control characters, line ends and surrogates are escaped', () => {
  const text = stderrOf(`log.error('a\\n\\x1b[31mb\\u202e\\ud800'); complain('x\\ny', 'z\\r');`);
  assert.is(text, 'rootwrap: a\\x0a\\x1b[31mb\\u202e\\ud800\nx\\x0ay: z\\x0d\n');
});

test('a message of any length arrives whole on standard error', () => {
  const text = stderrOf(`log.error('x'.repeat(1_000_000));`);
  assert.is(text.length, 'rootwrap: \n'.length + 1_000_000);
});

test('a message that is cut is cut between characters', () => {
  const settings = { ...QUIET, useSyslog: true };
  for (const length of [4093, 4094, 4095, 4096]) {
    const text = stderrOf(`log.error('x'.repeat(${length}) + '😀y');`, settings);
    assert.match(text, /^rootwrap: x+😀y$/m);
  }
});

test('a daemon cuts what it writes to standard error, before it is escaped', () => {
  const long = stderrOf(
    `new Log('d', ${JSON.stringify(QUIET)}, true).error('\\x01'.repeat(10_000));`,
  );
  assert.match(long, /^d: (\\x01){4096}\.\.\. \(5904 more\)\n$/);
});

test('a daemon does not wait for who reads its standard error', async () => {
  const source = `import { Log } from ${JSON.stringify(LOG)};
    const log = new Log('d', ${JSON.stringify(QUIET)}, true);
    for (let i = 0; i < 2000; i++) log.error('x'.repeat(1000));`;
  const args = ['--input-type=module', '-e', source];
  const child = spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    assert.is(await patiently('its end', ended), 0);
  } finally {
    child.kill('SIGKILL');
    child.stderr.destroy();
  }
});

testWith(['python3'], 'nor for a terminal that nobody reads, stopped or not', () => {
  const source = `import { Log } from ${JSON.stringify(LOG)};
    const log = new Log('d', ${JSON.stringify(QUIET)}, true);
    for (let i = 0; i < 2000; i++) log.error('x'.repeat(1000));`;
  // for the whole of a message there is no room, for a part of it mostly
  const terminal = `
import pty, subprocess, sys, termios
ours, theirs = pty.openpty()
if sys.argv[1] == 'stopped': termios.tcflow(theirs, termios.TCOOFF)
sys.exit(subprocess.run(sys.argv[2:], stderr=theirs, timeout=60).returncode)`;
  for (const how of ['read by nobody', 'stopped']) {
    const node = [process.execPath, '--input-type=module', '-e', source];
    const args = ['-c', terminal, how, ...node];
    const { status, stderr } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8' });
    assert.is(status, 0, `${how}: ${stderr}`);
  }
});

/** What a daemon writes of 200 messages to a pipe that nobody reads, and of two more once it is read. */
function written(message: string): [string, string] {
  const fifo = `${temporaryDirectory()}/fifo`;
  const source = `import fs from 'node:fs';
    import { Log } from ${JSON.stringify(LOG)};
    const log = new Log('d', ${JSON.stringify(QUIET)}, true);
    fs.closeSync(2);
    if (fs.openSync(${JSON.stringify(fifo)}, fs.constants.O_RDWR | fs.constants.O_NONBLOCK) !== 2)
      process.exit(3);
    const read = () => {
      let text = '';
      try { for (const piece = Buffer.alloc(65536);;) text += piece.toString('latin1', 0, fs.readSync(2, piece)); } catch {}
      return text;
    };
    for (let i = 0; i < 200; i++) log.error(i + ' ' + ${JSON.stringify(message)});
    const first = read();
    log.error('again');
    log.error('more');
    process.stdout.write(JSON.stringify([first, read()]));`;
  assert.is(spawnSync('mkfifo', [fifo]).status, 0);
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source]);
  return JSON.parse(String(stdout)) as [string, string];
}

test('what a daemon could not write is counted, and told when there is room', () => {
  const [first, second] = written('x'.repeat(1000));
  const whole = first.match(/^d: \d+ x{1000}\n/gm)?.length ?? 0;
  assert.ok(whole > 0);
  assert.is(
    second,
    `d: ${200 - whole} messages were lost here: nobody read them\nd: again\nd: more\n`,
  );
});

test('a message that was written in part is lost, and the next begins a line', () => {
  const [first, second] = written('\x01'.repeat(3000)); // 12 kB: a pipe takes a part
  const whole = first.match(/^d: \d+ (?:\\x01){3000}\n/gm)?.length ?? 0;
  assert.not(first.endsWith('\n'));
  assert.is(
    second,
    `\nd: ${200 - whole} messages were lost here: nobody read them\nd: again\nd: more\n`,
  );
});

test('a caller that reads nothing stops nobody for long', () => {
  // a FIFO that is full, opened without blocking: every write fails with EAGAIN
  const fifo = `${temporaryDirectory()}/fifo`;
  const source = `import fs from 'node:fs';
    import { complain } from ${JSON.stringify(STANDARD_ERROR)};
    const fd = fs.openSync(${JSON.stringify(fifo)}, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    try { for (;;) fs.writeSync(fd, Buffer.alloc(4096)); } catch {}
    fs.closeSync(2);
    if (fs.openSync(${JSON.stringify(fifo)}, fs.constants.O_RDWR | fs.constants.O_NONBLOCK) !== 2)
      process.exit(3);
    complain('rootwrap', 'no');`;
  assert.is(spawnSync('mkfifo', [fifo]).status, 0);
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    timeout: 60_000,
  });
  assert.equal([status, signal], [0, null]);
});

test('a refusal is in syslog before its caller is told, who may end this process then', () => {
  const { syslog, writeWithin } = posix;
  const told: string[] = [];
  posix.syslog = () => told.push('syslog');
  posix.writeWithin = (_, bytes) => {
    told.push('caller');
    return bytes.length;
  };
  try {
    const log = new Log('rootwrap', { ...QUIET, useSyslog: true });
    told.length = 0; // without a syslog daemon
    log.refused({ uid: 0, pid: 1 }, 'no');
    log.refused({ uid: 0, pid: 1 }, 'no', 'no, and why');
  } finally {
    Object.assign(posix, { syslog, writeWithin });
  }
  assert.equal(told, ['syslog', 'caller', 'syslog', 'caller']);
});

test('a closed standard error is no failure', () => {
  const source = `import { complain } from ${JSON.stringify(STANDARD_ERROR)}; complain('x', 'y');`;
  const shell = script(`${temporaryDirectory()}/closed`, 'exec "$@" 2>/dev/full');
  const { status } = spawnSync(shell, [process.execPath, '--input-type=module', '-e', source]);
  assert.is(status, 0);
});

test.run();
