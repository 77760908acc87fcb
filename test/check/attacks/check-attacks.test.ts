import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkAttacks } from '#src/check/attacks/check-attacks.js';
import { ATTACK_RULES } from '#src/check/attacks/rules.js';
import type { Finding } from '#src/check/finding.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { temporaryUser } from '../../support/accounts.js';
import { policyFiles } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';

function check(...lines: string[]): Finding[] {
  const findings = checkAttacks(readPolicySource(policyFiles(lines.join('\n')).config));
  for (const { rule } of findings) assert.ok(rule in ATTACK_RULES, rule);
  return findings;
}

/** The one finding about a line. */
function only(line: string): Finding {
  const found = check(line);
  assert.is(found.length, 1, JSON.stringify(found));
  return found[0] as Finding;
}

function assertFine(...lines: string[]): void {
  assert.equal(check(...lines), []);
}

test('a program with powers and any arguments is told with an attack that the filter allows', () => {
  const found = only('copy: CommandFilter, dd, root');
  assert.is(found.rule, 'free-arguments');
  assert.is(found.severity, 'high');
  assert.is(found.filter, 'copy');
  assert.is(found.line, 2);
  assert.is(found.example?.[0], 'dd');
  assert.match(found.gets ?? '', /as root/);
});

test('shells and interpreters are programs with powers, by any version and path', () => {
  for (const exec of [
    'sh',
    '/bin/bash',
    'python3',
    'python3.11',
    'python3.11-dbg',
    'perl5.36-x86_64-linux-gnu',
    '/usr/bin/perl',
    'node',
    'awk',
    '/lib64/ld-linux-x86-64.so.2',
    'run0',
  ]) {
    assert.is(only(`x: CommandFilter, ${exec}, root`).severity, 'high', exec);
  }
});

test('a pattern for anything lets each attack through', () => {
  const found = only('x: RegExpFilter, cat, root, cat, .*');
  assert.is(found.rule, 'loose-pattern');
  assert.is(found.severity, 'high');
  assert.equal(found.example, ['cat', '/etc/shadow']);
});

test('a directory where everybody may make files lets links through, and files to load', () => {
  assert.is(only('x: RegExpFilter, cat, root, cat, /tmp/.*').severity, 'high');
  assert.is(only('x: RegExpFilter, haproxy, root, haproxy, -f, /tmp/.*').severity, 'high');
  assert.is(only('x: RegExpFilter, bash, root, bash, /tmp/setup\\.sh').severity, 'high');
  assert.is(only('x: RegExpFilter, cat, root, cat, /var/tmp/app/log').severity, 'high');
});

test('a look-ahead that only looks at the first name is climbed around', () => {
  const found = only('x: RegExpFilter, cat, root, cat, /etc/app/(?!\\.\\.).*');
  assert.is(found.severity, 'high');
  assert.match(found.example?.[1] ?? '', /^\/etc\/app\/[^/.]+\/(\.\.\/)+/);
  assertFine('x: RegExpFilter, cat, root, cat, /etc/app/(?!.*\\.\\.)[a-z.]+');
});

test('a class with slash and dot climbs', () => {
  const found = only('x: RegExpFilter, rm, root, rm, -r, /var/lib/app/[a-z./]+');
  assert.is(found.severity, 'high');
  assert.match(found.problem, /leaves its directory/);
});

test('free text for a shell is found behind fixed text as well', () => {
  assert.is(only('x: RegExpFilter, sh, root, sh, -c, .*').severity, 'high');
  assert.is(only('x: RegExpFilter, sh, root, sh, -c, echo .*').severity, 'high');
  assert.is(only('x: RegExpFilter, bash, root, bash, -c, service app [a-z;]+').severity, 'high');
  assertFine('x: RegExpFilter, bash, root, bash, -c, service app (start|stop)');
  assertFine(
    'x: RegExpFilter, bash, root, bash, -c, ip link set tap[0-9a-f-]+ up > /dev/null 2>&1',
  );
});

test('a relative path starts where the caller is', () => {
  assert.is(only('x: RegExpFilter, cat, root, cat, [a-z]+').severity, 'high');
  assert.is(only('x: RegExpFilter, haproxy, root, haproxy, -f, app\\.cfg').severity, 'high');
  assert.is(only('x: RegExpFilter, rm, root, rm, .*\\.log').severity, 'high');
});

test('an option in the place of an operand is found', () => {
  const found = only('x: RegExpFilter, find, root, find, [^/]+, -name, [a-z]+');
  assert.match(JSON.stringify(found), /-delete/);
});

test('narrow patterns are left alone', () => {
  assertFine(
    'a: RegExpFilter, dd, root, dd, if=/dev/mapper/vg-[a-z0-9]+, of=/var/lib/app/[a-z0-9]+\\.img',
    'b: RegExpFilter, cat, root, cat, /var/lib/app/[a-z0-9-]+/state',
    'c: RegExpFilter, chown, root, chown, -R, app:app, /var/lib/app/[a-z0-9-]+',
    'd: RegExpFilter, ip, root, ip, link, set, tap[0-9a-f-]+, up|down',
    'e: RegExpFilter, systemctl, root, systemctl, restart, app@[0-9]+\\.service',
    'f: RegExpFilter, sysctl, root, sysctl, -w, net\\.ipv4\\.ip_forward=[01]',
    'g: ReadFileFilter, /etc/iscsi/initiatorname.iscsi',
    'h: KillFilter, root, /usr/sbin/dnsmasq, -HUP',
    'i: RegExpFilter, tee, root, tee, /sys/class/net/tap[0-9a-f-]+/mtu',
    'j: RegExpFilter, unheard-of, root, unheard-of, --now, [a-z]+',
  );
});

test('what is written out in full is what its author meant', () => {
  assertFine(
    'a: RegExpFilter, cat, root, cat, /etc/shadow',
    'b: RegExpFilter, systemctl, root, systemctl, reload, nginx',
    'c: RegExpFilter, reboot, root, reboot',
    'd: ReadFileFilter, /etc/shadow',
  );
});

test('free text in the middle of a word is found, and an escaped comma is a fixed word', () => {
  const line = "x: RegExpFilter, python3, root, python3, -c, import app; app\\.run\\('.*'\\)";
  assert.is(only(line).severity, 'high');
  assertFine(
    'x: RegExpFilter, mount, root, mount, -o, nosuid\\x2cnodev, /dev/vg-app/data, /mnt/app',
  );
});

test('a program that gives a shell at its prompt does so whatever its words are', () => {
  for (const line of [
    'x: RegExpFilter, less, root, less, /var/log/syslog',
    'x: RegExpFilter, vi, root, vi, /etc/app/app\\.conf',
    'x: RegExpFilter, chpasswd, root, chpasswd',
  ]) {
    const found = only(line);
    assert.is(found.severity, 'high', line);
    assert.match(found.problem, /, whatever its arguments are$/);
  }
  assertFine('x: RegExpFilter, reboot, root, reboot');
});

test('variables that steer programs are found by their names', () => {
  for (const name of [
    'LD_PRELOAD',
    'PATH',
    'PYTHONPATH',
    'BASH_ENV',
    'LVM_SYSTEM_DIR',
    'NODE_OPTIONS',
  ]) {
    const found = check(`x: EnvFilter, env, root, ${name}=, true`);
    assert.is(found[0]?.rule, 'variable', name);
    assert.is(found[0]?.severity, 'high', name);
    assert.equal(found[0]?.example?.slice(0, 2), ['env', `${name}=/tmp/x`]);
  }
  assertFine(
    'x: EnvFilter, env, root, LC_ALL=C, true',
    'y: EnvFilter, env, root, PROCESS_TAG=, true',
  );
});

test('words of ip that read a file or mount anywhere are told where a pattern takes them', () => {
  for (const [line, words] of [
    ['ip, monitor, file, .*', /^ip monitor file \//],
    ['ip, xfrm, monitor, file, .*', /^ip xfrm monitor file \//],
    ['ip, -all, netns, add, .*', /^ip -all netns add /],
    ['ip, -a, netns, attach, .*, 1', /^ip -a netns attach /],
  ] as const) {
    const found = only(`x: RegExpFilter, ip, root, ${line}`);
    assert.is(found.severity, 'high', line);
    assert.match(found.example?.join(' ') ?? '', words);
  }
  assert.is(only('x: IpFilter, ip, root').severity, 'medium'); // which refuses them
});

test("the words behind an EnvFilter's program are free, whatever the filter says there", () => {
  const found = only('x: EnvFilter, env, root, TAG=, haproxy, -f, /etc/haproxy/haproxy.cfg');
  assert.is(found.rule, 'free-arguments');
  assert.is(found.severity, 'high');
});

test('pass in a PathFilter is any word; a directory is what lies in it', () => {
  assert.is(only('x: PathFilter, chown, root, pass, /etc').severity, 'high');
  assert.is(only('x: PathFilter, tee, root, pass').severity, 'high');
  assert.is(only('x: PathFilter, cat, root, /root').rule, 'loose-path');
  assert.is(only('x: PathFilter, bash, root, /tmp').severity, 'high');
  assertFine(
    'x: PathFilter, chown, root, app, /var/lib/app',
    'y: PathFilter, cat, root, /var/log/app',
  );
});

test('the prefix of a chaining filter is on trial by itself', () => {
  assertFine('x: ChainingRegExpFilter, nice, root, nice, -n, [0-9]+');
  assert.is(only('x: ChainingRegExpFilter, chroot, root, chroot, /.*').severity, 'high');
  assert.is(check('x: ChainingRegExpFilter, env, root, env, .*')[0]?.severity, 'high');
});

test('a program where others may put files is theirs', () => {
  for (const exec of ['/tmp/tool', '/var/tmp/x/tool', '/home/app/bin/tool', '../../tmp/tool']) {
    const found = check(`x: RegExpFilter, ${exec}, root, tool, --fixed`);
    assert.is(found[0]?.rule, 'public-program', exec);
    assert.is(found[0]?.severity, 'high', exec);
  }
  assert.is(check('x: CommandFilter, /usr/bin/../../tmp/tool, root')[0]?.severity, 'high');
  assertFine('x: RegExpFilter, /usr/local/bin/tool, root, tool, --fixed');
});

test('a user that is not root gives less away', () => {
  assert.is(only('x: CommandFilter, bash, root').severity, 'high');
  assert.is(only('x: CommandFilter, bash, nobody').severity, 'medium');
  assert.is(only('x: CommandFilter, bash, no-such-user-here').severity, 'high');
});

testWith(['root'], 'a user in a group whose members become root gives away as much as root', () => {
  const { name } = temporaryUser();
  assert.is(only(`x: CommandFilter, bash, ${name}`).severity, 'medium');
  assert.is(spawnSync('gpasswd', ['--add', name, 'disk']).status, 0);
  assert.is(only(`x: CommandFilter, bash, ${name}`).severity, 'high');
});

test('a program that nobody has written down is told as such, where its arguments are free', () => {
  const found = only('x: CommandFilter, unheard-of, root');
  assert.is(found.rule, 'unknown-program');
  assert.is(found.severity, 'low');
});

test('a line that check advises holds nothing above low', () => {
  const found = check(
    'a: RegExpFilter, privsep-helper, root, privsep-helper, --config-file, /etc/(?!\\.\\.).*, --privsep_context, app.ctx',
    'b: CommandFilter, dd, root',
    'c: CommandFilter, chown, root',
    'd: RegExpFilter, cat, root, cat, /var/lib/app/.*',
  );
  assert.is(found.length, 4);
  for (const { instead = '', isLine } of found) {
    assert.ok(isLine, instead);
    for (const line of instead.split('\n')) {
      assert.equal(
        check(line).filter(({ severity }) => severity !== 'low'),
        [],
        line,
      );
    }
  }
});

test('patterns that check gives up on are told, and not taken for safe', () => {
  const maybe = '[a-z./]?'.repeat(1500);
  for (const pattern of [`${maybe}1`, `(?:${maybe}){300}1`, '([a-z./ ]{9})0(?:\\1){50}1']) {
    const found = check(`x: RegExpFilter, bash, root, bash, -c, ${pattern}`);
    assert.ok(
      found.some(({ rule, severity }) => rule === 'too-complex' && severity === 'high'),
      `${pattern.slice(0, 20)}: ${JSON.stringify(found)}`,
    );
  }
});

test('a tangled pattern is looked through', () => {
  const many = '.*?.*?(a+)+'.repeat(25);
  assert.is(only(`x: RegExpFilter, cat, root, cat, ${many}`).severity, 'high');
  assert.is(only('x: RegExpFilter, cat, root, cat, (?:/[a-z.]+){100}').severity, 'high');
  assert.is(only('x: RegExpFilter, cat, root, cat, (?=^/etc)[a-z/]+').severity, 'high');
});

test('a broken pattern lets nothing through', () => {
  assertFine('x: RegExpFilter, sh, root, sh, -c, (.*');
});

test('an example is a command that the engine allows', () => {
  const lines = [
    'a: RegExpFilter, cat, root, cat, /etc/app/(?!\\.\\.).*',
    'b: CommandFilter, dd, root',
    'c: EnvFilter, env, root, PATH=, TAG=, python3, -c, .*',
    'd: RegExpFilter, find, root, find, .*, -name, [a-z]+',
    'e: RegExpFilter, (ba)?sh, root, (ba)?sh, -c, echo .*',
  ];
  for (const line of lines) {
    const [, exec = ''] = line.split(', ');
    const program = exec === 'env' ? 'python3' : exec;
    const { config } = policyFiles(
      line.replace(`, ${exec}, root`, `, ${exec === 'env' ? 'env' : '/bin/true'}, root`),
    );
    for (const { example } of check(line)) {
      assert.ok(example, line);
      const source = readPolicySource(config);
      const words = example.map((word) =>
        word === program && !line.includes('RegExp') ? (exec === 'env' ? word : 'true') : word,
      );
      const decision = source.policy.decide(words);
      assert.ok(decision.outcome !== 'denied', `${line}: ${words.join(' ')}`);
    }
  }
});

test.run();
