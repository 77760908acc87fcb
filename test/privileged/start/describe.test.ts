import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Description } from '#src/privileged/contexts/description.js';
import { type DescribeOptions, describeModules } from '#src/privileged/start/describe.js';
import { StartError } from '#src/privileged/start/start-error.js';
import { inChild } from '../../support/child-module.js';
import { start } from '../../support/executable.js';
import { until } from '../../support/patience.js';
import { temporaryDirectory } from '../../support/policy-files.js';
import { childrenOf, isAlive } from '../../support/proc.js';
import { testWith } from '../../support/requirements.js';
import { giveAway, STRANGER } from '../../support/trust.js';

const NET = `
import { context } from 'tsrootwrap/privileged';
const net = context('net', { user: 'svc-net', capabilities: ['CAP_NET_ADMIN'] });
export const upPrivileged = net.entrypoint({ name: { type: 'string' } }, () => {});
`;

/** A directory with one module that does this when it is loaded. */
function module(text: string): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, 'net.js'), text);
  return directory;
}

interface Told {
  readonly description: Description;
  readonly stderr: string;
}

async function describe(directory: string, options: DescribeOptions = {}): Promise<Told> {
  let stderr = '';
  const onStderr = (text: string) => {
    stderr += text;
  };
  const description = await describeModules(directory, {
    trustUser: true,
    onStderr,
    ...options,
  });
  assert.equal(childrenOf(process.pid), []);
  return { description, stderr };
}

async function refusal(directory: string, options: DescribeOptions = {}): Promise<string> {
  try {
    await describeModules(directory, { trustUser: true, ...options });
  } catch (error) {
    assert.instance(error, StartError, String(error));
    assert.equal(childrenOf(process.pid), []);
    return (error as StartError).message;
  }
  throw new Error('it was described');
}

test('modules are described by another process, which is gone then', async () => {
  const { description, stderr } = await describe(module(NET));
  assert.equal(
    description.contexts.map(({ name, user, capabilities }) => [name, user, capabilities]),
    [['net', 'svc-net', ['CAP_NET_ADMIN']]],
  );
  assert.equal(
    description.functions.map(({ module, name, context }) => [module, name, context]),
    [['net.js', 'upPrivileged', 'net']],
  );
  assert.is(stderr, '');
});

test('what a module prints does not get into the description, and is told', async () => {
  const { description, stderr } = await describe(
    module(`${NET}\nconsole.log('{"contexts":[]}');\nprocess.stdout.write('loud\\n');`),
  );
  assert.is(description.contexts.length, 1);
  assert.match(stderr, /\{"contexts":\[\]\}\n.*loud/s);
});

test('a module that throws is an error with its message', async () => {
  const message = await refusal(module(`${NET}\nthrow new Error('not today');`));
  assert.match(message, /cannot be loaded: .*net\.js.*not today/);
});

test('a module that ends the process is an error, whatever it says before', async () => {
  const forged = JSON.stringify({ contexts: [], functions: [], others: [] });
  for (const code of [0, 3]) {
    const text = `${NET}\nprocess.stderr.write('bye\\n');\nprocess.exit(${code});`;
    const message = await refusal(module(text));
    assert.match(message, code === 0 ? /is not as expected: it is no JSON/ : /bye \(exit code 3\)/);
  }
  // A module is root's own: what it forges it could have declared.
  const text = `import { writeSync } from 'node:fs';\nwriteSync(1, ${JSON.stringify(forged)});\nprocess.exit(0);`;
  assert.equal((await describe(module(text))).description.contexts, []);
});

test('a module that kills the process is an error with the signal', async () => {
  const message = await refusal(module("process.kill(process.pid, 'SIGKILL'); for (;;);"));
  assert.match(message, /signal 9, without a word/);
});

for (const [what, text] of [
  ['loops for ever', 'for (;;);'],
  ['waits for ever', 'await new Promise(() => setInterval(() => {}, 1000));'],
  [
    'ignores signals',
    "process.on('SIGTERM', () => {}); await new Promise(() => setInterval(() => {}, 1000));",
  ],
] as const) {
  test(`a module that ${what} is ended when the time is over`, async () => {
    const message = await refusal(module(`${NET}\n${text}`), { timeout: 1500 });
    assert.match(message, /took longer than 1\.5 s; let it do nothing but declare/);
  });
}

test('a module that writes for ever is ended', async () => {
  const text =
    "import { writeSync } from 'node:fs';\nfor (;;) try { writeSync(2, 'x'.repeat(65536)); } catch {}";
  assert.match(await refusal(module(text)), /write more than 8388608 bytes when they are loaded/);
});

testWith(['root'], 'loaded for root, a module is nobody and can do nothing', async () => {
  const directory = module('');
  const target = join(temporaryDirectory(), 'target');
  const open = temporaryDirectory();
  chmodSync(open, 0o777);
  writeFileSync(target, 'root’s', { mode: 0o600 });
  const text = `${NET}
    import { chownSync, readFileSync, writeFileSync } from 'node:fs';
    import { spawnSync } from 'node:child_process';
    const tried = {
      shadow: () => readFileSync('/etc/shadow'),
      target: () => writeFileSync(${JSON.stringify(target)}, 'changed'),
      modules: () => writeFileSync(${JSON.stringify(`${directory}/more.js`)}, ''),
      uid: () => process.setuid(0),
      owner: () => chownSync(${JSON.stringify(open)}, process.getuid(), 0),
      kill: () => process.kill(${process.pid}, 'SIGTERM'),
      parent: () => readFileSync('/proc/' + process.ppid + '/environ'),
    };
    for (const [name, attempt] of Object.entries(tried)) {
      let said = 'done';
      try { attempt(); } catch ({ code, message }) { said = code; }
      console.error(name, said);
    }
    console.error('regained', spawnSync('su', ['-c', 'id -u'], { encoding: 'utf8' }).stdout);
    console.error(readFileSync('/proc/self/status', 'utf8'));
    console.error(JSON.stringify(process.env));`;
  writeFileSync(join(directory, 'net.js'), text);
  const { description, stderr } = await describe(directory);
  assert.is(description.contexts.length, 1);
  for (const line of [
    'shadow EACCES',
    'target EACCES',
    'modules EACCES',
    'uid EPERM',
    'owner EPERM',
    'kill EPERM',
    'parent EACCES',
    'regained ',
  ]) {
    assert.ok(stderr.split('\n').includes(line), `${line}: ${stderr}`);
  }
  const [, uid = 0] = /^Uid:\t(\d+)\t\1\t\1\t\1$/m.exec(stderr) ?? [];
  assert.ok(Number(uid) >= 61184 && Number(uid) <= 65519, `${uid}`);
  assert.match(stderr, new RegExp(`^Gid:\t${uid}\t${uid}\t${uid}\t${uid}$`, 'm'));
  assert.match(stderr, /^Groups:\t? *$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) {
    assert.match(stderr, new RegExp(`^Cap${set}:\t0000000000000000$`, 'm'));
  }
  assert.match(stderr, /^NoNewPrivs:\t1$/m);
  assert.match(stderr, /^Umask:\t0077$/m);
  assert.match(
    stderr,
    /\{"PATH":"[^"]*","HOME":"\/nonexistent","LANG":"C\.UTF-8","NODE_DISABLE_COMPILE_CACHE":"1"\}/,
  );
});

testWith(['root'], 'two descriptions at once run as two nobodies', async () => {
  const text = `${NET}\nimport { readFileSync } from 'node:fs';\nconsole.error('uid', process.getuid());`;
  const directory = module(text);
  const uids = new Set<string>();
  for (let times = 0; times < 3; times++) uids.add((await describe(directory)).stderr);
  assert.ok(uids.size > 1, [...uids].join());
});

testWith(['root'], 'a module that is not root’s is not loaded for root', async () => {
  const directory = module(NET);
  const marker = join(temporaryDirectory(), 'marker');
  writeFileSync(
    join(directory, 'theirs.js'),
    `import fs from 'node:fs'; fs.writeFileSync('${marker}', '');`,
  );
  giveAway(join(directory, 'theirs.js'));
  assert.match(await refusal(directory), /theirs\.js/);
  const open = module(NET);
  chmodSync(join(open, 'net.js'), 0o666);
  assert.match(await refusal(open), /net\.js/);
  assert.not.ok(existsSync(marker));
});

testWith(
  ['root'],
  'another user describes own modules when told to trust them, and root’s always',
  () => {
    const own = module(NET);
    giveAway(own);
    giveAway(join(own, 'net.js'));
    const roots = module(NET);
    const attempt = (directory: string, trustUser: boolean) =>
      inChild(
        { start: '#src/privileged/start/describe.js' },
        `try {
        const { contexts } = await start.describeModules(${JSON.stringify(directory)}, { trustUser: ${trustUser} });
        answer = contexts.map(({ name }) => name).join();
      } catch (error) {
        answer = error.name + ' ' + error.message;
      }`,
        { uid: STRANGER },
      );
    assert.is(attempt(own, true), 'net');
    assert.is(attempt(roots, false), 'net');
    assert.match(String(attempt(own, false)), /^StartError .*net\.js/);
  },
);

testWith(['root'], 'what describes the modules goes when who asked is killed', async () => {
  const marker = join(temporaryDirectory(), 'pid');
  writeFileSync(marker, '');
  chmodSync(marker, 0o666);
  chmodSync(dirname(marker), 0o755);
  const directory = module(
    `import { writeFileSync } from 'node:fs';\nwriteFileSync('${marker}', process.pid + '\\n');\nfor (;;);`,
  );
  const asking = start(process.execPath, [
    '--input-type=module',
    '-e',
    `import { describeModules } from ${JSON.stringify(import.meta.resolve('#src/privileged/start/describe.js'))};
    await describeModules(${JSON.stringify(directory)});`,
  ]);
  await until('the loading of the module', () => readFileSync(marker, 'utf8').endsWith('\n'));
  const pid = Number(readFileSync(marker, 'utf8'));
  assert.ok(isAlive(pid));
  asking.child.kill('SIGKILL');
  await until('the end of the loading', () => !isAlive(pid));
});

test.run();
