import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding } from '#src/check/finding.js';
import { RULES } from '#src/check/rule-table.js';
import { assertFits, ctl, validJson } from '../../support/ctl.js';
import { publicDirectory, ROOT, run, SAFE_PATH } from '../../support/executable.js';
import { testWith } from '../../support/requirements.js';

const IMPORT = "import { context } from 'tsrootwrap/privileged';\n";

const NARROW = `${IMPORT}
const net = context('net', { user: 'svc-net', capabilities: ['CAP_NET_ADMIN'] });
export const upPrivileged = net.entrypoint(
  { bridge: { type: 'string', pattern: '^[a-z0-9_-]{1,15}$' } },
  async () => {},
);
export function nameOf() {}
`;

const WIDE = `${IMPORT}
const files = context('files', { user: 'root', capabilities: ['CAP_SYS_ADMIN'] });
export const writePrivileged = files.entrypoint(
  { path: { type: 'string' }, data: { type: 'bytes' } },
  async () => {},
);
export const anyPrivileged = files.entrypoint(undefined, async () => {});
export function readPrivileged() {}
`;

const FILTERS = `[Filters]
net: RegExpFilter, tsrootwrap-privileged, root, tsrootwrap-privileged, --config, /etc/app/rootwrap\\.conf, --context, net
files: RegExpFilter, tsrootwrap-privileged, root, tsrootwrap-privileged, --config, /etc/app/rootwrap\\.conf, --context, files
`;

interface Files {
  readonly directory: string;
  readonly config: string;
}

/** A configuration with these modules, which every user can read. */
function configuration(modules: Readonly<Record<string, string>>): Files {
  const directory = publicDirectory();
  const config = join(directory, 'rootwrap.conf');
  for (const name of ['filters', 'modules']) mkdirSync(join(directory, name));
  writeFileSync(
    config,
    '[DEFAULT]\nfilters_path = filters\nprivileged_modules = modules\nprivsep_helper = false\n',
  );
  writeFileSync(join(directory, 'filters', 'app.filters'), FILTERS);
  for (const [name, text] of Object.entries(modules)) {
    writeFileSync(join(directory, 'modules', name), text);
  }
  return { directory, config };
}

async function json(config: string, ...words: string[]) {
  const { status, stdout, stderr } = await ctl(['check', config, '--json', ...words]);
  const [{ findings }] = validJson(stdout, 'check') as [{ findings: readonly Finding[] }];
  for (const { rule } of findings) assert.ok(rule in RULES, rule);
  return { status, stderr, findings };
}

function places(findings: readonly Finding[], directory: string): string[] {
  return findings.map(
    ({ rule, severity, file, line, filter }) =>
      `${file.replace(`${directory}/`, '')}:${line} ${severity} ${rule} ${filter}`,
  );
}

const BAD = [
  'modules/wide.js:3 high privileged-wide-context files',
  'modules/wide.js:3 medium privileged-wide-context files',
  'modules/wide.js:4 high privileged-any-write writePrivileged',
  'modules/wide.js:4 high privileged-free-path writePrivileged',
  'modules/wide.js:8 high privileged-no-schema anyPrivileged',
  'modules/wide.js:9 medium privileged-plain-function readPrivileged',
];

test('the modules that a configuration names are judged with it, in every format', async () => {
  const { config, directory } = configuration({ 'net.js': NARROW, 'wide.js': WIDE });
  const { status, findings } = await json(config, '--checkout');
  assert.equal(places(findings, directory), BAD);
  assert.is(status, 1);
  const text = await ctl(['check', config, '--checkout']);
  assertFits(text.stdout);
  assert.match(text.stdout.replace(/\s+/g, ' '), 'writePrivileged: path says where and data what');
  assert.match(text.stdout, 'for example: ../../etc/shadow');
  const sarif = await ctl(['check', config, '--checkout', '--format', 'sarif']);
  const [log] = validJson(sarif.stdout, 'check-sarif') as [{ runs: { results: object[] }[] }];
  assert.is(log.runs[0]?.results.length, BAD.length);
  assert.match(sarif.stdout, /wide\.js"[^}]*\},"region":\{"startLine":4\}/);
});

test('narrow modules are left alone, TypeScript as well where Node runs it', async () => {
  const types = (process.features as { typescript?: unknown }).typescript;
  const { config } = configuration({ [types ? 'net.ts' : 'net.js']: NARROW });
  const { status, stdout } = await ctl(['check', config, '--checkout', '--fail-on', 'low']);
  assert.match(stdout, 'Nothing found');
  assert.is(status, 0);
});

testWith(['root'], 'an ordinary user gets the same answer about modules of its own', () => {
  const { config, directory } = configuration({ 'net.js': NARROW, 'wide.js': WIDE });
  // Node would write its coverage where this user may not
  const env = { PATH: SAFE_PATH, NODE_V8_COVERAGE: '' };
  const user = { uid: 61_230, gid: 61_230, env };
  giveTo(directory, user.uid);
  const words = [`${ROOT}/bin/tsrootwrapctl`, 'check', config, '--checkout', '--json'];
  const { status, stdout, stderr } = run(process.execPath, words, user);
  assert.is(stderr, '');
  assert.is(status, 1);
  const [{ findings }] = validJson(stdout, 'check') as [{ findings: readonly Finding[] }];
  assert.equal(places(findings, directory), BAD);
});

testWith(
  ['root'],
  "root's check loads nobody's modules but root's, and a helper would not",
  async () => {
    const { config, directory } = configuration({ 'net.js': NARROW });
    giveTo(join(directory, 'modules', 'net.js'), 61_230);
    const { status, findings } = await json(config);
    const told = places(findings, directory);
    assert.ok(told.includes('modules:0 high privileged-load undefined'), told.join('\n'));
    assert.ok(told.includes('modules/net.js:0 high trust-owner undefined'), told.join('\n'));
    assert.is(status, 1);
  },
);

testWith(
  ['root'],
  'modules are loaded by nobody, with no capability and nothing of the environment',
  async () => {
    const spy = `
    import { readFileSync } from 'node:fs';
    const status = readFileSync('/proc/self/status', 'utf8');
    const held = /^CapBnd:\\s*0+$/m.test(status) && /^CapPrm:\\s*0+$/m.test(status);
    console.log('uid', process.getuid(), 'groups', process.getgroups().length, 'powerless', held);
    console.log('secret', process.env.SECRET, '\\x1b[31m');
  `;
    const { config } = configuration({ 'spy.js': spy });
    process.env.SECRET = 'of the caller';
    try {
      const { stderr, findings } = await json(config, '--checkout');
      assert.equal(findings, []);
      assert.match(stderr, /says: uid (?:6[1-5]\d{3}) groups \d powerless true\n/);
      assert.match(stderr, 'secret undefined \\x1b[31m');
    } finally {
      delete process.env.SECRET;
    }
  },
);

test('modules that cannot be loaded are a finding, with what they said', async () => {
  const { config, directory } = configuration({ 'net.js': 'throw new Error("no such luck");\n' });
  const { status, findings } = await json(config, '--checkout');
  assert.equal(places(findings, directory), ['modules:0 high privileged-load undefined']);
  assert.match(findings[0]?.problem ?? '', 'no such luck');
  assert.is(status, 1);
  const other = configuration({});
  const missing = await json(other.config, '--checkout', '--modules', '/nowhere/at/all');
  assert.equal(places(missing.findings, '/'), ['/nowhere/at/all:0 high privileged-load undefined']);
});

test('without modules nothing of theirs runs', async () => {
  const { config, directory } = configuration({});
  const trace = join(directory, 'trace');
  mkdirSync(trace, { mode: 0o777 });
  chmodSync(trace, 0o777);
  const module = `import { writeFileSync } from 'node:fs';\nwriteFileSync('${trace}/ran', '');\n`;
  writeFileSync(join(directory, 'modules', 'trace.js'), module);
  const without = await json(config, '--checkout', '--no-modules');
  assert.equal(without.findings, []);
  assert.equal(readdirSync(trace), []);
  await json(config, '--checkout');
  assert.ok(existsSync(join(trace, 'ran')));
});

test('--modules names a directory in the place of the one in the configuration', async () => {
  const { config, directory } = configuration({ 'net.js': NARROW });
  const other = configuration({ 'wide.js': WIDE });
  const { findings } = await json(config, '--checkout', '--modules', `${other.directory}/modules`);
  assert.equal(places(findings, other.directory), BAD);
  for (const words of [
    ['--modules', ''],
    ['--modules', directory, '--modules', directory],
  ]) {
    const { status } = await ctl(['check', config, ...words]);
    assert.is(status, 2, words.join(' '));
  }
});

test('a directory of filters names no modules', async () => {
  const { directory } = configuration({ 'wide.js': WIDE });
  const { findings } = await json(join(directory, 'filters'), '--checkout');
  assert.equal(findings, []);
});

test('files of modules that others could change are found, and not with --no-trust', async () => {
  const { config, directory } = configuration({ 'net.js': NARROW });
  mkdirSync(join(directory, 'modules', 'inner'));
  writeFileSync(join(directory, 'modules', 'inner', 'data.json'), '{}');
  chmodSync(join(directory, 'modules', 'inner', 'data.json'), 0o664);
  const isTold = async (...words: string[]) => {
    const { findings } = await json(config, ...words);
    return findings.some(
      ({ rule, file }) => /^trust-(?:mode|owner)$/.test(rule) && file.endsWith('inner/data.json'),
    );
  };
  assert.is(await isTold(), true);
  assert.is(await isTold('--no-trust'), false);
  assert.is(await isTold('--no-modules'), false);
});

test('a baseline knows what is found in modules, wherever the checkout lies', async () => {
  const { config, directory } = configuration({ 'net.js': NARROW, 'wide.js': WIDE });
  const baseline = join(directory, 'known.json');
  await json(config, '--checkout', '--write-baseline', baseline);
  const copy = publicDirectory();
  cpSync(directory, copy, { recursive: true });
  writeFileSync(join(copy, 'modules', 'wide.js'), `// moved\n${WIDE}`);
  const again = await json(join(copy, 'rootwrap.conf'), '--checkout', '--baseline', baseline);
  assert.equal(again.findings, []);
  writeFileSync(join(copy, 'modules', 'wide.js'), WIDE.replaceAll('path', 'file'));
  const changed = await json(join(copy, 'rootwrap.conf'), '--checkout', '--baseline', baseline);
  assert.equal(
    changed.findings.map(({ rule }) => rule),
    ['privileged-any-write', 'privileged-free-path'],
  );
});

function giveTo(path: string, uid: number): void {
  chownSync(path, uid, uid);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveTo(join(path, name), uid);
}

test.run();
