import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  removeStale,
  SocketDirectory,
  SocketDirectoryError,
} from '#src/daemon/socket-directory.js';
import { inChild } from '../support/child-module.js';
import { publicDirectory } from '../support/executable.js';
import { testWith } from '../support/requirements.js';

const CALLER = 12345;
const STRANGER = 12346;
const MODULE = import.meta.resolve('#src/daemon/socket-directory.js');
const MODULES = { daemon: '#src/daemon/socket-directory.js' };

function refused(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.instance(error, SocketDirectoryError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

/** `OWNER MODE` of what stands there. */
function owned(path: string): string {
  const { uid, mode } = lstatSync(path);
  return `${uid} ${(mode & 0o7777).toString(8)}`;
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).unref(); // a failed test must not hang
    server.listen(path, () => resolve(server));
  });
}

/** A new directory with its socket handed to the caller, and what the body does with it. */
async function handedOver(
  body: (directory: SocketDirectory, base: string) => void | Promise<void>,
  uid = CALLER,
): Promise<void> {
  const base = publicDirectory();
  const directory = SocketDirectory.make(base);
  const server = await listen(directory.socketPath);
  try {
    directory.handOver(uid);
    await body(directory, base);
  } finally {
    server.close();
  }
}

/** A socket that a killed process left. */
function leaveSocket(path: string): void {
  const program = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', program, path]);
  assert.ok(lstatSync(path).isSocket());
}

/** A directory as a killed daemon of that process leaves it. */
function leaveDirectory(base: string, process = endedProcess(), socket = true): string {
  const path = join(base, `${process}.0123456789abcdef`);
  mkdirSync(path, { mode: 0o700 });
  if (socket) leaveSocket(join(path, 'rootwrap.sock'));
  return path;
}

function endedProcess(): string {
  return `${spawnSync('true').pid}.1`;
}

/** Runs a program with `daemon` and `print` in a mount namespace, behind a line of the shell. */
function inMountNamespace(line: string, program: string, ...args: string[]): string {
  const source = `import * as daemon from ${JSON.stringify(MODULE)};
    const args = process.argv.slice(1), print = (text) => process.stdout.write(String(text));
    ${program}`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-ec', `${line}; exec "$@"`, 'sh', process.execPath, '--input-type=module'].concat(
      '-e',
      source,
      ...args,
    ),
    { encoding: 'utf8', timeout: 60_000 },
  );
  assert.is(status, 0, stderr);
  return stdout;
}

function connecting(path: string, uid: number): unknown {
  return inChild(
    { net: 'node:net' },
    `answer = await new Promise((resolve) => net.connect(${JSON.stringify(path)})
      .on('connect', function () { this.destroy(); resolve('connected'); })
      .on('error', (error) => resolve(error.code)));`,
    { uid },
  );
}

test('each directory has a name that tells its process, and mode 0700', () => {
  const base = publicDirectory();
  const first = SocketDirectory.make(base);
  const second = SocketDirectory.make(base);
  const start = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /s, '').split(' ')[19];
  for (const { path, socketPath } of [first, second]) {
    assert.is(socketPath, `${path}/rootwrap.sock`);
    assert.is(dirname(path), base);
    assert.ok(basename(path).startsWith(`${process.pid}.${start}.`));
    assert.is(owned(path), `${process.geteuid?.()} 700`);
  }
  assert.is.not(first.path, second.path);
  assert.is(first.remove(), undefined);
  assert.is(second.remove(), undefined);
  assert.equal(readdirSync(base), []);
});

test('the start of a process is read behind a name with blanks and parentheses', async () => {
  const base = publicDirectory();
  const program = `process.title = ') 1 (a) S 1 2'; console.log(process.pid); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    assert.match(stat, ') 1 (a) S 1');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    leaveDirectory(base, `${child.pid}.${start}`);
    assert.equal(await removeStale(base), []);
  } finally {
    child.kill('SIGKILL');
  }
});

test('the umask does not count', () => {
  const base = publicDirectory();
  const before = process.umask(0o777);
  try {
    const { path } = SocketDirectory.make(join(base, 'made'));
    assert.is(owned(path), `${process.geteuid?.()} 700`);
    const mode = process.geteuid?.() === 0 ? '755' : '700';
    assert.is(owned(join(base, 'made')), `${process.geteuid?.()} ${mode}`);
  } finally {
    process.umask(before);
  }
});

test("a socket's path that is too long is refused before anything is made", () => {
  const base = join(publicDirectory(), 'x'.repeat(70));
  mkdirSync(base);
  assert.match(
    refused(() => SocketDirectory.make(base)),
    /at most 107 bytes, and this \d+; set daemon_directory in rootwrap.conf to a shorter/,
  );
  assert.equal(readdirSync(base), []);
});

test('a base that is missing with its parent is refused with the code', () => {
  const base = join(publicDirectory(), 'missing', 'too');
  assert.match(
    refused(() => SocketDirectory.make(base)),
    `${base}: the directory of the daemon's socket cannot be made (ENOENT); set daemon_directory`,
  );
});

test('handing over before there is a socket is an error', () => {
  const directory = SocketDirectory.make(publicDirectory());
  assert.match(
    refused(() => directory.handOver(0)),
    '(ENOENT)',
  );
  writeFileSync(directory.socketPath, '');
  assert.match(
    refused(() => directory.handOver(0)),
    'is no socket; listen there first',
  );
});

testWith(['root'], 'the caller is given the socket and the directory, others cannot connect', () =>
  handedOver(({ path, socketPath }) => {
    assert.is(owned(path), `${CALLER} 700`);
    assert.is(owned(socketPath), `${CALLER} 600`);
    assert.is(connecting(socketPath, CALLER), 'connected');
    assert.is(connecting(socketPath, STRANGER), 'EACCES');
    assert.is(connecting(socketPath, 0), 'connected');
  }),
);

testWith(['root'], 'until it is handed over nobody but root can reach the socket', async () => {
  const directory = SocketDirectory.make(publicDirectory());
  const server = await listen(directory.socketPath);
  assert.is(owned(directory.path), '0 700');
  assert.is(connecting(directory.socketPath, CALLER), 'EACCES');
  directory.handOver(CALLER, STRANGER);
  assert.is(lstatSync(directory.socketPath).gid, STRANGER);
  assert.is(lstatSync(directory.path).gid, STRANGER);
  server.close();
});

testWith(
  ['root'],
  'root makes no socket where others can change something on the way',
  async () => {
    const top = publicDirectory();
    const inStrangers = join(top, 'strangers', 'base');
    const writable = join(top, 'writable');
    const strangersLink = join(top, 'sticky', 'link');
    const file = join(top, 'file');
    for (const path of [dirname(inStrangers), inStrangers, writable, dirname(strangersLink)]) {
      mkdirSync(path);
    }
    chownSync(dirname(inStrangers), STRANGER, STRANGER);
    chmodSync(writable, 0o775);
    chmodSync(dirname(strangersLink), 0o1777);
    spawnSync('ln', ['-s', top, strangersLink], { uid: STRANGER, gid: STRANGER });
    writeFileSync(file, '');
    const missing = [
      join(top, 'strangers', 'new'),
      join(top, 'sticky', 'new'),
      join(writable, 'new'),
    ];
    for (const base of [inStrangers, writable, strangersLink, file, ...missing]) {
      assert.match(
        refused(() => SocketDirectory.make(base)),
        `${base}: the daemon's socket needs a directory that nobody but root can change`,
      );
    }
    assert.equal(readdirSync(inStrangers), []);
    assert.equal(readdirSync(writable), []);
    for (const path of missing) assert.not(existsSync(path), path);

    const left = leaveDirectory(writable);
    assert.equal(await removeStale(writable), []);
    assert.ok(existsSync(left));
  },
);

testWith(['root'], "root's own links to the base are followed once", () => {
  const top = publicDirectory();
  mkdirSync(join(top, 'real'));
  symlinkSync('real', join(top, 'link'));
  assert.is(dirname(SocketDirectory.make(join(top, 'link')).path), join(top, 'real'));
});

testWith(
  ['root', 'mount namespaces'],
  'the default of root is /run/tsrootwrap with mode 0755',
  () => {
    const stat = `print([directory.path, (fs.statSync('/run/tsrootwrap').mode & 0o7777).toString(8)])`;
    const program = `import * as fs from 'node:fs'; process.umask(0o077);
    const directory = daemon.SocketDirectory.make(undefined); ${stat}`;
    const printed = inMountNamespace('mount -t tmpfs -o mode=755 tmpfs /run', program);
    assert.match(printed, /^\/run\/tsrootwrap\/[\d.]+\.[0-9a-f]{16},755$/);
  },
);

testWith(
  ['root', 'mount namespaces'],
  'a full or read-only file system is told with its code',
  () => {
    const program = `try { daemon.SocketDirectory.make(args[0]); }
    catch (error) { print(error.name + ' ' + error.message); }`;
    const base = publicDirectory();
    const full = inMountNamespace(
      `mount -t tmpfs -o mode=755,nr_inodes=1 tmpfs ${base}`,
      program,
      base,
    );
    assert.ok(full.startsWith(`SocketDirectoryError ${base}/`), full);
    assert.match(full, '(ENOSPC); free space there or set daemon_directory in rootwrap.conf to');
    const fixed = inMountNamespace(`mount -t tmpfs -o mode=755,ro tmpfs ${base}`, program, base);
    assert.match(fixed, '(EROFS); set daemon_directory in rootwrap.conf to');
  },
);

testWith(['root'], 'what the caller put there is removed, and what its links name is not', () =>
  handedOver((directory, base) => {
    const kept = join(base, 'kept');
    mkdirSync(kept);
    writeFileSync(join(kept, 'file'), '');
    const program =
      'cd "$0"; touch a ".b c" "$(printf "\\377\\n")"; mkfifo f; mkdir d; ln -s "$1" l; ln -s "$1/file" m; chmod 0 .';
    spawnSync('sh', ['-c', program, directory.path, kept], { uid: CALLER, gid: CALLER });
    assert.is(readdirSync(directory.path).length, 8);
    assert.is(directory.remove(), undefined);
    assert.not(existsSync(directory.path));
    assert.equal(readdirSync(kept), ['file']);
  }),
);

testWith(['root'], 'a directory with something in it is not looked into, and is told', () =>
  handedOver((directory) => {
    const inner = join(directory.path, 'full', 'inner');
    const made = spawnSync('mkdir', ['-p', inner], { uid: CALLER, gid: CALLER });
    assert.is(made.status, 0);
    chmodSync(directory.path, 0o777);
    writeFileSync(join(directory.path, 'file'), '');
    assert.match(
      directory.remove() ?? '',
      `${directory.path} stays behind (ENOTEMPTY); see what its user put there and remove it`,
    );
    assert.ok(existsSync(inner));
    assert.equal(readdirSync(directory.path), ['full']);
    assert.is(owned(directory.path), '0 700', 'the caller may still change it');
    rmSync(join(directory.path, 'full'), { recursive: true });
    assert.is(directory.remove(), undefined);
  }),
);

testWith(['root'], 'a caller that keeps making files cannot keep the directory', () =>
  handedOver(async (directory) => {
    const program = 'cd "$0"; echo; i=0; while : > $i; do i=$((i+1)); done';
    const busy = spawn('sh', ['-c', program, directory.path], {
      uid: CALLER,
      gid: CALLER,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => busy.stdout.once('data', resolve));
    assert.is(directory.remove(), undefined);
    busy.kill('SIGKILL');
  }),
);

test('what is gone already needs no removal', async () => {
  await handedOver((directory) => {
    rmSync(directory.socketPath);
    assert.is(directory.remove(), undefined);
    assert.is(directory.remove(), undefined);
  }, process.geteuid?.() ?? 0);
  const base = publicDirectory();
  const directory = SocketDirectory.make(base);
  rmdirSync(directory.path);
  rmdirSync(base);
  assert.is(directory.remove(), undefined);
});

testWith(['root', 'mount namespaces'], 'what is mounted on the directory is not touched', () => {
  const base = publicDirectory();
  const left = leaveDirectory(base);
  const program = `import * as fs from 'node:fs';
    import { execFileSync } from 'node:child_process';
    const directory = daemon.SocketDirectory.make(args[0]);
    for (const path of [directory.path, args[1]]) {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=777', 'tmpfs', path]);
      fs.writeFileSync(path + '/file', '');
    }
    const removed = await daemon.removeStale(args[0]);
    const said = directory.remove();
    const modes = [directory.path, args[1]].map((path) => fs.statSync(path).mode & 0o777);
    print(JSON.stringify([removed, said, modes, fs.existsSync(directory.path + '/file')]));`;
  const [removed, said, modes, there] = JSON.parse(inMountNamespace(':', program, base, left));
  assert.equal(removed, []);
  assert.match(said, /stays behind: something is mounted on it; unmount that and remove it$/);
  assert.equal(modes, [0o777, 0o777]);
  assert.ok(there);
});

/** Where the directory of a user's daemon is made, or the error, with these variables. */
function ofUser(env: Record<string, string>, base = 'undefined'): string {
  return inChild(
    MODULES,
    `try { answer = daemon.SocketDirectory.make(${base}).path; } catch (error) { answer = error.name + ' ' + error.message; }`,
    { uid: CALLER, env },
  ) as string;
}

function callersDirectory(path: string, mode: number): string {
  mkdirSync(path);
  chownSync(path, CALLER, CALLER);
  chmodSync(path, mode);
  return path;
}

testWith(['root'], "a user's sockets are in XDG_RUNTIME_DIR, if it is the user's alone", () => {
  const top = publicDirectory();
  const runtime = callersDirectory(join(top, 'runtime'), 0o700);
  const tmp = join(top, 'tmp');
  mkdirSync(tmp);
  chmodSync(tmp, 0o1777);
  const variables = { XDG_RUNTIME_DIR: runtime, TMPDIR: tmp };
  assert.is(dirname(ofUser(variables)), join(runtime, 'tsrootwrap'));
  assert.is(owned(join(runtime, 'tsrootwrap')), `${CALLER} 700`);
  const instead = join(tmp, `tsrootwrap-${CALLER}`);
  for (const mode of [0o710, 0o705, 0o701]) {
    chmodSync(runtime, mode);
    assert.is(dirname(ofUser(variables)), instead);
  }
  chmodSync(runtime, 0o700);
  for (const other of [join(top, 'missing'), 'runtime', '', '/root', top]) {
    assert.is(dirname(ofUser({ ...variables, XDG_RUNTIME_DIR: other })), instead, other);
  }
  chownSync(runtime, STRANGER, STRANGER);
  assert.is(dirname(ofUser(variables)), instead);
  assert.is(owned(instead), `${CALLER} 700`);
});

testWith(['root'], "what others put in the place of a user's base is refused", () => {
  const tmp = publicDirectory();
  chmodSync(tmp, 0o1777);
  const base = join(tmp, `tsrootwrap-${CALLER}`);
  const refusal = `SocketDirectoryError ${base}: the daemon's socket needs a directory that nobody but root and you can change, on the whole way to it; set daemon_directory`;
  const mine = callersDirectory(join(tmp, 'mine'), 0o700);

  mkdirSync(base, { mode: 0o777 });
  chownSync(base, STRANGER, STRANGER);
  assert.match(ofUser({ TMPDIR: tmp }), refusal);
  rmdirSync(base);
  spawnSync('ln', ['-s', mine, base], { uid: STRANGER, gid: STRANGER });
  assert.match(ofUser({ TMPDIR: tmp }), refusal);
  rmSync(base);
  writeFileSync(base, '');
  chownSync(base, CALLER, CALLER);
  assert.match(ofUser({ TMPDIR: tmp }), refusal);
  rmSync(base);
  for (const mode of [0o770, 0o702]) {
    callersDirectory(base, mode);
    assert.match(ofUser({ TMPDIR: tmp }), refusal);
    assert.equal(readdirSync(base), []);
    rmdirSync(base);
  }
  chmodSync(tmp, 0o777); // anybody could rename it
  assert.match(ofUser({ TMPDIR: tmp }), refusal);
  chmodSync(tmp, 0o755);
  rmSync(base, { recursive: true, force: true });
  assert.match(
    ofUser({ TMPDIR: tmp }),
    /^SocketDirectoryError .* \(EACCES\); set daemon_directory/,
  );
});

testWith(['root'], 'a user can hand the socket to nobody else', () => {
  const base = callersDirectory(join(publicDirectory(), 'base'), 0o700);
  const answer = inChild(
    { ...MODULES, net: 'node:net' },
    `const directory = daemon.SocketDirectory.make(${JSON.stringify(base)});
    const server = net.createServer();
    await new Promise((resolve) => server.listen(directory.socketPath, resolve));
    try { directory.handOver(${STRANGER}); } catch (error) { answer = [error.name, error.message]; }
    directory.handOver(${CALLER});
    answer.push(directory.remove() ?? 'removed');
    server.close();`,
    { uid: CALLER },
  ) as string[];
  assert.is(answer[0], 'SocketDirectoryError');
  assert.match(answer[1] ?? '', /given to uid 12346 \(EPERM\); start the daemon as root or as/);
  assert.is(answer[2], 'removed');
  assert.equal(readdirSync(base), []);
});

test("a killed daemon's directory is removed, whoever has its process id now", async () => {
  const base = publicDirectory();
  const left = [leaveDirectory(base), leaveDirectory(base, `${process.pid}.1`)].sort();
  assert.equal((await removeStale(base)).sort(), left);
  assert.equal(readdirSync(base), []);
  assert.equal(await removeStale(base), []);
});

test('a base that is not there holds nothing to remove', async () => {
  const base = join(publicDirectory(), 'missing');
  assert.equal(await removeStale(base), []);
  assert.not(existsSync(base));
});

test('a daemon that lives keeps its directory, even if nobody listens', async () => {
  const base = publicDirectory();
  const { path, socketPath } = SocketDirectory.make(base);
  leaveSocket(socketPath);
  assert.equal(await removeStale(base), []);
  assert.ok(existsSync(path));
});

test('a socket on which somebody listens is not stale, and is left at once', async () => {
  const base = publicDirectory();
  const path = leaveDirectory(base, undefined, false);
  const server = await listen(join(path, 'rootwrap.sock'));
  const closed = new Promise((resolve) =>
    server.once('connection', (connection) => connection.resume().once('close', resolve)),
  );
  assert.equal(await removeStale(base), []);
  await closed;
  server.close();
});

test('a directory without a socket is stale once it is older than the making of one takes', async () => {
  const base = publicDirectory();
  const path = leaveDirectory(base, undefined, false);
  assert.equal(await removeStale(base), []);
  const { now } = Date;
  Date.now = () => now() + 10_500;
  try {
    assert.equal(await removeStale(base), [path]);
  } finally {
    Date.now = now;
  }
});

test('a link in the place of the socket is not followed', async () => {
  const base = publicDirectory();
  const path = leaveDirectory(base, undefined, false);
  const other = join(base, 'other.sock');
  const server = await listen(other);
  let connections = 0;
  server.on('connection', (connection) => {
    connections++;
    connection.destroy();
  });
  symlinkSync(other, join(path, 'rootwrap.sock'));
  assert.equal(await removeStale(base), []);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.is(connections, 0);
  server.close();
});

test('entries of another form are left alone', async () => {
  const base = publicDirectory();
  const ended = endedProcess();
  const names = [
    `${ended}.0123456789ABCDEF`,
    `${ended}.0123456789abcde`,
    `${ended}.0123456789abcdef0`,
    `0${ended}.0123456789abcdef`,
    `x${ended}.0123456789abcdef`,
    '1.0123456789abcdef',
    '0.1.0123456789abcdef',
  ];
  for (const name of names) {
    mkdirSync(join(base, name));
    leaveSocket(join(base, name, 'rootwrap.sock'));
  }
  const elsewhere = publicDirectory();
  leaveSocket(join(elsewhere, 'rootwrap.sock'));
  symlinkSync(elsewhere, join(base, `${ended}.aaaaaaaaaaaaaaaa`));
  writeFileSync(join(base, `${ended}.bbbbbbbbbbbbbbbb`), '');
  assert.equal(await removeStale(base), []);
  assert.is(readdirSync(base).length, names.length + 2);
  assert.equal(readdirSync(elsewhere), ['rootwrap.sock']);
});

testWith(
  ['root'],
  "a user neither removes another's directory nor connects to its socket",
  async () => {
    const base = callersDirectory(join(publicDirectory(), 'base'), 0o700);
    const others = leaveDirectory(base, undefined, false);
    const server = await listen(join(others, 'rootwrap.sock'));
    let connections = 0;
    server.on('connection', () => connections++);
    chmodSync(others, 0o777);
    chmodSync(join(others, 'rootwrap.sock'), 0o777);
    const own = leaveDirectory(base, `${endedProcess()}1`);
    chownSync(own, CALLER, CALLER);
    chownSync(join(own, 'rootwrap.sock'), CALLER, CALLER);
    const program = `answer = await daemon.removeStale(${JSON.stringify(base)});`;
    assert.equal(inChild(MODULES, program, { uid: CALLER }), [own]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.is(connections, 0);
    assert.ok(existsSync(join(others, 'rootwrap.sock')));
    server.close();
  },
);

testWith(
  ['root'],
  'what the caller of a killed daemon put there stays, without a crash',
  async () => {
    const base = publicDirectory();
    const left = leaveDirectory(base);
    mkdirSync(join(left, 'full', 'inner'), { recursive: true });
    assert.equal(await removeStale(base), []);
    assert.ok(existsSync(join(left, 'full', 'inner')));
  },
);

test('two daemons that start at once remove the same directories', async () => {
  const base = publicDirectory();
  for (let i = 2; i < 10; i++) leaveDirectory(base, `${endedProcess()}${i}`);
  await Promise.all([removeStale(base), removeStale(base)]);
  assert.equal(readdirSync(base), []);
});

test.run();
