import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkPolicy } from '#src/check/check-policy.js';
import type { Finding } from '#src/check/finding.js';
import type { LoadedModules } from '#src/check/privileged/modules.js';
import { parseRootwrapConf } from '#src/config/rootwrap-conf.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import type { ContextOptions } from '#src/privileged/contexts/declaration.js';
import { described, foundIn, modulesOf, netContext } from '../../support/modules.js';
import { policyFiles } from '../../support/policy-files.js';

const NET = described({});

function brief(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, rule }) => `${severity} ${rule.replace('privileged-', '')}`);
}

function wide(options: Partial<ContextOptions>): string[] {
  return brief(foundIn(modulesOf([NET], [netContext(options)])));
}

/** What is found with these lines behind `[DEFAULT]`, as `line severity rule`. */
function withSections(lines: string, modules = modulesOf([NET])): string[] {
  const config = parseRootwrapConf(
    `[DEFAULT]\nfilters_path = /f\n${lines}\n`,
    '/etc/rootwrap.conf',
  );
  return foundIn(modules, { config }).map(
    ({ file, line, severity, rule }) =>
      `${file === config.file ? line : 'module'} ${severity} ${rule.replace('privileged-', '')}`,
  );
}

test('a context with one narrow capability, or none, is left alone', () => {
  assert.equal(wide({}), []);
  assert.equal(wide({ capabilities: [] }), []);
  assert.equal(wide({ capabilities: ['CAP_NET_ADMIN', 'CAP_NET_BIND_SERVICE'] }), []);
  assert.equal(wide({ groups: ['netdev'], group: 'svc' }), []);
});

test('capabilities that are as good as root are found, each with what it gives', () => {
  assert.equal(wide({ capabilities: ['CAP_SYS_ADMIN'] }), ['high wide-context']);
  assert.equal(wide({ capabilities: ['CAP_SYS_MODULE'] }), ['high wide-context']);
  assert.equal(wide({ capabilities: ['CAP_DAC_OVERRIDE'] }), ['medium wide-context']);
  assert.equal(wide({ capabilities: ['CAP_CHOWN', 'CAP_SETUID'] }), [
    'medium wide-context',
    'medium wide-context',
  ]);
  assert.equal(wide({ capabilities: ['CAP_NET_RAW'] }), ['low wide-context']);
  const [finding] = foundIn(modulesOf([NET], [netContext({ capabilities: ['CAP_CHOWN'] })]));
  assert.is(finding?.problem, 'it holds CAP_CHOWN');
  assert.match(finding?.gets ?? '', 'takes /etc/shadow');
});

test('three capabilities are several', () => {
  const capabilities = ['CAP_NET_ADMIN', 'CAP_NET_BIND_SERVICE', 'CAP_IPC_LOCK'] as const;
  assert.equal(wide({ capabilities }), ['medium many-capabilities']);
});

test('root needs no capability, and neither do members of some groups', () => {
  assert.equal(wide({ capabilities: [], user: 'root' }), ['medium wide-context']);
  assert.equal(wide({ capabilities: [], user: 0 }), ['medium wide-context']);
  assert.equal(wide({ group: 'disk' }), ['medium wide-context']);
  assert.equal(wide({ groups: ['docker', 'netdev'] }), ['medium wide-context']);
});

test('names tell what is privileged and what is not', () => {
  const other = { module: 'bridge.js', name: 'helpPrivileged' };
  const plain = { module: 'bridge.js', name: 'help' };
  const functions = [described({}, { name: 'setBridge' }), NET];
  const found = foundIn(modulesOf(functions, [netContext()], [other, plain]));
  assert.equal(
    found.map(({ rule, severity, filter, instead }) => [rule, severity, filter, instead]),
    [
      ['privileged-name', 'low', 'setBridge', 'export it as setBridgePrivileged'],
      [
        'privileged-plain-function',
        'medium',
        'helpPrivileged',
        'make it an entrypoint of a context, or rename it',
      ],
    ],
  );
});

test('a context without functions is found', () => {
  const found = foundIn(modulesOf([NET], [netContext(), netContext({}, 'files')]));
  assert.equal(brief(found), ['low empty-context']);
  assert.is(found[0]?.filter, 'files');
});

test('sections of rootwrap.conf that miss their context are found where they stand', () => {
  assert.equal(withSections('[net]\nuser = svc-other\ndebug = true'), []);
  assert.equal(withSections('[nett]\nuser = svc'), ['4 medium section']);
  assert.equal(withSections('[nett]\nmax_result = 4096'), ['4 medium section']);
  assert.equal(withSections('[net]\nmax_result = 4096'), []);
  assert.equal(withSections('[nett]\ncolour = red'), []);
  assert.equal(withSections('[net]\ncolour = red'), ['4 high bad-section']);
  assert.equal(withSections('[net]\ncapabilities = CAP_NET'), ['4 high bad-section']);
});

test('what the operator adds is told, and is judged as if the module asked for it', () => {
  assert.equal(withSections('[net]\nuser = svc\ncapabilities = CAP_NET_ADMIN, CAP_SYS_ADMIN'), [
    '5 high wide-context',
    '5 low override',
  ]);
  assert.equal(withSections('[net]\nuser = root'), ['4 medium wide-context', '4 low override']);
  assert.equal(withSections('[net]\ngroups = svc'), ['4 low override']);
  const wideModule = modulesOf([NET], [netContext({ capabilities: ['CAP_SYS_ADMIN'] })]);
  assert.equal(withSections('[net]\ncapabilities =', wideModule), []);
});

test('what the operator takes away makes a path less bad', () => {
  const modules = modulesOf([described({ path: { type: 'string' } })]);
  assert.equal(withSections('', modules), ['module high free-path']);
  assert.equal(withSections('[net]\ncapabilities =', modules), ['module medium free-path']);
});

/** What is said of how the helper of `net` is started, with these filters. */
function starts(filters: string): string[] {
  const source = readPolicySource(policyFiles(filters).config);
  const found = checkPolicy(source, { trust: false, machine: false, modules: modulesOf([NET]) });
  return found.map(({ rule }) => rule).filter((rule) => rule !== 'missing-executable');
}

test('a context that no filter starts is told of, and a filter that takes any words is found', () => {
  const line = (end: string) =>
    `net: RegExpFilter, tsrootwrap-privileged, root, tsrootwrap-privileged, --config, /etc/app/rootwrap\\.conf, --context, ${end}`;
  assert.equal(starts(line('net')), []);
  assert.equal(starts(line('net|files')), []);
  assert.equal(starts(line('files')), ['privileged-no-start']);
  assert.equal(starts('hostname: ReadFileFilter, /etc/hostname'), ['privileged-no-start']);
  assert.equal(starts('net: CommandFilter, tsrootwrap-privileged, root'), ['free-arguments']);
});

test('findings say in which line of a module a function or a context stands', () => {
  const text = [
    "import { context } from 'tsrootwrap/privileged';",
    '/** setPrivileged2 and dosetPrivileged are others */',
    "const net = context('net', {",
    "  user: 'svc-net',",
    '});',
    'const doSet = 1;',
    'export const setPrivileged = net.entrypoint(',
  ].join('\n');
  const functions = [described({ path: { type: 'string' } }, { name: 'setPrivileged' })];
  const modules: LoadedModules = {
    ...modulesOf(functions, [netContext({ capabilities: ['CAP_CHOWN'] })]),
    text: (module) => (module === 'bridge.js' ? text : undefined),
  };
  assert.equal(
    foundIn(modules).map(({ file, line }) => [file, line]),
    [
      ['/modules/bridge.js', 3],
      ['/modules/bridge.js', 7],
    ],
  );
  const unknown = { ...modules, text: () => undefined };
  assert.equal(
    foundIn(unknown).map(({ file, line }) => [file, line]),
    [
      ['/modules/bridge.js', 0],
      ['/modules/bridge.js', 0],
    ],
  );
});

test('modules that cannot be loaded are one finding, with the reason', () => {
  const [finding, ...others] = foundIn({
    directory: '/modules',
    description: new Error('bridge.js: it is not there.'),
    text: () => undefined,
  });
  assert.equal(others, []);
  assert.equal(finding, {
    rule: 'privileged-load',
    severity: 'high',
    file: '/modules',
    line: 0,
    problem: 'no helper would start: bridge.js: it is not there',
  });
});

test.run();
