import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkAttacks } from '#src/check/attacks/check-attacks.js';
import type { Finding } from '#src/check/finding.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { policyFiles } from '../../support/policy-files.js';

/** What is said of `env_keep`, which stands alone in its line behind the two of `policyFiles`. */
function found(names: string): Finding[] {
  const { config } = policyFiles('true: CommandFilter, true, root', `env_keep = ${names}`);
  return checkAttacks(readPolicySource(config)).filter(({ rule }) => rule === 'kept-variable');
}

const HIGH = [
  'PYTHONPATH',
  'PERL5LIB',
  'BASH_ENV',
  'ENV',
  'PAGER',
  'EDITOR',
  'GIT_SSH_COMMAND',
  'GIT_DIR',
  'SYSTEM_WGETRC',
  'WGETRC',
  'ZIP',
  'DEBIAN_FRONTEND',
  'DEBCONF_SYSTEMRC',
  'SS_READLINE_PATH',
  'BORG_RSH',
  'RESTIC_PASSWORD_COMMAND',
  'COMPlus_JITPath',
  'OPENSSL_CONF',
  'NODE_OPTIONS',
];

test('a name that takes over a program is high, with its line and what to do', () => {
  for (const name of HIGH) {
    const [finding, ...others] = found(name);
    assert.is(finding?.severity, 'high', name);
    assert.equal(others, []);
    assert.match(finding?.file ?? '', /rootwrap\.conf$/);
    assert.ok((finding?.line ?? 0) > 1, `${finding?.line}`);
    assert.match(finding?.problem ?? '', `env_keep hands ${name} of the caller's on`);
    assert.match(finding?.instead ?? '', `take ${name} out of env_keep`);
  }
});

test('a pattern is as bad as the worst that it takes, and names some', () => {
  for (const [pattern, example] of Object.entries({
    '*': /PYTHONPATH|BASH_ENV/,
    'PYTHON*': /PYTHONPATH/,
    'P*': /PYTHONPATH/,
    'GIT_*': /GIT_PAGER/,
    'BASH_FUNC_x*': /BASH_FUNC_\*/,
    'DEBCONF_*': /DEBCONF_\*/,
  })) {
    const [finding, ...others] = found(pattern);
    assert.is(finding?.severity, 'high', pattern);
    assert.equal(others, []);
    assert.match(finding?.problem ?? '', example);
    assert.match(finding?.instead ?? '', `in place of ${pattern}`);
  }
});

test('each name has a finding of its own, and harmless ones have none', () => {
  const problems = found('OS_*, PAGER, BUILD_ID, EDITOR').map(
    ({ problem }) => problem.split(' ')[2],
  );
  assert.equal(problems, ['PAGER', 'EDITOR']);
  assert.equal(found('OS_*, BUILD_ID, NOTIFY_SOCKET, PATH, HOME, LC_ALL'), []);
});

test('a proxy or a place of files, which may be meant, is low', () => {
  for (const name of ['http_proxy', 'TMPDIR', 'PYTHONUTF8']) {
    assert.equal(
      found(name).map(({ severity }) => severity),
      ['low'],
      name,
    );
  }
});

test('what the engine never hands on is not told of', () => {
  for (const { problem } of found('*')) assert.not.match(problem, /LD_|GLIBC|GCONV/);
  assert.equal(
    found('L*').map(({ problem }) => problem.includes('LD_')),
    [false],
  );
});

test.run();
