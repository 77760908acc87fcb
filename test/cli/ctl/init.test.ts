import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseRootwrapConf } from '#src/config/rootwrap-conf.js';
import { Policy } from '#src/policy/policy.js';
import { temporaryUser } from '../../support/accounts.js';
import { assertFits, ctl, validJson } from '../../support/ctl.js';
import { executable, publicDirectory, ROOT, run } from '../../support/executable.js';
import { script, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';
import { NO_INSTALLATION, trust } from '../../support/trust.js';

const root = process.geteuid?.() === 0;
/** Where visudo is missing, the files are written all the same. */
const WRITTEN = existsSync('/usr/sbin/visudo') ? 0 : 1;

function begin(...options: string[]) {
  const directory = join(temporaryDirectory(), 'app');
  const outcome = ctl(['init', directory, ...options]);
  return { directory, outcome, config: join(directory, 'rootwrap.conf') };
}

const modeOf = (path: string) => (lstatSync(path).mode & 0o7777).toString(8);

test('writes a configuration, a filter file and a sudoers file, and says what to do next', async () => {
  const { directory, outcome } = begin();
  const { status, stdout } = await outcome;
  assert.is(status, WRITTEN);
  assert.match(stdout, /filters\.d\/app\.filters\s+0644/);
  assert.match(stdout, /What to do next/);
  assert.match(stdout, /install -o root -g root -m 0440 \S+ \/etc\/sudoers\.d\/app\n/);
  assert.equal(readdirSync(directory).sort(), ['filters.d', 'rootwrap.conf', 'sudoers']);
  assert.equal(readdirSync(join(directory, 'filters.d')), ['app.filters']);
});

test('modes are the same under any umask, and a directory that was there keeps its own', async () => {
  for (const umask of [0o077, 0o000]) {
    const before = process.umask(umask);
    try {
      const { directory, outcome, config } = begin();
      await outcome;
      assert.is(modeOf(directory), '755');
      assert.is(modeOf(join(directory, 'filters.d')), '755');
      assert.is(modeOf(join(directory, 'filters.d', 'app.filters')), '644');
      assert.is(modeOf(config), '644');
      assert.is(modeOf(join(directory, 'sudoers')), '440');
    } finally {
      process.umask(before);
    }
  }
  const own = join(temporaryDirectory(), 'own');
  mkdirSync(own, { mode: 0o700 });
  assert.is((await ctl(['init', own])).status, WRITTEN);
  assert.is(modeOf(own), '700');
});

test('the configuration says what is meant, for every key, and holds no warning', async () => {
  const { config, directory, outcome } = begin();
  await outcome;
  const conf = parseRootwrapConf(readFileSync(config, 'utf8'), config);
  assert.equal(conf.filtersPath, [join(directory, 'filters.d')]);
  assert.equal(conf.execDirs, ['/usr/sbin', '/usr/bin', '/sbin', '/bin']);
  assert.is(conf.useSyslog, true);
  assert.is(conf.privsepHelper, false);
  assert.is(conf.rlimitNofile, 1024);
  assert.is(conf.daemonTimeout, 600);
  assert.equal(conf.warnings, []);
});

/** What `init DIR --openstack NAME` wrote and said. */
async function beginOpenstack(name: string, ...options: string[]) {
  const { config, directory, outcome } = begin('--openstack', name, '--json', ...options);
  const { status, stdout, stderr } = await outcome;
  assert.is(status, WRITTEN, stderr);
  const { next } = JSON.parse(stdout) as { next: { what: string; commands: string[] }[] };
  return {
    config,
    conf: parseRootwrapConf(readFileSync(config, 'utf8'), config),
    sudoers: readFileSync(join(directory, 'sudoers'), 'utf8').split('\n'),
    commands: next.flatMap(({ commands }) => commands),
    files: readdirSync(directory).sort(),
  };
}

/** Where each of these commands is among those of the steps, which must hold them in this order. */
function assertInOrder(commands: readonly string[], parts: readonly string[]): void {
  const places = parts.map((part) => commands.findIndex((command) => command.includes(part)));
  assert.not.ok(places.includes(-1), `${places} ${commands.join('\n')}`);
  assert.equal(
    places,
    [...places].sort((a, b) => a - b),
    commands.join('\n'),
  );
}

/** Without these there is no telling what the machine itself has in /etc/NAME. */
const FILTERS = ['--filters-path', '/etc/x/rootwrap.d,/usr/share/x/rootwrap'];

test('for a service of OpenStack its filters are kept, and its keys are as it counts on them', async () => {
  const { conf, files } = await beginOpenstack('cinder', ...FILTERS);
  assert.is(conf.privsepHelper, true);
  assert.is(conf.signalExitCode, true);
  assert.equal(conf.filtersPath, ['/etc/x/rootwrap.d', '/usr/share/x/rootwrap']);
  assert.equal(conf.execDirs?.slice(0, 2), ['/sbin', '/usr/sbin']);
  assert.ok(conf.execDirs?.includes('/usr/lpp/mmfs/bin'));
  assert.equal(conf.warnings, []);
  assert.equal(files, ['rootwrap.conf', 'sudoers']);
});

test('a service that has the name in its code gets a link of that name, and the key it reads', async () => {
  for (const name of ['nova', 'cinder', 'manila', 'zun', 'ceilometer', 'glance']) {
    const { config, sudoers, commands } = await beginOpenstack(name, ...FILTERS);
    const link = `/usr/local/bin/${name}-rootwrap`;
    assert.ok(commands.includes(`sudo ln -s /usr/local/bin/tsrootwrap ${link}`), commands.join());
    assert.ok(commands.includes(`rootwrap_config = ${config}`));
    assert.ok(!commands.some((command) => command.includes('-daemon')));
    assert.equal(
      sudoers.filter((line) => line.includes('NOPASSWD')),
      [`#svc ALL=(root) NOPASSWD: ${link} ${config} *`],
    );
    assert.ok(
      sudoers.some((line) => line.startsWith('#Defaults:svc secure_path="/usr/local/bin:')),
      sudoers.join('\n'),
    );
  }
});

test('a service that runs is stopped before anything that its calls meet changes', async () => {
  for (const [name, key] of [
    ['cinder', 'rootwrap_config ='],
    ['neutron', 'root_helper ='],
    ['ironic-inspector', 'rootwrap_config ='],
  ] as const) {
    const { config, commands } = await beginOpenstack(name, ...FILTERS);
    assertInOrder(commands, [
      `sudo tsrootwrapctl check ${config}`,
      key,
      'sudo systemctl stop UNIT',
      'sudo visudo -cf',
      ...(name === 'ironic-inspector' ? ['dpkg-divert'] : []),
      'sudo ln -s',
      'sudo systemctl start UNIT',
      'sudo grep -rl',
    ]);
  }
});

testWith(['root'], 'the check is told the user, and looks with the rights of root', async () => {
  const { name } = temporaryUser();
  const { config, commands } = await beginOpenstack('nova', ...FILTERS, '--user', name);
  assert.ok(commands.includes(`sudo tsrootwrapctl check ${config} --user ${name}`));
});

test('neutron is told its command lines, and has the daemon as well', async () => {
  const { config, sudoers, commands, conf } = await beginOpenstack('neutron', ...FILTERS);
  const link = '/usr/local/bin/neutron-rootwrap';
  assert.ok(commands.includes(`root_helper = sudo ${link} ${config}`));
  assert.ok(commands.includes(`root_helper_daemon = sudo ${link}-daemon ${config}`));
  assert.ok(commands.includes(`sudo ln -s /usr/local/bin/tsrootwrap-daemon ${link}-daemon`));
  assert.equal(
    sudoers.filter((line) => line.includes('NOPASSWD')),
    [
      `#svc ALL=(root) NOPASSWD: ${link} ${config} *`,
      `#svc ALL=(root) NOPASSWD: ${link}-daemon ${config}`,
    ],
  );
  assert.ok(conf.execDirs?.includes('/etc/neutron/kill_scripts'));
});

test('ironic-inspector, which calls a full path, gets the link there', async () => {
  const { sudoers, commands } = await beginOpenstack('ironic-inspector', ...FILTERS);
  const link = '/usr/bin/ironic-inspector-rootwrap';
  assert.ok(commands.includes(`sudo ln -s /usr/local/bin/tsrootwrap ${link}`));
  assert.ok(
    commands.some((command) => command.startsWith(`sudo dpkg-divert --local --rename ${link}`)),
  );
  assert.ok(sudoers.some((line) => line.includes(`NOPASSWD: ${link} `)));
});

testWith(
  ['root'],
  "a service's own rootwrap.conf says where its filters and programs are",
  async () => {
    const name = `tsrw-${process.pid}`;
    const own = `/etc/${name}`;
    mkdirSync(own);
    process.on('exit', () => rmSync(own, { recursive: true, force: true }));
    const write = (text: string) =>
      writeFileSync(join(own, 'rootwrap.conf'), `[DEFAULT]\n${text}\n`);
    write('filters_path = rootwrap.d,/usr/share/x\nexec_dirs = /opt/x/bin,/usr/bin\nunknown = 1');
    const { conf } = await beginOpenstack(name);
    assert.equal(conf.filtersPath, [`${own}/rootwrap.d`, '/usr/share/x']);
    assert.equal(conf.execDirs, ['/opt/x/bin', '/usr/bin']);
    chownSync(own, 65_534, 65_534);
    write('filters_path = /etc/a b');
    const { outcome, directory } = begin('--openstack', name);
    const { status, stderr } = await outcome;
    assert.is(status, 2);
    assert.match(
      stderr.replaceAll(/\s+/g, ' '),
      /to leave \S+ out, name its directories by --filters-path/,
    );
    assert.not.ok(existsSync(directory));
    assert.equal((await beginOpenstack(name, ...FILTERS)).conf.execDirs?.length, 6);
  },
);

testWith(
  ['root'],
  "filters in a directory of the service's own, and files of its own, are told to be given to root",
  async () => {
    const above = publicDirectory();
    mkdirSync(join(above, 'rootwrap.d'));
    const filters = ['--filters-path', join(above, 'rootwrap.d')];
    const told = async () =>
      (await beginOpenstack('nova', ...filters)).commands.filter((line) =>
        line.includes('chown root'),
      );
    assert.equal(await told(), []);
    chownSync(above, 65_534, 65_534);
    const [line = ''] = await told();
    const paste = (pasted: string) =>
      spawnSync('/bin/sh', ['-c', pasted.replaceAll(/\bsudo /g, '')]).status;
    assert.is(paste(line), 0, line);
    assert.equal(await told(), []);
    const file = join(above, 'rootwrap.d', 'own.filters');
    writeFileSync(file, '[Filters]\n');
    for (const open of [() => chownSync(file, 65_534, 65_534), () => chmodSync(file, 0o664)]) {
      open();
      const [again = ''] = await told();
      assert.is(paste(again), 0, again);
      assert.equal(await told(), []);
      assert.is(statSync(file).uid, 0);
    }
  },
);

test('what was written loads, and allows its one example and nothing near it', async () => {
  const { config, outcome } = begin();
  await outcome;
  const policy = Policy.load(config);
  assert.equal(policy.warnings, []);
  assert.is(policy.decide(['uname', '-r']).outcome, 'allowed');
  for (const words of [['uname'], ['uname', '-a'], ['uname', '-r', '-a'], ['id'], ['lsblk']]) {
    assert.is(policy.decide(words).outcome, 'denied');
  }
  const { status, stdout } = run(executable(), [config, 'uname', '-r']);
  assert.is(status, 0);
  assert.is(stdout, spawnSync('uname', ['-r'], { encoding: 'utf8' }).stdout);
});

test('check finds nothing in what was written', async () => {
  const { config, outcome } = begin();
  await outcome;
  const { status, stdout } = await ctl(['check', config, '--no-trust', '--json']);
  assert.equal((JSON.parse(stdout) as { findings: unknown[] }).findings, []);
  assert.is(status, 0);
  if (root) assert.equal(trust(config), []);
});

test('with contexts it writes where their modules are, and a filter for each with fixed words', async () => {
  const bin = script(join(temporaryDirectory(), 'tsrootwrap'));
  script(`${bin}-privileged`);
  const modules = publicDirectory();
  writeFileSync(
    join(modules, 'net.mjs'),
    `import { context } from 'tsrootwrap/privileged';
    const net = context('net', { user: 'nobody' });
    export const upPrivileged = net.entrypoint({}, () => {});`,
  );
  const { config, directory, outcome } = begin(
    ...['--context', 'net', '--context', 'files-2', '--modules', modules],
    ...['--bin', bin],
  );
  const { status, stdout } = await outcome;
  assert.is(status, WRITTEN);
  assert.match(stdout, /Install the modules of the privileged functions in/);
  const command = `command: ['sudo', '-n', '${bin}']`; // sudo would not find it by its name
  assert.ok(stdout.includes(`configure({ config: '${config}', ${command} });`), stdout);
  const conf = parseRootwrapConf(readFileSync(config, 'utf8'), config);
  assert.is(conf.privilegedModules, modules);
  assert.equal(conf.warnings, []);
  const policy = Policy.load(config);
  assert.equal(policy.warnings, []);
  const decide = (...words: string[]) => policy.decide(['tsrootwrap-privileged', ...words]);
  for (const name of ['net', 'files-2']) {
    const decision = decide('--config', config, '--context', name);
    assert.is(decision.outcome, 'allowed');
    if (decision.outcome !== 'allowed' || decision.plan.kind !== 'command') throw new Error(name);
    assert.is(decision.plan.file, `${bin}-privileged`);
    assert.is(decision.plan.user, 'root');
  }
  for (const words of [
    ['--config', config, '--context', 'other'],
    ['--config', config, '--context', 'net', '--context', 'files-2'],
    ['--config', config, '--context', 'net', '--user', 'root', '--', 'id'],
    ['--config', config.replace('.conf', 'xconf'), '--context', 'net'],
    ['--config', join(directory, 'other.conf'), '--context', 'net'],
  ]) {
    assert.is(decide(...words).outcome, 'denied', words.join(' '));
  }
  const { stdout: found } = await ctl(['check', config, '--no-trust', '--json']);
  const { findings } = JSON.parse(found) as { findings: { rule: string }[] };
  // these files lie below a directory for temporary ones
  assert.equal(
    findings.filter(({ rule }) => rule !== 'public-program'),
    [],
  );
});

test('contexts beside filters that are there are lines to add, and nothing is changed', async () => {
  const { outcome, directory } = begin(
    ...['--context', 'net', '--modules', '/usr/lib/app/modules'],
    ...['--filters-path', '/etc/app/filters.d', '--json'],
  );
  const { next } = JSON.parse((await outcome).stdout) as { next: { commands: string[] }[] };
  const pattern = directory.replaceAll('.', '\\.');
  const line = `net-helper: RegExpFilter, /usr/local/bin/tsrootwrap-privileged, root, tsrootwrap-privileged, --config, ${pattern}/rootwrap\\.conf, --context, net`;
  assert.ok(
    next.some(({ commands }) => commands.includes(line)),
    JSON.stringify(next),
  );
  // here it is where sudo finds it by its name
  const call = `configure({ config: '${directory}/rootwrap.conf' });`;
  assert.ok(next.some(({ commands }) => commands.includes(call)));
});

test('contexts without modules, and what is no name of one, are refused', async () => {
  const modules = ['--modules', '/usr/lib/app/modules'];
  for (const [words, said] of [
    [['--context', 'net'], /belong together; give both or neither/],
    [modules, /belong together/],
    [['--context', 'Net', ...modules], /"Net" is no name of a context/],
    [['--context', 'a, root', ...modules], /is no name of a context/],
    [['--context', 'net', '--context', 'net', ...modules], /named twice/],
    [['--context', 'net', '--modules', 'relative'], /the directory of the modules/],
    [['--context', 'net', '--modules', '/a b'], /the directory of the modules/],
    [['--context', 'net', ...modules, '--bin', '/usr/bin/tsrootwrap-privileged'], /starts helpers/],
  ] as const) {
    const { directory, outcome } = begin(...words);
    const { status, stderr } = await outcome;
    assert.is(status, 2);
    assert.match(stderr.replaceAll(/\s+/g, ' '), said);
    assert.not.ok(existsSync(directory));
  }
});

test('a directory in which sudo itself would read the file is refused', async () => {
  const above = temporaryDirectory();
  for (const name of ['sudoers.d', 'etc']) {
    mkdirSync(join(above, name));
    const { status, stderr } = await ctl(['init', join(above, name)]);
    assert.is(status, 2);
    assert.match(stderr, /sudo itself would read/);
    assert.equal(readdirSync(join(above, name)), []);
  }
});

test('the commented examples are filters as well, none of which is skipped', async () => {
  const { directory, config, outcome } = begin();
  await outcome;
  const file = join(directory, 'filters.d', 'app.filters');
  const text = readFileSync(file, 'utf8');
  const all = text.replaceAll(/^#(\w+: \w+Filter)/gm, '$1');
  assert.ok(all !== text);
  writeFileSync(file, all);
  assert.equal(Policy.load(config).warnings, []);
  assert.is(Policy.load(config).filters.length, 6);
});

test('sudoers lines name the executable, the configuration and nothing that varies', async () => {
  const bin = join(temporaryDirectory(), 'tsrootwrap');
  script(bin);
  const user = root ? temporaryUser().name : undefined;
  const { config, directory, outcome } = begin('--bin', bin, ...(user ? ['--user', user] : []));
  await outcome;
  const lines = readFileSync(join(directory, 'sudoers'), 'utf8').split('\n');
  const start = `${user ?? '#svc'} ALL=(root) NOPASSWD:`;
  for (const line of [
    `${start} ${bin} ${config} *`,
    `${start} ${bin}-daemon ${config}`,
    `${start} ${bin}-daemon --stdio ${config}`,
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.is(lines.filter((line) => line.includes('ALL=')).length, 3);
});

testWith(
  ['root', 'sudo'],
  'with its sudoers line a service calls exactly this policy',
  async () => {
    const { name, uid, gid } = temporaryUser();
    const directory = join(publicDirectory(), 'app');
    const bin = executable();
    assert.is((await ctl(['init', directory, '--user', name, '--bin', bin])).status, 0);
    const place = `/etc/sudoers.d/${name}`;
    process.on('exit', () => spawnSync('rm', ['-f', place]));
    spawnSync('install', ['-m', '0440', join(directory, 'sudoers'), place]);
    const call = (...words: string[]) => run('/usr/bin/sudo', ['-n', bin, ...words], { uid, gid });
    const config = join(directory, 'rootwrap.conf');
    assert.is(call(config, 'uname', '-r').status, 0);
    const installation = NO_INSTALLATION;
    symlinkSync('tsrootwrap', `${bin}-daemon`);
    const rules = trust(config, { user: name, installation }).map(({ rule }) => rule);
    assert.not.ok(
      rules.some((rule) => rule.startsWith('sudoers')),
      rules.join(),
    );
    assert.is(call(config, 'uname', '-a').status, 99);
    assert.is.not(call(join(ROOT, 'rootwrap.conf'), 'id').status, 0);
    assert.match(call(join(ROOT, 'rootwrap.conf'), 'id').stderr, /password|not allowed/);
    spawnSync('rm', ['-f', place]);
  },
);

testWith(
  ['root', 'sudo'],
  'a service that calls `sudo NAME-rootwrap CONFIG` gets there by the link and the line, and only so',
  async () => {
    const user = temporaryUser();
    const filters = publicDirectory();
    writeFileSync(
      join(filters, 'own.filters'),
      '[Filters]\ntrue: CommandFilter, true, root\nend: RegExpFilter, sh, root, sh, -c, kill -SEGV [$]+\n',
    );
    const directory = join(publicDirectory(), 'app');
    const bin = executable();
    const words = ['--openstack', user.name, '--user', user.name, '--bin', bin];
    const { status, stdout, stderr } = await ctl([
      'init',
      directory,
      ...words,
      '--filters-path',
      filters,
      '--json',
    ]);
    assert.is(status, 0, stderr);
    const { next } = JSON.parse(stdout) as { next: { commands: string[] }[] };
    const place = `/etc/sudoers.d/tsrootwrap-${user.name}`;
    process.on('exit', () => rmSync(place, { force: true }));
    const pasted = next
      .flatMap(({ commands }) => commands)
      .filter((command) => /^sudo (?:ln|visudo) /.test(command));
    for (const command of pasted) {
      assert.is(
        spawnSync('/bin/sh', ['-c', command.replaceAll(/\bsudo /g, '')]).status,
        0,
        command,
      );
    }
    const { uid, gid } = user;
    // as processutils does; the name is looked for where the sudoers file says, not in PATH
    const call = (...argv: string[]) => run('/usr/bin/sudo', ['-n', ...argv], { uid, gid });
    const config = join(directory, 'rootwrap.conf');
    const name = `${user.name}-rootwrap`;
    assert.is(call(name, config, 'true').status, 0, call(name, config, 'true').stderr);
    const refused = call(name, config, 'id');
    assert.is(refused.status, 99);
    assert.match(refused.stderr, new RegExp(`^${name}: Unauthorized command: id `));
    assert.is(call(name, config, 'sh', '-c', 'kill -SEGV $$').status, 139);
    for (const other of [
      [bin, config, 'true'],
      [`${bin}-daemon`, config],
      [name, join(ROOT, 'rootwrap.conf'), 'id'],
    ]) {
      assert.match(call(...other).stderr, /password|not allowed|not found/, other.join(' '));
    }
    rmSync(place);
  },
);

test('when one of the files is there nothing is written, whatever it is', async () => {
  for (const [name, make] of [
    ['rootwrap.conf', (path: string) => writeFileSync(path, 'mine')],
    ['sudoers', (path: string) => symlinkSync('/nonexistent', path)],
    ['sudoers', (path: string) => mkdirSync(path)],
    ['filters.d', (path: string) => writeFileSync(path, '')],
    ['filters.d', (path: string) => symlinkSync('/tmp', path)],
  ] as const) {
    const directory = temporaryDirectory();
    make(join(directory, name));
    const { status, stderr } = await ctl(['init', directory]);
    assert.is(status, 2);
    assert.match(stderr, /exists already, and nothing was written/);
    assert.equal(readdirSync(directory), [name]);
  }
});

test('filters that are there already do not become part of a new policy', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'filters.d'));
  assert.is((await ctl(['init', directory])).status, WRITTEN);
  const other = temporaryDirectory();
  mkdirSync(join(other, 'filters.d'));
  writeFileSync(join(other, 'filters.d', 'old'), '[Filters]\n');
  assert.is((await ctl(['init', other])).status, 2);
  assert.equal(readdirSync(other), ['filters.d']);
});

test('names that mean something else in sudoers are refused as users', async () => {
  const hostile = [
    'ALL', 'SVC', '%wheel', '#0', '#1000', '+netgroup', '!svc', 'a b', 'a,b', 'a=b', 'a:b', 'a\\', '*',
    's?c', '[a]', 'a\nroot ALL=(ALL) NOPASSWD: ALL\n', 'svc\u2028x', 'Defaults', 'User_Alias', '"root"',
    '-x', 'x'.repeat(300), '@include', 'include', 'svc#', '', '..',
  ]; // biome-ignore format: a list reads better
  for (const user of hostile) {
    const { directory, outcome } = begin(`--user=${user}`);
    const { status, stderr } = await outcome;
    assert.is(status, 2, user);
    assert.not.match(stderr.trimEnd(), /\n/);
    if (user !== '') assert.match(stderr, /does not stand for one user/, user);
    assert.not.ok(existsSync(directory), user);
  }
});

test('root and users that do not exist are refused, with what to do', async () => {
  const rootUser = begin('--user', 'root');
  assert.match((await rootUser.outcome).stderr, /root, who needs no sudo/);
  const none = begin('--user', 'tsrw-nobody-here');
  assert.match((await none.outcome).stderr, /no user tsrw-nobody-here; make it first/);
  assert.not.ok(existsSync(none.directory));
});

test('paths that sudoers or rootwrap.conf would read otherwise are refused', async () => {
  const above = temporaryDirectory();
  const names = ['a b', 'a,b', 'a\nb', 'a#b', 'a%b', 'a!b', 'a\\b', 'a*', 'a?', '[a]', 'a:b', 'a=b', 'a"b', "a'", 'ä', 'a$b', '~a', 'a\u001b[31m', 'a;b']; // biome-ignore format: a list reads better
  for (const name of names) {
    const { status, stderr } = await ctl(['init', join(above, name)]);
    assert.is(status, 2, name);
    assert.not.match(stderr, /(?!\n)\p{C}/u);
    const bin = await ctl(['init', join(above, 'app'), '--bin', `/usr/bin/${name}`]);
    assert.is(bin.status, 2, name);
    const filters = await ctl(['init', join(above, 'app'), '--filters-path', `/etc/${name}`]);
    assert.is(filters.status, 2, name);
  }
  assert.equal(readdirSync(above), []);
  for (const bin of ['tsrootwrap', './x', '/usr/../bin/x', '/usr/bin/tsrootwrap-daemon', '/']) {
    assert.is((await ctl(['init', join(above, 'app'), '--bin', bin])).status, 2, bin);
  }
  assert.equal(readdirSync(above), []);
});

test('a relative filters path is refused, also behind a comma', async () => {
  for (const path of ['rootwrap.d', '/etc/a,b', '/etc/a,', '/etc/a, /etc/b']) {
    const { directory, outcome } = begin('--openstack', 'nova', '--filters-path', path);
    assert.is((await outcome).status, 2, path);
    assert.not.ok(existsSync(directory));
  }
});

test('a directory that is a link is refused; a link above it is followed and its target named', async () => {
  const above = temporaryDirectory();
  mkdirSync(join(above, 'real'));
  symlinkSync('real', join(above, 'link'));
  const refused = await ctl(['init', join(above, 'link')]);
  assert.match(refused.stderr, /symbolic link; name where it leads/);
  assert.equal(readdirSync(join(above, 'real')), []);
  await ctl(['init', join(above, 'link', 'app')]);
  const sudoers = readFileSync(join(above, 'real', 'app', 'sudoers'), 'utf8');
  assert.ok(sudoers.includes(` ${above}/real/app/rootwrap.conf *`));
});

test('a place in which others can write is refused', async () => {
  const above = temporaryDirectory();
  mkdirSync(join(above, 'open'));
  chmodSync(join(above, 'open'), 0o777);
  for (const directory of [join(above, 'open'), join(above, 'open', 'app')]) {
    const { status, stderr } = await ctl(['init', directory]);
    assert.is(status, 2);
    assert.match(stderr, /others could exchange/);
  }
  chmodSync(join(above, 'open'), 0o775);
  assert.is((await ctl(['init', join(above, 'open', 'app')])).status, 2);
  assert.equal(readdirSync(join(above, 'open')), []);
});

testWith(
  ['root'],
  "for root, another user's directory is refused, and what is above it",
  async () => {
    const above = temporaryDirectory();
    const theirs = join(above, 'theirs');
    mkdirSync(join(theirs, 'app'), { recursive: true });
    chownSync(theirs, 65_534, 65_534);
    for (const directory of [join(theirs, 'app'), join(theirs, 'app', 'sub')]) {
      assert.match((await ctl(['init', directory])).stderr, /others could exchange/);
    }
    assert.equal(readdirSync(join(theirs, 'app')), []);
  },
);

testWith(['root'], 'below a set-gid directory everything is root:root all the same', async () => {
  const above = temporaryDirectory();
  chownSync(above, 0, 65_534);
  chmodSync(above, 0o2755);
  const directory = join(above, 'app');
  assert.is((await ctl(['init', directory])).status, WRITTEN);
  for (const path of ['.', 'rootwrap.conf', 'sudoers', 'filters.d', 'filters.d/app.filters']) {
    const { uid, gid } = statSync(join(directory, path));
    assert.equal([uid, gid], [0, 0], path);
  }
});

testWith(['root'], 'an ordinary user may try it in a directory of its own, and is told', () => {
  const above = publicDirectory();
  chownSync(above, 65_534, 65_534);
  const program = join(ROOT, 'bin/tsrootwrapctl');
  const { status, stdout } = run(process.execPath, [program, 'init', join(above, 'app')], {
    uid: 65_534,
    gid: 65_534,
  });
  assert.is(status, WRITTEN);
  assert.match(stdout, /good for a trial only/);
  assert.match(stdout, /sudo chown root:root/);
});

test('a missing directory above, and options given twice or empty, are told', async () => {
  const missing = await ctl(['init', '/nonexistent/a/b']);
  assert.is(missing.status, 2);
  assert.match(missing.stderr, /no directory \/nonexistent\/a; make it first/);
  assert.match((await begin('--user', 'a', '--user', 'b').outcome).stderr, /given twice/);
  assert.match((await begin('--bin', '').outcome).stderr, /empty/);
  for (const name of ['a b', 'a/b', '../x', '*', 'Nova', '-x', 'constructor ', '']) {
    assert.is((await begin(`--openstack=${name}`).outcome).status, 2, name);
  }
});

test('JSON lists files and next steps by its schema, and the screen is not steered', async () => {
  const { directory, outcome } = begin('--json');
  const { stdout } = await outcome;
  const [value] = validJson(stdout, 'init') as [{ files: { path: string; mode: string }[] }];
  assert.equal(
    value.files.map(({ path, mode }) => [path.slice(directory.length), mode]),
    [
      ['', '0755'],
      ['/filters.d', '0755'],
      ['/filters.d/app.filters', '0644'],
      ['/rootwrap.conf', '0644'],
      ['/sudoers', '0440'],
    ],
  );
  const printed = (await begin().outcome).stdout;
  assertFits(printed.replaceAll(/^ {5}\S.*$/gm, '')); // commands are not folded
});

test.run();
