import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SpawnImage } from '#src/posix/addon.js';
import { type Capability, capabilityNumbers } from '#src/privileged/contexts/capabilities.js';
import { publicDirectory } from '../support/executable.js';
import { testWith } from '../support/requirements.js';
import { allFive, holdingsIn } from './holdings.js';
import {
  environmentOfNode,
  image,
  inNode,
  nodeWords,
  outputOf,
  shell,
  testAsRoot,
} from './program.js';

const SETCAP = '/usr/sbin/setcap';
const environment = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'];

function powers(uid: number, ...names: Capability[]): Partial<SpawnImage> {
  return {
    environment,
    credentials: { uid, gid: uid, groups: [] },
    privileges: { capabilities: capabilityNumbers(names), umask: 0o22 },
  };
}

/** Whether the shell's line succeeds with these powers. */
async function works(line: string, more: Partial<SpawnImage>): Promise<boolean> {
  const lines = await shell(`(${line}) >/dev/null 2>&1 && echo works`, more);
  return lines.includes('works');
}

/** A copy of cat whose owner and attributes promise more than its caller has. */
function tempting(): string {
  const file = join(publicDirectory(), 'cat');
  copyFileSync('/bin/cat', file);
  return file;
}

/** What a program finds that it has when the shell starts it. */
async function statusFrom(file: string, more: Partial<SpawnImage>) {
  return holdingsIn((await shell(`${file} /proc/self/status; :`, more)).join('\n'));
}

for (const owner of [0, 4321]) {
  testAsRoot(`a set-uid and set-gid program of uid ${owner} gives nothing`, async () => {
    const file = tempting();
    chownSync(file, owner, owner);
    chmodSync(file, 0o6755);
    const { credentials } = powers(1234);
    const without = await statusFrom(file, { environment, credentials: credentials as never });
    assert.is(without.uids, `1234 ${owner} ${owner} ${owner}`, 'the trap is one');
    const more = powers(1234, 'CAP_CHOWN');
    const status = await shell(`${file} /proc/self/status`, more);
    assert.is(holdingsIn(status.join('\n')).uids, '1234 1234 1234 1234');
    assert.ok(status.includes('Gid:\t1234\t1234\t1234\t1234'));
    assert.equal(holdingsIn(status.join('\n')).sets, allFive(capabilityNumbers(['CAP_CHOWN'])));
  });
}

testAsRoot('uid 0 gets nothing back from a set-uid program of root', async () => {
  const file = tempting();
  chmodSync(file, 0o4755);
  assert.equal((await statusFrom(file, powers(0))).sets, allFive([]));
});

testAsRoot(
  'a program with capabilities of its own gives none that its starter has not',
  async () => {
    if (!existsSync(SETCAP)) return console.log(`SKIP: needs ${SETCAP}`);
    const chown = capabilityNumbers(['CAP_CHOWN']);
    const file = tempting();
    assert.is(spawnSync(SETCAP, ['cap_net_admin,cap_chown+p', file]).status, 0);
    const { credentials } = powers(1234);
    const without = await statusFrom(file, { environment, credentials: credentials as never });
    assert.equal(
      without.sets.CapPrm,
      capabilityNumbers(['CAP_CHOWN', 'CAP_NET_ADMIN']),
      'the trap is one',
    );
    for (const uid of [0, 1234]) {
      const { sets } = await statusFrom(file, powers(uid, 'CAP_CHOWN'));
      for (const [name, set] of Object.entries(sets)) {
        assert.ok(
          set.every((number) => chown.includes(number)),
          `${uid} ${name}: ${set}`,
        );
      }
      assert.equal((await statusFrom(file, powers(uid))).sets, allFive([]));
    }
    // One that asks to have them in effect from the start does not start at all.
    spawnSync(SETCAP, ['cap_net_admin+ep', file]);
    assert.not(await works(`${file} /dev/null`, powers(1234, 'CAP_CHOWN')));
  },
);

testAsRoot('uid 0 without capabilities is a user like others', async () => {
  const folder = publicDirectory();
  const file = join(folder, 'file');
  writeFileSync(file, 'secret');
  const other = spawn('/bin/sleep', ['600'], { uid: 4321, gid: 4321, stdio: 'ignore' });
  const foreign = () => {
    chownSync(file, 4321, 4321);
    chmodSync(file, 0o600);
  };
  try {
    for (const line of [
      `cat ${file}`,
      `chown 0 ${file}`,
      `chmod 777 ${file}`,
      `touch ${file}`,
      `kill -0 ${other.pid}`,
      `cat /proc/${other.pid}/environ`,
      'unshare -m true',
      'unshare -n true',
      'chroot / true',
      `mknod ${folder}/device c 1 3 && rm ${folder}/device`,
      'setpriv --clear-groups true',
      'setpriv --regid=4321 --clear-groups true',
    ]) {
      foreign();
      assert.ok(await works(line, { environment }), `with all capabilities: ${line}`);
      foreign();
      assert.not(await works(line, powers(0)), line);
    }
  } finally {
    other.kill();
  }
});

for (const uid of [0, 1234]) {
  testAsRoot(`uid ${uid} can do what its one capability is for, and nothing else`, async () => {
    const file = join(publicDirectory(), 'file');
    writeFileSync(file, 'secret', { mode: 0o600 });
    chownSync(file, 4321, 4321);
    assert.ok(await works(`cat ${file}`, powers(uid, 'CAP_DAC_READ_SEARCH')));
    assert.not(await works(`touch ${file}`, powers(uid, 'CAP_DAC_READ_SEARCH')));
    assert.not(await works(`chown 5432 ${file}`, powers(uid, 'CAP_DAC_READ_SEARCH')));
    assert.ok(await works(`chown 5432 ${file}`, powers(uid, 'CAP_CHOWN')));
    assert.is(statSync(file).uid, 5432);
    assert.not(await works(`cat ${file}`, powers(uid, 'CAP_CHOWN')));
  });
}

testAsRoot('CAP_SETPCAP and CAP_SETUID undo none of it', async () => {
  if (!existsSync('/usr/sbin/capsh')) return console.log('SKIP: needs capsh');
  const more = powers(1234, 'CAP_SETPCAP', 'CAP_SETUID');
  const has = capabilityNumbers(['CAP_SETUID', 'CAP_SETPCAP']);
  const all = { environment };
  for (const words of ['--secbits=0', '--keep=1', '--inh=cap_net_admin']) {
    assert.ok(await works(`capsh ${words} -- -c :`, all), `with all capabilities: ${words}`);
    assert.not(await works(`capsh ${words} -- -c :`, more), words);
  }
  const [file = '', ...args] = nodeWords(`
    import { execFileSync } from 'node:child_process';
    process.setuid(0);
    console.log(String(execFileSync('/bin/cat', ['/proc/self/status'])));`);
  const { uids, sets } = holdingsIn(
    (await outputOf(image(file, args, { ...more, environment: environmentOfNode }))).toString(),
  );
  assert.is(uids, '0 0 0 0', 'its capability is there');
  assert.equal(sets, allFive(has));
});

testAsRoot('what was opened before by root is not among the descriptors', async () => {
  const output = await outputOf(image('/bin/ls', ['/proc/self/fd'], powers(1234)));
  assert.equal(output.toString().split('\n').slice(0, -1), ['0', '1', '2', '3']);
});

const ALL_TIMERS = '(signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)';
const SET_TIMERS = `
import os, signal, sys
for timer in ${ALL_TIMERS}: signal.setitimer(timer, 1000)
with open('/proc/self/timerslack_ns', 'w') as slack: slack.write(sys.argv.pop(1))
os.execv(sys.argv[1], sys.argv[1:])
`;
const TELL_TIMERS = `
import signal
print([signal.getitimer(timer)[0] for timer in ${ALL_TIMERS}])
print(open('/proc/self/timerslack_ns').read().strip())
`;

testWith(['root', 'python3'], 'neither timers of the caller nor its timer slack stay', () => {
  const told = (slack: string, privileges = '') => {
    const source = `posix.become({
      file: '/usr/bin/python3',
      argv: ['python3', '-c', ${JSON.stringify(TELL_TIMERS)}],
      environment: [],
      credentials: { uid: 1234, gid: 1234, groups: [] },
      ${privileges}
    });`;
    const { stdout, stderr } = inNode(source, '', ['/usr/bin/python3', '-c', SET_TIMERS, slack]);
    assert.is(stderr, '');
    return stdout;
  };
  assert.match(told('900000000'), /^\[[1-9]\d\d\.\d+, .*\n900000000\n$/, 'they would stay');
  const privileges = 'privileges: { capabilities: [], umask: 0o22 },';
  assert.is(told('900000000', privileges), '[0.0, 0.0, 0.0]\n50000\n');
  // one by which no time limit would ever be reached does not, whatever is started
  for (const slack of ['1000000001', '4611686018427387904', '18446744073709551615']) {
    assert.match(told(slack), /\n50000\n$/, slack);
  }
});

test.run();
