import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IMPORTS, privilegedPolicy, starter } from '../support/privileged-policy.js';
import { begin, startWords } from '../support/privileged-start.js';
import { testWith } from '../support/requirements.js';

/** What a process can do to itself that outlasts execve, before it becomes the rest of its words. */
const BEFORE = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
KEYCTL, ADD_KEY, MEMPOLICY, IOPRIO = ${process.arch === 'arm64' ? '219, 217, 237, 30' : '250, 248, 238, 251'}
os.nice(19)
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
libc.syscall(IOPRIO, 1, 0, 3 << 13)
libc.syscall(MEMPOLICY, 2, ctypes.byref(ctypes.c_ulong(1)), 64)
libc.personality(0x0020000)
libc.syscall(KEYCTL, 1, b'hostile')
libc.syscall(ADD_KEY, b'user', b'planted', b'by the caller', 13, -3)
open('/proc/self/oom_score_adj', 'w').write('900')
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
os.execvp(sys.argv[1], sys.argv[1:])
`;

/** What the same process is now, as the kernel tells. */
const ASK = `
import ctypes, json, os
libc = ctypes.CDLL(None, use_errno=True)
KEYCTL, REQUEST_KEY, GET_MEMPOLICY, IOPRIO_GET = ${process.arch === 'arm64' ? '219, 218, 236, 31' : '250, 249, 239, 252'}
mode = ctypes.c_int(-1)
libc.syscall(GET_MEMPOLICY, ctypes.byref(mode), None, 0, None, 0)
print(json.dumps({
  'policy': os.sched_getscheduler(0),
  'nice': os.nice(0),
  'processors': len(os.sched_getaffinity(0)),
  'io class': libc.syscall(IOPRIO_GET, 1, 0) >> 13,
  'memory': mode.value,
  'personality': libc.personality(0xffffffff),
  'oom': int(open('/proc/self/oom_score_adj').read()),
  'key': libc.syscall(KEYCTL, 10, -3, b'user', b'planted', 0) > 0,
}))
`;

const MODULE = `${IMPORTS}
import { execFileSync } from 'node:child_process';
const net = context('net', { user: 65532, group: 65532 });
export const askPrivileged = net.entrypoint({}, () => ({
  told: JSON.parse(execFileSync('/usr/bin/python3', ['-I', '-c', ${JSON.stringify(ASK)}], { encoding: 'utf8' })),
  limits: readFileSync('/proc/self/limits', 'utf8'),
}));
`;

interface Asked {
  readonly told: Readonly<Record<string, number | boolean>>;
  readonly limits: string;
}

/** What a function finds in a helper that was started behind these words. */
async function asked(...before: readonly string[]): Promise<Asked> {
  const { config } = privilegedPolicy({ 'net.js': MODULE });
  const { channel } = begin([...before, starter(), ...startWords(config).slice(1)]);
  await channel.next('ready');
  const answer = (await channel.call('askPrivileged')) as Asked;
  channel.end();
  return answer;
}

testWith(
  ['root', 'python3'],
  'a caller decides nothing about when, where and how long a helper runs',
  async () => {
    const usual = await asked();
    const { told } = await asked('/usr/bin/python3', '-I', '-c', BEFORE);
    assert.equal(told, { ...usual.told, nice: 0, oom: 0 });
    assert.is(told.policy, 0);
    assert.is(told.key, false);
    assert.is(told.personality, 0);
  },
);

testWith(
  ['root', 'python3'],
  'what only root can have given stays: a nice value below 0',
  async () => {
    const { told } = await asked('nice', '-n', '-5');
    assert.is(told.nice, -5);
  },
);

testWith(
  ['root', 'python3'],
  'limits of memory, signals and queues are taken back too, or nothing is started where they cannot be',
  async () => {
    const low = (end: string) =>
      ['memlock=0', 'msgqueue=0', 'sigpending=99', 'rttime=1'].map((is) => `--${is}:${end}`);
    const { limits } = await asked('prlimit', ...low(''));
    assert.match(limits, /^Max locked memory +65536 /m);
    assert.match(limits, /^Max msgqueue size +819200 /m);
    assert.match(limits, /^Max pending signals +1024 /m);
    assert.match(limits, /^Max realtime timeout +unlimited /m);
    const hard = await asked('prlimit', '--memlock=0:0').catch((error: Error) => error);
    if (hard instanceof Error) assert.match(hard.message, 'closed before ready');
    else assert.match(hard.limits, /^Max locked memory +65536 +65536 /m);
  },
);

test.run();
