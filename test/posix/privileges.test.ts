import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix, type SpawnImage } from '#src/posix/addon.js';
import { capabilityNumbers } from '#src/privileged/contexts/capabilities.js';
import { allFive, holdingsIn, lastCapability, ownCapabilities } from './holdings.js';
import {
  environmentOfNode,
  image,
  inNode,
  nodeWords,
  outputOf,
  shell,
  testAsRoot,
  thrown,
} from './program.js';
import { script, start } from './runs.js';

const [NET_ADMIN = -1] = capabilityNumbers(['CAP_NET_ADMIN']);
const SEVERAL = capabilityNumbers(['CAP_CHOWN', 'CAP_NET_ADMIN', 'CAP_AUDIT_READ']);
const SETPRIV = '/usr/bin/setpriv';
const CAPSH = '/usr/sbin/capsh';

/** What a program of that user with these capabilities is started with. */
function powers(uid: number, capabilities: readonly number[], umask = 0o27) {
  return { credentials: { uid, gid: uid, groups: [] }, privileges: { capabilities, umask } };
}

function refusal(capabilities: readonly unknown[]) {
  const more = powers(0, capabilities as number[]);
  const { code, step, message } = thrown(() => posix.spawn(image('/bin/true', [], more)));
  return { code, step, message };
}

/** A test in which a Node runs that something else starts, when that is there. */
function testBelow(program: string, title: string, body: () => void): void {
  testAsRoot(title, () => (existsSync(program) ? body() : console.log(`SKIP: needs ${program}`)));
}

/** Spawns cat on its own status with these powers, in a Node below `before`. */
function statusBelow(before: readonly string[], more: Partial<SpawnImage>) {
  const program = image('/bin/cat', ['/proc/self/status'], more);
  return inNode(
    `try {
       const { pidfd } = posix.spawn(${JSON.stringify(program)});
       posix.onExit(pidfd, () => {});
     } catch (error) { console.log(error.code, error.step, error.message); }`,
    '',
    before,
  );
}

for (const uid of [0, 1234]) {
  for (const capabilities of [[], [NET_ADMIN], SEVERAL]) {
    const what = `uid ${uid} with the capabilities [${capabilities}]`;
    const expected = {
      uids: `${uid} ${uid} ${uid} ${uid}`,
      sets: allFive(capabilities),
      noNewPrivs: '1',
      umask: '0027',
    };

    testAsRoot(`a program of ${what} has exactly these in every set`, async () => {
      const more = powers(uid, capabilities);
      const status = await outputOf(image('/bin/cat', ['/proc/self/status'], more));
      assert.equal(holdingsIn(status.toString()), expected);
    });

    testAsRoot(`what a program of ${what} starts has the same`, async () => {
      // A shell in a shell, so that a program is executed and one more after it.
      const inner = 'cat /proc/self/status; :';
      const lines = await shell(`/bin/sh -c '${inner}'; :`, {
        ...powers(uid, capabilities),
        environment: ['PATH=/usr/bin:/bin'],
      });
      assert.equal(holdingsIn(lines.join('\n')), expected);
    });

    testAsRoot(`a command that runs as ${what} has the same`, async () => {
      const command = script('exec cat /proc/self/status', powers(uid, capabilities));
      const { stdout } = await start(command).ended;
      assert.equal(holdingsIn(String(stdout)), expected);
    });

    testAsRoot(`a process that becomes a program of ${what} has the same`, () => {
      const program = {
        ...image('/bin/cat', ['/proc/self/status'], powers(uid, capabilities)),
        stdio: undefined,
      };
      const { stdout } = inNode(`posix.become(${JSON.stringify(program)});`);
      assert.equal(holdingsIn(stdout), expected);
    });
  }
}

testAsRoot('all that this process has can be given', async () => {
  const more = powers(1234, ownCapabilities());
  const status = await outputOf(image('/bin/cat', ['/proc/self/status'], more));
  assert.equal(holdingsIn(status.toString()).sets, allFive(ownCapabilities()));
});

testAsRoot('a capability named twice is one', async () => {
  const more = powers(1234, [NET_ADMIN, NET_ADMIN]);
  const status = await outputOf(image('/bin/cat', ['/proc/self/status'], more));
  assert.equal(holdingsIn(status.toString()).sets, allFive([NET_ADMIN]));
});

testAsRoot('each thread of a Node started so has exactly these', async () => {
  const [file = '', ...args] = nodeWords(`
    import { readdirSync, readFileSync } from 'node:fs';
    import { promises } from 'node:fs';
    await promises.readFile('/dev/null');
    const threads = readdirSync('/proc/self/task');
    console.log(JSON.stringify(threads.map((id) => readFileSync('/proc/self/task/' + id + '/status', 'utf8'))));`);
  const output = await outputOf(
    image(file, args, { ...powers(0, SEVERAL), environment: environmentOfNode }),
  );
  const threads = JSON.parse(output.toString()) as string[];
  assert.ok(threads.length > 4);
  for (const status of threads) assert.equal(holdingsIn(status).sets, allFive(SEVERAL));
});

testAsRoot('the umask of this process stays its own', async () => {
  const before = process.umask();
  const lines = await shell('umask', powers(0, [], before ^ 0o777));
  assert.equal(lines, [(before ^ 0o777).toString(8).padStart(4, '0')]);
  assert.is(process.umask(), before);
});

testAsRoot('the capabilities of this process stay its own', async () => {
  const before = ownCapabilities();
  await shell(':', powers(1234, [NET_ADMIN]));
  assert.equal(ownCapabilities(), before);
});

testBelow(
  CAPSH,
  'uid 0 gives no capability any more, and neither can that be changed',
  async () => {
    const more = { environment: ['PATH=/usr/sbin:/usr/bin:/bin'] };
    const lines = await shell('capsh --print', { ...powers(0, SEVERAL), ...more });
    assert.ok(lines.includes(' secure-noroot: yes (locked)'), lines.join('\n'));
    assert.ok(lines.includes(' secure-keep-caps: no (locked)'), lines.join('\n'));
    assert.ok(lines.some((line) => line.startsWith(' secure-no-suid-fixup: no')));
  },
);

for (const uid of [1000, 1234]) {
  testBelow(SETPRIV, `a starter of uid 1000 gives uid ${uid} what it has, and no more`, () => {
    // What it holds in its inheritable and ambient sets must not come through.
    const own = 'setuid,+setgid,+setpcap,+net_admin,+chown';
    const before = [SETPRIV, '--reuid=1000', `--inh-caps=+${own}`, `--ambient-caps=+${own}`];
    const { stdout, stderr } = statusBelow(before, powers(uid, [NET_ADMIN]));
    assert.equal(holdingsIn(stdout).sets, allFive([NET_ADMIN]), stderr);
  });
}

testAsRoot('a program started so can start another so, with less', () => {
  const has = capabilityNumbers(['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP', 'CAP_NET_ADMIN']);
  const program = image('/bin/cat', ['/proc/self/status'], powers(1234, [NET_ADMIN]));
  const [file = '', ...args] = nodeWords(`
    const { pidfd } = posix.spawn(${JSON.stringify(program)});
    posix.onExit(pidfd, () => {});`);
  const outer = {
    ...image(file, args, powers(0, has)),
    environment: environmentOfNode,
    stdio: undefined,
  };
  const { stdout, stderr } = inNode(`posix.become(${JSON.stringify(outer)});`);
  assert.equal(holdingsIn(stdout).sets, allFive([NET_ADMIN]), stderr);
});

testBelow(SETPRIV, 'a capability that the starter does not have is EPERM and says which', () => {
  const own = 'setuid,+setgid,+setpcap';
  const before = [SETPRIV, '--reuid=1000', `--inh-caps=+${own}`, `--ambient-caps=+${own}`];
  const { stdout } = statusBelow(before, powers(1234, [NET_ADMIN]));
  assert.is(
    stdout,
    'EPERM capabilities capabilities capability 12: EPERM: Operation not permitted\n',
  );
});

testBelow(SETPRIV, 'a capability missing from the bounding set is EPERM, though permitted', () => {
  // Root's programs have what is inheritable too, whether it is in the bounding set or not.
  const before = [SETPRIV, '--inh-caps=+net_admin', SETPRIV, '--bounding-set=-net_admin'];
  const { stdout } = statusBelow(before, powers(1234, [NET_ADMIN]));
  assert.is(stdout, 'EPERM bounding bounding capability 12: EPERM: Operation not permitted\n');
});

for (const [what, option, step] of [
  ['CAP_SETPCAP', '--bounding-set=-setpcap', 'securebits'],
  ['CAP_SETGID', '--bounding-set=-setgid', 'setgroups'],
  ['CAP_SETUID', '--bounding-set=-setuid', 'setuid'],
  ['the right to change a secure bit', '--securebits=+no_setuid_fixup_locked', 'securebits'],
  ['the right to take the power from uid 0', '--securebits=+noroot_locked', 'securebits'],
]) {
  testBelow(SETPRIV, `a starter without ${what} fails at ${step}`, () => {
    const { stdout } = statusBelow([SETPRIV, `${option}`], powers(1234, [NET_ADMIN]));
    assert.match(stdout, new RegExp(`^EPERM ${step} `));
  });
}

/** A shell with these secure bits, which replaces itself by what follows. */
const withSecureBits = (bits: number) => [
  CAPSH,
  `--secbits=${bits}`,
  '--',
  '-c',
  'exec "$@"',
  'sh',
];

testBelow(CAPSH, 'secure bits that the starter inherited are no hindrance unless locked', () => {
  const keepCapsLocked = 0x20;
  const noAmbientRaise = 0x40;
  const more = powers(1234, [NET_ADMIN]);
  const open = statusBelow(withSecureBits(keepCapsLocked | noAmbientRaise), more);
  assert.equal(holdingsIn(open.stdout).sets, allFive([NET_ADMIN]), open.stderr);
  const locked = statusBelow(withSecureBits(3 * noAmbientRaise), more);
  assert.match(locked.stdout, /^EPERM securebits /);
});

testBelow(
  SETPRIV,
  'a refused list leaves the process that was to become a program as it was',
  () => {
    const program = { ...image('/bin/true', [], powers(1234, [NET_ADMIN], 0)), stdio: undefined };
    const { stdout, stderr } = inNode(
      `import { readFileSync } from 'node:fs';
     const held = () => readFileSync('/proc/thread-self/status', 'utf8').match(/^(Uid|Gid|Groups|Cap|NoNew|Umask).*$/gm).join();
     const before = held();
     try { posix.become(${JSON.stringify(program)}); } catch (error) {
       console.log(error.step, held() === before);
     }`,
      '',
      [SETPRIV, '--bounding-set=-net_admin'],
    );
    assert.is(stdout, 'bounding true\n', stderr);
  },
);

testBelow(
  SETPRIV,
  'the memory that starter and child share is closed to equals of the child',
  () => {
    // Who may look into a process owns its files in /proc; root owns them when nobody else may.
    const own = 'setuid,+setgid,+setpcap';
    const before = [SETPRIV, '--reuid=1000', `--inh-caps=+${own}`, `--ambient-caps=+${own}`];
    const { credentials, privileges } = powers(1000, []);
    const same = { ...credentials, gid: 0 };
    const program = image('/bin/true', [], { credentials: same, privileges });
    const { stdout, stderr } = inNode(
      `import { statSync } from 'node:fs';
     const owner = () => statSync('/proc/self/environ').uid;
     console.log(owner());
     const { pidfd } = posix.spawn(${JSON.stringify(program)});
     posix.onExit(pidfd, () => console.log(owner()));`,
      '',
      before,
    );
    assert.is(stdout, '1000\n0\n', stderr);
  },
);

test('a capability that the kernel does not know is EINVAL and says which', () => {
  const unknown = lastCapability() + 1;
  assert.equal(refusal([0, unknown]), {
    code: 'EINVAL',
    step: 'bounding',
    message: `bounding capability ${unknown}: EINVAL: Invalid argument`,
  });
  assert.match(refusal([63]).message, /^bounding capability 63: /);
});

test('privileges without credentials, and values of the wrong type, are refused', () => {
  const credentials = { uid: 0, gid: 0, groups: [] };
  for (const [more, step] of [
    [{ privileges: { capabilities: [], umask: 0 } }, 'capabilities'],
    [{ credentials, privileges: { umask: 0 } }, 'capabilities'],
    [{ credentials, privileges: { capabilities: '0', umask: 0 } }, 'capabilities'],
    [{ credentials, privileges: { capabilities: ['0'], umask: 0 } }, 'capabilities'],
    [{ credentials, privileges: { capabilities: [-1], umask: 0 } }, 'capabilities'],
    [{ credentials, privileges: { capabilities: [64], umask: 0 } }, 'capabilities'],
    [{ credentials, privileges: { capabilities: [0.5], umask: 0 } }, 'capabilities'],
    [{ credentials, privileges: { capabilities: [] } }, 'umask'],
    [{ credentials, privileges: { capabilities: [], umask: 0o1000 } }, 'umask'],
    [{ credentials, privileges: { capabilities: [], umask: -1 } }, 'umask'],
  ] as const) {
    const program = image('/bin/true', [], more as Partial<SpawnImage>);
    const error = thrown(() => posix.spawn(program));
    assert.equal([error.code, error.step], ['EINVAL', step], JSON.stringify(more));
  }
  assert.throws(() =>
    posix.spawn(image('/bin/true', [], { credentials, privileges: null as never })),
  );
});

test.run();
