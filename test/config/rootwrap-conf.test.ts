import fs from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  parseRootwrapConf,
  type RootwrapConf,
  readRootwrapConf,
} from '#src/config/rootwrap-conf.js';
import { refusal } from '../support/refusal.js';
import { isRoot, testWhere } from './requirements.js';
import { inTemporaryDirectory } from './temporary-directory.js';

const FILE = '/etc/rw/rootwrap.conf';

/** A configuration with filters_path on line 2 and the given text from line 3 on. */
function conf(rest = '', file = FILE): RootwrapConf {
  return parseRootwrapConf(`[DEFAULT]\nfilters_path=/f\n${rest}`, file);
}

/** Each value must be refused on line 3, saying what to write instead. */
function refuses(key: string, values: readonly string[], instead: string): void {
  for (const value of values) {
    const message = refusal(() => conf(`${key} = ${value}`));
    assert.ok(message.startsWith(`${FILE}:3: ${key} is "`), message);
    assert.ok(message.includes(`; write ${instead}`), message);
  }
}

test('what is not said has the defaults of oslo.rootwrap', () => {
  assert.equal(conf(), {
    file: FILE,
    filtersPath: ['/f'],
    execDirs: undefined,
    innerExecDirs: undefined,
    useSyslog: false,
    syslogFacility: 40,
    syslogLevel: 40,
    logRequired: false,
    daemonTimeout: 600,
    daemon: {
      maxConnections: 1024,
      maxPending: 1024,
      authTimeout: 10,
      maxFrame: 16_777_216,
      maxRequests: 512,
      maxOutput: 16_777_216,
      maxMemory: 268_435_456,
      explainRefusals: false,
      directory: undefined,
    },
    rlimitNofile: 1024,
    envKeep: [],
    envKeepLine: 0,
    signalExitCode: false,
    privsepHelper: true,
    observe: undefined,
    privilegedModules: undefined,
    sections: new Map(),
    warnings: [],
  });
});

test('observe is one path, taken from the directory of the file', () => {
  assert.is(conf('observe = /var/log/a, b').observe, '/var/log/a, b');
  assert.is(conf('observe = seen').observe, '/etc/rw/seen');
  refuses('observe', ['', '/a\0b', '/a\n  /b'], 'the path of one file, or remove the key');
});

test('privileged_modules is one path, taken from the directory of the file', () => {
  assert.is(conf('privileged_modules = /usr/lib/a, b').privilegedModules, '/usr/lib/a, b');
  assert.is(conf('privileged_modules = modules').privilegedModules, '/etc/rw/modules');
  refuses(
    'privileged_modules',
    ['', '/a\0b', '/a\n  /b'],
    'the path of one directory, or remove the key',
  );
});

test('a relative privileged_modules counts only where the file cannot be exchanged', () => {
  const keys: string[] = [];
  parseRootwrapConf('[DEFAULT]\nfilters_path=/f\nprivileged_modules = m\n', FILE, ({ key }) => {
    keys.push(key);
  });
  assert.equal(keys, ['privileged_modules']);
});

test('a relative observe counts only where the file cannot be exchanged', () => {
  const text = '[DEFAULT]\nfilters_path=/f\nobserve = seen\n';
  const keys: string[] = [];
  parseRootwrapConf(text, FILE, ({ key }) => keys.push(key));
  assert.equal(keys, ['observe']);
});

test('filters_path is mandatory', () => {
  assert.match(
    refusal(() => parseRootwrapConf('[DEFAULT]\n', FILE)),
    `${FILE}: filters_path is missing; write \`filters_path = DIRECTORY\``,
  );
});

test('only [DEFAULT] counts, and its keys are exact but for their case', () => {
  refusal(() => parseRootwrapConf('[default]\nfilters_path=/f\n', FILE));
  assert.is(conf('[other]\nuse_syslog=true\n').useSyslog, false);
  assert.is(conf('[other]\nuse_syslog=nonsense\n[DEFAULT]\nUse_Syslog=true\n').useSyslog, true);
});

test('unknown keys are ignored', () => {
  assert.equal(conf('other=1\n'), conf());
});

test('the file is read strictly: a repeated key or section is an error', () => {
  assert.match(
    refusal(() => conf('filters_path=/g')),
    `${FILE}:3: "filters_path" was already given on line 2`,
  );
  assert.match(
    refusal(() => conf('[a]\n[a]\n')),
    `${FILE}:4: section [a]`,
  );
});

test('directories are split at commas, in order', () => {
  const { filtersPath, execDirs, warnings } = parseRootwrapConf(
    '[DEFAULT]\nfilters_path=/b,/a\nexec_dirs: /sbin,/bin,/sbin\n',
    FILE,
  );
  assert.equal(filtersPath, ['/b', '/a']);
  assert.equal(execDirs, ['/sbin', '/bin', '/sbin']);
  assert.equal(warnings, []);
});

test('an empty entry is ignored with a warning: exec_dirs would else search the working directory', () => {
  const { execDirs, warnings } = conf('\nexec_dirs=/a,,/b,\n');
  assert.equal(execDirs, ['/a', '/b']);
  assert.is(warnings.length, 2);
  assert.is(warnings[0]?.file, FILE);
  assert.is(warnings[0]?.line, 4);
  assert.match(warnings[0]?.problem ?? '', /^exec_dirs holds an empty entry.*remove/);
});

test('an empty exec_dirs is no directory at all, not the PATH', () => {
  assert.equal(conf('exec_dirs=\n').execDirs, []);
});

test('blanks around a comma stay in the name, with a warning, as oslo.rootwrap takes them', () => {
  const { execDirs, warnings } = conf('exec_dirs=/a, /b ,/c,\n /d\n');
  assert.equal(execDirs, ['/a', '/etc/rw/ /b ', '/c', '/etc/rw/\n/d']);
  assert.is(warnings.length, 2);
  assert.match(warnings[0]?.problem ?? '', /^exec_dirs names " \/b ", blanks included; write/);
});

test('an entry with a NUL is ignored with a warning', () => {
  const { execDirs, warnings } = conf('exec_dirs=/a,/b\0c\n');
  assert.equal(execDirs, ['/a']);
  assert.match(warnings[0]?.problem ?? '', '"/b\\u0000c", ignored');
});

test('relative directories are taken from the directory of the file', () => {
  const at = (file: string) => conf('exec_dirs=bin,../x,/abs/../y\n', file).execDirs;
  assert.equal(at('/etc/rw/r.conf'), ['/etc/rw/bin', '/etc/rw/../x', '/abs/../y']);
  assert.equal(at('/r.conf'), ['/bin', '/../x', '/abs/../y']);
  assert.equal(at('d/r.conf')?.[0], path.join(process.cwd(), 'd/bin'));
  assert.is(path.normalize(at('r.conf')?.[0] ?? ''), path.join(process.cwd(), 'bin'));
});

test('use_syslog and privsep_helper take the words of Python, in any case', () => {
  for (const word of ['1', 'yes', 'true', 'on', 'True', 'YES', 'oN']) {
    assert.is(conf(`use_syslog=${word}`).useSyslog, true);
    assert.is(conf(`privsep_helper=${word}`).privsepHelper, true);
  }
  for (const word of ['0', 'no', 'false', 'off', 'False', 'NO', 'oFF']) {
    assert.is(conf(`use_syslog=${word}`).useSyslog, false);
    assert.is(conf(`privsep_helper=${word}`).privsepHelper, false);
  }
});

test('other words for use_syslog and privsep_helper are errors', () => {
  const words = ['', 'oui', 'y', 't', '2', '00', 'true # yes', 'true\n  false', 'constructor'];
  refuses('use_syslog', words, 'true or false');
  refuses('privsep_helper', words, 'true or false');
});

test("a facility has syslog.conf's name, or syslog.h's as Python spells it", () => {
  const names =
    'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console solaris-cron local0 local1 local2 local3 local4 local5 local6 local7';
  for (const [number, name] of names.split(' ').entries()) {
    assert.is(conf(`syslog_log_facility=${name}`).syslogFacility, number * 8, name);
    const upper = name === 'solaris-cron' ? 'LOG_SOLCRON' : `LOG_${name.toUpperCase()}`;
    assert.is(conf(`syslog_log_facility=${upper}`).syslogFacility, number * 8, upper);
  }
});

test('other facilities are errors, priorities and attributes of the Python class among them', () => {
  refuses(
    'syslog_log_facility',
    [
      '',
      'Auth',
      'AUTH',
      'log_auth',
      'LOG_auth',
      'LOG_',
      'LOG_SOLARIS-CRON',
      'LOG_ERR',
      'LOG_DEBUG',
      'local8',
      '4',
      'emit',
      'toString',
      'LOG_AUTH\n  x',
    ],
    'one of kern, user, ',
  );
});

test("a level has Python's name, in any case", () => {
  const levels = {
    critical: 50,
    FATAL: 50,
    Error: 40,
    WARN: 30,
    warning: 30,
    info: 20,
    DEBUG: 10,
    notset: 0,
  };
  for (const [name, number] of Object.entries(levels)) {
    assert.is(conf(`syslog_log_level=${name}`).syslogLevel, number);
  }
});

test('other levels are errors', () => {
  refuses(
    'syslog_log_level',
    ['', 'ERR', '40', 'LOG_ERR', 'Level 3', 'NOTICE'],
    'one of CRITICAL, ',
  );
});

test("numbers have Python's form", () => {
  for (const [text, number] of [
    ['0', 0],
    ['-0', 0],
    ['+7', 7],
    ['007', 7],
    ['1_000', 1000],
  ]) {
    assert.is(conf(`daemon_timeout=${text}`).daemonTimeout, number);
  }
  assert.ok(Object.is(conf('daemon_timeout=-0').daemonTimeout, 0));
  assert.is(conf('rlimit_nofile=2147483647').rlimitNofile, 2_147_483_647);
  assert.is(conf('rlimit_nofile=5').rlimitNofile, 5);
  assert.is(conf('rlimit_nofile=-1').rlimitNofile, 2_147_483_647, 'no limit of its own');
});

test('other numbers are errors', () => {
  const words = [
    '',
    '-1',
    '+ 1',
    '1_',
    '_1',
    '1__0',
    '1.0',
    '1e3',
    '0x10',
    'ten',
    'Infinity',
    '٣',
    '2147483648',
    '9'.repeat(400),
  ];
  refuses('daemon_timeout', words, 'a whole number from 0 to 2147483647');
  const others = words.filter((word) => word !== '-1');
  refuses(
    'rlimit_nofile',
    [...others, '0', '4', '-2', '-01'],
    'a whole number from 5 to 2147483647',
  );
});

test('a daemon_timeout longer than a timer can wait is cut, with a warning', () => {
  assert.equal(conf('daemon_timeout=2147483').warnings, []);
  const { daemonTimeout, warnings } = conf('daemon_timeout=31536000');
  assert.is(daemonTimeout, 2_147_483);
  assert.ok(daemonTimeout * 1000 < 2 ** 31);
  assert.match(warnings[0]?.problem ?? '', /^daemon_timeout is cut/);
});

test('control characters and long values are tamed in errors', () => {
  const message = refusal(() => conf(`use_syslog=\u001b[2J${'x'.repeat(5000)}`));
  assert.match(message, '\\u001b[2J');
  assert.ok(message.length < 250);
});

test('the file is read from disk', () => {
  inTemporaryDirectory((directory) => {
    const file = path.join(directory, 'rootwrap.conf');
    fs.writeFileSync(file, '[DEFAULT]\nfilters_path = filters.d\n', { mode: 0o644 });
    assert.equal(readRootwrapConf(file).filtersPath, [path.join(directory, 'filters.d')]);
  });
});

testWhere(isRoot, 'root', "a file that is not root's alone is refused", () => {
  inTemporaryDirectory((directory) => {
    const file = path.join(directory, 'rootwrap.conf');
    fs.writeFileSync(file, '[DEFAULT]\nfilters_path = filters.d\n');
    for (const mode of [0o664, 0o646]) {
      fs.chmodSync(file, mode);
      assert.match(
        refusal(() => readRootwrapConf(file)),
        `${file}: its owner is uid 0`,
      );
    }
    fs.chmodSync(file, 0o644);
    fs.chownSync(file, 1234, 0);
    assert.match(
      refusal(() => readRootwrapConf(file)),
      `${file}: its owner is uid 1234`,
    );
  });
});

const real = path.resolve('../shared/filters-in-the-wild/neutron-rootwrap.conf');

testWhere(
  fs.existsSync(real),
  'filters-in-the-wild',
  "neutron's own file reads without a warning",
  () => {
    const read = parseRootwrapConf(fs.readFileSync(real, 'utf8'), FILE);
    assert.equal(read.filtersPath, ['/etc/neutron/rootwrap.d', '/usr/share/neutron/rootwrap']);
    assert.is(read.execDirs?.length, 7);
    assert.equal(read.warnings, []);
  },
);

test.run();
