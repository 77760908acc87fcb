import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  executable,
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

for (const [what, env] of Object.entries(HOSTILE)) {
  test(`nothing of the caller’s runs, and nothing is written, with ${what}`, () => {
    for (const words of [['x'], ['denied']]) {
      const { status, stdout, stderr } = run(executable(), [config, ...words], {
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
  assert.is(run(executable(), [config, 'x'], { cwd }).stdout, 'ran\n');
  assert.not.ok(existsSync(marker));
});

test('a directory called node beside the launcher is passed over', () => {
  const directory = publicDirectory();
  symlinkSync(executable(), join(directory, 'tsrootwrap'));
  mkdirSync(join(directory, 'node'));
  const { status, stderr } = run(join(directory, 'tsrootwrap'), [config, 'x']);
  assert.ok(status === 0 || (status === 97 && stderr.includes('no node beside')), stderr);
});

test('nothing runs when the shell cannot learn the caller’s descriptor limit', () => {
  const line = 'ulimit -Sn 5; exec "$0" -p "$@"';
  for (const shell of ['/bin/sh', '/bin/bash'].filter(existsSync)) {
    const { status, stdout } = run('/bin/sh', ['-c', line, shell, executable(), config, 'x']);
    assert.is(stdout, '', shell);
    assert.is.not(status, 0, shell);
  }
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
