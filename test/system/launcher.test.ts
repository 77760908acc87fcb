import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  executable,
  executableOfNpm,
  publicDirectory,
  publicPolicy,
  run,
  SAFE_PATH,
} from '../support/executable.js';
import { script } from '../support/policy-files.js';

const { config, bin } = publicPolicy('x: CommandFilter, x, root');
script(join(bin, 'x'), 'echo ran');

const mine = publicDirectory();
const marker = join(mine, 'marker');
const evilBin = join(mine, 'bin');
mkdirSync(evilBin);
const touch = `touch ${marker}`;
for (const name of ['node', 'sh', 'dash', 'bash', 'env', 'ulimit', 'unset', '[', 'echo', 'x']) {
  script(join(evilBin, name), touch);
}
writeFileSync(
  join(mine, 'x.js'),
  `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`,
);
writeFileSync(
  join(mine, 'x.mjs'),
  `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, '')`,
);
writeFileSync(join(mine, 'rc'), `${touch}\n`);
writeFileSync(
  join(mine, 'openssl.cnf'),
  `nodejs_conf = a\nopenssl_conf = a\n[a]\nengines = b\nproviders = b\n[b]\nc = d\n[d]\ndynamic_path = ${mine}/x.so\nmodule = ${mine}/x.so\nactivate = 1\n`,
);
for (const name of ['re2js', 'fs']) {
  mkdirSync(join(mine, 'node_modules', name), { recursive: true });
  writeFileSync(
    join(mine, 'node_modules', name, 'index.js'),
    `require(${JSON.stringify(`${mine}/x.js`)})`,
  );
}

const HOSTILE: Readonly<Record<string, Record<string, string>>> = {
  'NODE_OPTIONS with a module to load': { NODE_OPTIONS: `--require=${mine}/x.js` },
  'NODE_OPTIONS with a module to import': { NODE_OPTIONS: `--import=${mine}/x.mjs` },
  'NODE_OPTIONS with an OpenSSL configuration': {
    NODE_OPTIONS: `--openssl-config=${mine}/openssl.cnf`,
  },
  'NODE_OPTIONS with an inspector': { NODE_OPTIONS: '--inspect-brk=127.0.0.1:0' },
  'NODE_OPTIONS with an option that does not exist': { NODE_OPTIONS: '--no-such-option' },
  'NODE_PATH with other modules': { NODE_PATH: `${mine}/node_modules` },
  OPENSSL_CONF: {
    OPENSSL_CONF: `${mine}/openssl.cnf`,
    OPENSSL_MODULES: mine,
    OPENSSL_ENGINES: mine,
  },
  NODE_V8_COVERAGE: { NODE_V8_COVERAGE: marker },
  NODE_COMPILE_CACHE: { NODE_COMPILE_CACHE: marker },
  NODE_REDIRECT_WARNINGS: { NODE_REDIRECT_WARNINGS: marker, NODE_PENDING_DEPRECATION: '1' },
  NODE_REPL_EXTERNAL_MODULE: { NODE_REPL_EXTERNAL_MODULE: `${mine}/x.js` },
  'NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and SSL_CERT_DIR': {
    NODE_EXTRA_CA_CERTS: `${mine}/no-such`,
    SSL_CERT_FILE: `${mine}/no-such`,
    SSL_CERT_DIR: mine,
  },
  NODE_CHANNEL_FD: { NODE_CHANNEL_FD: '0' },
  'PATH with other programs of the same names': { PATH: `${evilBin}:.:${SAFE_PATH}` },
  'an empty PATH': { PATH: '' },
  'BASH_ENV and ENV': { BASH_ENV: `${mine}/rc`, ENV: `${mine}/rc` },
  'SHELLOPTS and PS4': { SHELLOPTS: 'xtrace', BASHOPTS: 'extdebug', PS4: `$(${touch})` },
  'an exported shell function': {
    'BASH_FUNC_exec%%': `() { ${touch}; }`,
    'BASH_FUNC_[%%': `() { ${touch}; }`,
    'BASH_FUNC_unset%%': `() { ${touch}; }`,
    exec: `() { ${touch}; }`,
  },
  'IFS and CDPATH': { IFS: '/', CDPATH: mine },
  'HOME with configuration files': { HOME: mine, XDG_CONFIG_HOME: mine },
  'npm’s and debugging variables': {
    npm_config_node_options: `--require=${mine}/x.js`,
    NODE_DEBUG: 'fs,module',
    NODE_DEBUG_NATIVE: 'inspector_server',
    NODE_ICU_DATA: mine,
    ICU_DATA: mine,
  },
};

const ofNpm = executableOfNpm();

for (const [what, env] of Object.entries(HOSTILE)) {
  test(`nothing of the caller’s runs, and nothing is written, with ${what}`, () => {
    for (const [file, ...words] of [
      [executable(), 'x'],
      [ofNpm, 'x'],
      [ofNpm, 'denied'],
    ] as const) {
      const { status, stdout, stderr } = run(file, [config, ...words], {
        env: { PATH: SAFE_PATH, ...env },
        cwd: mine,
        input: '{"cmd":"NODE_HANDLE"}\n',
      });
      assert.not.ok(existsSync(marker));
      assert.is(status, words[0] === 'x' ? 0 : 99, stderr);
      assert.is(stdout, words[0] === 'x' ? 'ran\n' : '');
      assert.is(stderr.split('\n').length, words[0] === 'x' ? 1 : 2, stderr);
    }
  });
}

test('the payloads above do run when it is Node itself that is called', () => {
  for (const what of [
    'NODE_OPTIONS with a module to load',
    'NODE_OPTIONS with a module to import',
  ]) {
    run(process.execPath, ['-e', ''], { env: { PATH: SAFE_PATH, ...HOSTILE[what] } });
    assert.ok(existsSync(marker), what);
    run('/bin/rm', [marker]);
  }
});

test('a file called node in the working directory is not taken', () => {
  const cwd = publicDirectory();
  script(join(cwd, 'node'), touch);
  script(join(cwd, 'sh'), touch);
  for (const file of [executable(), ofNpm]) {
    assert.is(run(file, [config, 'x'], { cwd }).stdout, 'ran\n');
  }
  assert.not.ok(existsSync(marker));
});

test('a directory called node beside the launcher is passed over', () => {
  const directory = publicDirectory();
  symlinkSync(executable(), join(directory, 'tsrootwrap'));
  mkdirSync(join(directory, 'node'));
  const { status, stderr } = run(join(directory, 'tsrootwrap'), [config, 'x']);
  assert.ok(status === 0 || (status === 97 && stderr.includes('no node beside')), stderr);
});

test('it runs with hardly any descriptors, and the command has the caller’s limit', () => {
  const { config, bin } = publicPolicy('n: CommandFilter, n, root');
  script(join(bin, 'n'), 'ulimit -Sn');
  const { stdout, stderr } = run('/bin/sh', [
    '-c',
    'ulimit -Sn 12; exec "$@"',
    'sh',
    executable(),
    config,
    'n',
  ]);
  assert.is(stdout, '12\n', stderr);
});

/** The entries of the environment and the descriptors of the Node that a daemon runs in. */
function ofDaemon(
  line: string,
  env: Record<string, string>,
): { environment: string[]; open: string } {
  const link = join(dirname(executable()), 'tsrootwrap-daemon');
  if (!existsSync(link)) symlinkSync(executable(), link);
  const look = `rm -f "$2"; ${line} "$0" "$1" >"$2" & pid=$!; while ! [ -s "$2" ]; do sleep 0.05; done
    tr "\\0" "\\n" </proc/$pid/environ; echo; ls -l /proc/$pid/fd; kill $pid`;
  const { stdout } = run('/bin/sh', ['-c', look, link, config, join(mine, 'said')], { env });
  const [environment = '', open = ''] = stdout.split('\n\n');
  return { environment: environment.split('\n').filter((entry) => entry !== ''), open };
}

test('Node is started with an environment of the launcher’s own, whatever the caller has', () => {
  const hostile = Object.fromEntries(
    Array.from({ length: 300 }, () => [`X${Math.random().toString(36).slice(2)}`, 'x']),
  );
  const more = {
    ICU_TIMEZONE_FILES_DIR: mine,
    SIMDUTF_FORCE_IMPLEMENTATION: 'x',
    UV_THREADPOOL_SIZE: '1',
  };
  const { environment } = ofDaemon('', { PATH: SAFE_PATH, HOME: '/root', ...hostile, ...more });
  assert.is(environment.length, 1, environment.join());
  assert.match(environment[0] ?? '', /^TSROOTWRAP_CALLER=[0-9]+$/);
});

test('descriptors that the caller left open are not open in the daemon', () => {
  const { open } = ofDaemon('exec 7</etc/hostname 9</etc/passwd;', { PATH: SAFE_PATH });
  assert.match(open, 'socket:');
  assert.not.match(open, /etc\/(hostname|passwd)/);
});

test('a descriptor of the caller’s in the memfd’s place is not taken for it', () => {
  const { config, bin } = publicPolicy('e: CommandFilter, e, root');
  script(join(bin, 'e'), 'env');
  writeFileSync(join(mine, 'lie'), '7 5 5\0\0LANG=evil\0');
  const line = `exec 3<${mine}/lie 4<${mine}/lie; exec "$@"`;
  const env = { PATH: SAFE_PATH, LANG: 'C', TSROOTWRAP_CALLER: '3' };
  const { stdout } = run('/bin/sh', ['-c', line, 'sh', executable(), config, 'e'], { env });
  assert.match(stdout, /^LANG=C$/m);
  assert.not.match(stdout, /evil|TSROOTWRAP_CALLER=/);
});

test('a hostile zone file of ICU’s does not reach root’s Node', () => {
  const zones = join(mine, 'icu');
  mkdirSync(zones);
  const header = Buffer.alloc(32);
  header.writeUInt16LE(32, 0);
  header.set([0xda, 0x27, 20, 0, 0, 0, 0, 0, 2, 0], 2);
  header.set(Buffer.from('ResB'), 12);
  header.set([1, 0, 0, 0, 1, 0, 0, 0], 16);
  const words = [0x40000002, 0, 1000, ...Array(1000).fill(0x7ffffff0), ...Array(1000).fill(0)];
  const body = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) body.writeUInt32LE(word, index * 4);
  writeFileSync(join(zones, 'zoneinfo64.res'), Buffer.concat([header, body]));
  const env = { PATH: SAFE_PATH, ICU_TIMEZONE_FILES_DIR: zones };
  const { status, stdout, stderr } = run(executable(), [config, 'x'], { env });
  assert.equal([status, stdout, stderr], [0, 'ran\n', '']);
});

test('package.json files above the working directory are not read', () => {
  const cwd = publicDirectory();
  writeFileSync(join(cwd, 'package.json'), '{"type": "module", "main": "x.js", broken');
  assert.is(run(executable(), [config, 'x'], { cwd }).status, 0);
});

test('it runs by a relative path and by a link to the link', () => {
  const directory = publicDirectory();
  mkdirSync(join(directory, 'sub'));
  symlinkSync(executable(), join(directory, 'sub', 'wrap'));
  symlinkSync(process.execPath, join(directory, 'sub', 'node'));
  chmodSync(directory, 0o755);
  const { stdout, stderr } = run('/bin/sh', ['-c', `sub/wrap ${config} x; sub/wrap ${config} y`], {
    cwd: directory,
  });
  assert.is(stdout, 'ran\n');
  assert.is(stderr, 'wrap: Unauthorized command: y (no filter matched)\n');
  const beside = dirname(executable());
  assert.is(run('/bin/sh', ['-c', `./tsrootwrap ${config} x`], { cwd: beside }).stdout, 'ran\n');
});

test.run();
