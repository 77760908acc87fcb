import { chmodSync, copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Account, temporaryUser } from '../support/accounts.js';
import { publicDirectory, run, start } from '../support/executable.js';
import { networkNamespace } from '../support/namespaces.js';
import { installModules } from '../support/privileged.js';
import { testWith } from '../support/requirements.js';

const NEEDS = ['root', 'iproute2', 'network namespaces', 'python3'] as const;

/** Asks the kernel by itself, as a program that a function starts: prints `done` or errno's name. */
const ASK = `
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def mount():
    made = libc.mount(b'none', b'/mnt', b'tmpfs', 0, None)
    if made == 0: libc.umount(b'/mnt')
    return made
def module():
    return libc.syscall(MODULE, os.open('/dev/null', os.O_RDONLY), b'', 0)
def sethostname():
    return libc.sethostname(os.uname().nodename.encode(), len(os.uname().nodename.encode()))
def setuid():
    return libc.setuid(0)
def chroot():
    return libc.chroot(b'/')
result = {'mount': mount, 'module': module, 'setuid': setuid, 'chroot': chroot, 'hostname': sethostname}[sys.argv[1]]()
print('done' if result == 0 else errno.errorcode[ctypes.get_errno()], end='')
`.replace('MODULE', process.arch === 'arm64' ? '273' : '313');

/** What is tried in each context, as itself and by a program that it starts. */
const ATTEMPTS = `
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { setgid } from 'node:process';
import { promisify } from 'node:util';
const run = promisify(execFile);
const ask = async (what) => (await run('/usr/bin/python3', ['-I', '-c', ${JSON.stringify(ASK)}, what])).stdout;
const verdict = (done) => done.then(() => 'done', ({ code, stderr = '' }) =>
  typeof code === 'string' ? code : /not permitted/.test(stderr) ? 'EPERM' : stderr || String(code));
const now = (work) => verdict(Promise.resolve().then(work));
export const ATTEMPTS = {
  shadow: () => verdict(readFile('/etc/shadow')),
  'shadow by a program': async () => {
    try { await run('/usr/bin/cat', ['/etc/shadow']); return 'done'; }
    catch ({ stderr }) { return /Permission denied/.test(stderr) ? 'EACCES' : stderr; }
  },
  sysctl: () => verdict(writeFile('/proc/sys/net/ipv4/conf/lo/accept_redirects', '1')),
  link: () => verdict(run('/sbin/ip', ['link', 'add', 'tsrw0', 'type', 'bridge'])
    .then(() => run('/sbin/ip', ['link', 'delete', 'tsrw0']))),
  mount: () => ask('mount'),
  module: () => ask('module'),
  hostname: () => ask('hostname'),
  chroot: () => ask('chroot'),
  'kill a stranger': ({ pid }) => now(() => process.kill(pid, 0)),
  'become root by a program': () => ask('setuid'),
  'change group': () => now(() => setgid(0)),
  'by a set-uid program': async ({ setuid }) => (await run(setuid, ['-u'])).stdout.trim(),
};
`;

/** By context: the user `own` is one of its own. */
const CONTEXTS = {
  none: { user: 'own', capabilities: [] },
  network: { user: 'own', capabilities: ['CAP_NET_ADMIN'] },
  admin: { user: 'own', capabilities: ['CAP_SYS_ADMIN'] },
  kill: { user: 'own', capabilities: ['CAP_KILL'] },
  read: { user: 'own', capabilities: ['CAP_DAC_READ_SEARCH'] },
  module: { user: 'own', capabilities: ['CAP_SYS_MODULE'] },
  setuid: { user: 'own', capabilities: ['CAP_SETUID'] },
  root: { user: 'root', capabilities: [] },
} as const;

type Name = keyof typeof CONTEXTS;

/**
 * What capabilities(7) says: who may do it, and what the others are told. Everybody else is refused.
 * ENOEXEC: the kernel looked at the module, so it was allowed to load one.
 */
const RULES: Readonly<
  Record<
    string,
    { readonly may: readonly Name[]; readonly refusal: string; readonly granted?: string }
  >
> = {
  shadow: { may: ['read', 'root'], refusal: 'EACCES' }, // root owns it
  'shadow by a program': { may: ['read', 'root'], refusal: 'EACCES' },
  sysctl: { may: ['network', 'root'], refusal: 'EACCES' }, // and this file too
  link: { may: ['network'], refusal: 'EPERM' },
  mount: { may: ['admin'], refusal: 'EPERM' },
  module: { may: ['module'], refusal: 'EPERM', granted: 'refused as no module' },
  hostname: { may: ['admin'], refusal: 'EPERM' },
  chroot: { may: [], refusal: 'EPERM' },
  'kill a stranger': { may: ['kill'], refusal: 'EPERM' },
  // root is it already
  'become root by a program': { may: ['setuid', 'root'], refusal: 'EPERM' },
  'change group': { may: ['root'], refusal: 'EPERM' },
};

let told: Record<Name, Record<string, string>> | undefined;
let own: Account;

/** Runs every attempt in every context, in a network namespace of its own. */
async function powers(): Promise<Record<Name, Record<string, string>>> {
  if (told !== undefined) return told;
  own = temporaryUser();
  const stranger = temporaryUser();
  const victim = start('/bin/sleep', ['1000'], { uid: stranger.uid, gid: stranger.gid });
  const setuid = join(publicDirectory(), 'id');
  copyFileSync('/usr/bin/id', setuid);
  chmodSync(setuid, 0o4755);
  const functions = Object.entries(CONTEXTS).map(([name, { user, capabilities }]) => {
    const options = { user: user === 'own' ? own.name : user, capabilities };
    return `export const ${name}Privileged = context('${name}', ${JSON.stringify(options)}).entrypoint(
      { what: { enum: Object.keys(ATTEMPTS) }, pid: { type: 'integer' }, setuid: { type: 'string' } },
      ({ what, pid, setuid }) => ATTEMPTS[what]({ pid, setuid }));`;
  });
  const { directory, modules } = installModules({
    'attempts.js': ATTEMPTS,
    'powers.js': [
      "import { context } from 'tsrootwrap/privileged';",
      "import { ATTEMPTS } from './attempts.js';",
      ...functions,
    ].join('\n'),
  });
  const service = join(directory, 'service.js');
  writeFileSync(
    service,
    `import { useHelpers } from 'tsrootwrap/privileged/testing';
    import { ATTEMPTS } from ${JSON.stringify(join(modules, 'attempts.js'))};
    import * as powers from ${JSON.stringify(join(modules, 'powers.js'))};
    const [pid, setuid] = process.argv.slice(2);
    const helpers = await useHelpers({ modules: ${JSON.stringify(modules)} });
    const told = {};
    for (const [name, call] of Object.entries(powers)) {
      const results = (told[name.replace('Privileged', '')] = {});
      for (const what of Object.keys(ATTEMPTS)) {
        results[what] = await call({ what, pid: Number(pid), setuid }).catch((error) => String(error));
      }
    }
    await helpers[Symbol.asyncDispose]();
    console.log(JSON.stringify(told));`,
  );
  const words = [
    'netns',
    'exec',
    networkNamespace(),
    process.execPath,
    service,
    String(victim.pid),
    setuid,
  ];
  const { stdout, stderr, status } = run('ip', words);
  assert.is(status, 0, stderr);
  victim.child.kill('SIGKILL');
  told = JSON.parse(stdout) as Record<Name, Record<string, string>>;
  return told;
}

/** A kernel that was built without modules refuses them to everybody, and says so. */
const LOADS_MODULES = existsSync('/proc/modules');

for (const [what, { may, refusal, granted = 'done' }] of Object.entries(RULES)) {
  testWith(NEEDS, `${what}: as the kernel has it for each set of capabilities`, async () => {
    const all = await powers();
    for (const name of Object.keys(CONTEXTS) as Name[]) {
      const answer = all[name][what] ?? 'nothing';
      const allowed = may.includes(name);
      if (what === 'module' && !LOADS_MODULES) assert.is(answer, 'ENOSYS', name);
      else if (granted === 'done') assert.is(answer, allowed ? granted : refusal, name);
      else assert.is(answer === refusal, !allowed, `${name}: ${answer}`);
    }
  });
}

testWith(NEEDS, 'a set-uid program gives nobody another user', async () => {
  const all = await powers();
  for (const name of Object.keys(CONTEXTS) as Name[]) {
    const uid = CONTEXTS[name].user === 'root' ? '0' : String(own.uid);
    assert.is(all[name]['by a set-uid program'], uid, name);
  }
});

test.run();
