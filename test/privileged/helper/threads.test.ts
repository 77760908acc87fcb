import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Holdings } from '#src/privileged/contexts/assignment.js';
import { faultsOf, HoldingsError, verifyThreads } from '#src/privileged/helper/threads.js';
import { directoryOf } from './modules-directory.js';

const HOLDS: Holdings = {
  uid: 1001,
  gid: 1002,
  groups: [7, 1003],
  capabilities: [12, 40],
  umask: 0o027,
};

const STATUS = `Name:	node
Umask:	0027
State:	S (sleeping)
Pid:	77
Uid:	1001	1001	1001	1001
Gid:	1002	1002	1002	1002
FDSize:	64
Groups:	1003 7 
CapInh:	0000010000001000
CapPrm:	0000010000001000
CapEff:	0000010000001000
CapBnd:	0000010000001000
CapAmb:	0000010000001000
NoNewPrivs:	1
Seccomp:	0
`;

test('a status that says just what it should has no faults', () => {
  assert.equal(faultsOf(STATUS, HOLDS), []);
  const nothing = { ...HOLDS, groups: [], capabilities: [] };
  const status = STATUS.replace(/^Groups:.*$/m, 'Groups:\t ').replaceAll(
    '0000010000001000',
    '0000000000000000',
  );
  assert.equal(faultsOf(status, nothing), []);
});

test('each field that differs in the least is a fault', () => {
  const more = '0000010000001001';
  const less = '0000010000000000';
  const cases: [name: string, value: string][] = [
    ['Umask', '0022'],
    ['Uid', '0	1001	1001	1001'],
    ['Uid', '1001	0	1001	1001'],
    ['Uid', '1001	1001	0	1001'],
    ['Uid', '1001	1001	1001	0'],
    ['Gid', '0	1002	1002	1002'],
    ['Gid', '1002	0	1002	1002'],
    ['Gid', '1002	1002	0	1002'],
    ['Gid', '1002	1002	1002	0'],
    ['Groups', '7'],
    ['Groups', '7 1003 0'],
    ['Groups', ''],
    ['CapInh', more],
    ['CapInh', less],
    ['CapPrm', more],
    ['CapPrm', less],
    ['CapEff', more],
    ['CapEff', less],
    ['CapBnd', more],
    ['CapBnd', less],
    ['CapAmb', more],
    ['CapAmb', less],
    ['NoNewPrivs', '0'],
    ['NoNewPrivs', ''],
  ];
  for (const [name, value] of cases) {
    const status = STATUS.replace(new RegExp(`^${name}:.*$`, 'm'), `${name}:\t${value}`);
    assert.is.not(status, STATUS);
    const faults = faultsOf(status, HOLDS);
    assert.is(faults.length, 1, `${name} ${value}`);
    assert.match(faults[0] ?? '', `${name} is `);
  }
});

test('a field that is not told, or told twice, is a fault', () => {
  for (const name of STATUS.match(/^(Umask|[UG]id|Groups|Cap\w+|NoNewPrivs)/gm) ?? []) {
    const line = new RegExp(`^${name}:.*\n`, 'm');
    assert.equal(faultsOf(STATUS.replace(line, ''), HOLDS), [`${name} is not told`]);
    assert.equal(faultsOf(STATUS.replace(line, '$&$&'), HOLDS), [`${name} is not told`]);
  }
  assert.is(faultsOf('', HOLDS).length, 10);
});

/** A directory that looks like /proc/self/task. */
function tasks(threads: Readonly<Record<string, string>>): string {
  const files = Object.entries(threads).map(([id, text]) => [`${id}/status`, text]);
  return directoryOf(Object.fromEntries(files));
}

function refusal(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof HoldingsError) return error.message;
    throw error;
  }
  return 'verified';
}

test('every thread is asked, and one that differs is enough', () => {
  verifyThreads(HOLDS, tasks({ 1: STATUS, 2: STATUS }));
  const other = STATUS.replace('CapEff:	0000010000001000', 'CapEff:	000001ffffffffff');
  for (const threads of [
    { 1: other, 2: STATUS, 3: STATUS },
    { 1: STATUS, 2: other, 3: STATUS },
    { 1: STATUS, 2: STATUS, 3: other },
  ]) {
    assert.match(
      refusal(() => verifyThreads(HOLDS, tasks(threads))),
      /thread \d does not hold what it should: CapEff is 000001ffffffffff instead of 0000010000001000/,
    );
  }
});

test('where no thread can be seen, or one cannot be read, nothing is verified', () => {
  const directory = tasks({ 1: STATUS });
  assert.match(
    refusal(() => verifyThreads(HOLDS, `${directory}/absent`)),
    'no thread is to be seen',
  );
  rmSync(join(directory, '1'), { recursive: true });
  assert.match(
    refusal(() => verifyThreads(HOLDS, directory)),
    'no thread is to be seen',
  );
  mkdirSync(join(directory, '1/status'), { recursive: true });
  assert.match(
    refusal(() => verifyThreads(HOLDS, directory)),
    'cannot be read',
  );
});

test('a thread whose status never is there is not taken for verified', () => {
  const directory = tasks({ 1: STATUS });
  mkdirSync(join(directory, '2'));
  assert.match(
    refusal(() => verifyThreads(HOLDS, directory)),
    'change too fast',
  );
});

test('what the kernel says of this very process is understood', () => {
  const status = readFileSync('/proc/self/status', 'latin1');
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const mask = BigInt(`0x${field('CapInh')}`);
  const holds: Holdings = {
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
    groups: process.getgroups?.() ?? [],
    capabilities: Array.from({ length: 64 }, (_, bit) => bit).filter(
      (bit) => mask & (1n << BigInt(bit)),
    ),
    umask: process.umask(),
  };
  const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'];
  // this process is no helper: of what differs only these may
  const differing = sets.filter((name) => field(name) !== field('CapInh'));
  if (field('NoNewPrivs') !== '1') differing.push('NoNewPrivs');
  const faults = faultsOf(status, holds).map((fault) => fault.split(' ')[0]);
  const groups = field('Groups').trim().split(/\s+/).filter(Boolean).length === holds.groups.length;
  assert.equal(faults.filter((name) => groups || name !== 'Groups').sort(), differing.sort());
});

test.run();
