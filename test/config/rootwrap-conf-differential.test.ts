import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '#src/config/config-error.js';
import { parseRootwrapConf, type RootwrapConf } from '#src/config/rootwrap-conf.js';
import { askPython, findPython } from './python-oracle.js';
import { testWhere } from './requirements.js';
import { SeededRandom } from './seeded-random.js';

const CONFIG_FILE = '/etc/rw/rootwrap.conf';

/** What oslo_rootwrap.wrapper.RootwrapConfig says; a facility before its shift. */
interface OsloConf {
  readonly filters_path: readonly string[];
  readonly exec_dirs: readonly string[] | null;
  readonly use_syslog: boolean;
  /** A number, or what else of SysLogHandler the name hit. */
  readonly facility: number | string;
  readonly level: number;
  /** As text: Python's integers have no bound. */
  readonly daemon_timeout: string;
  readonly rlimit_nofile: string;
}

const READ_WITH_OSLO = `
import sys
sys.modules['eventlet'] = None
import configparser, io, json, os
from oslo_rootwrap import wrapper
os.environ.pop('PATH', None)
for text in sys.stdin:
    source = io.TextIOWrapper(io.BytesIO(json.loads(text).encode('utf-8')), encoding='utf-8')
    parser = configparser.RawConfigParser()
    try:
        parser.read_file(source, 'x')
        config = wrapper.RootwrapConfig(parser)
        facility = config.syslog_log_facility
        answer = {
            'filters_path': config.filters_path,
            'exec_dirs': config.exec_dirs if parser.has_option('DEFAULT', 'exec_dirs') else None,
            'use_syslog': config.use_syslog,
            'facility': facility if type(facility) is int else repr(facility),
            'level': config.syslog_log_level,
            'daemon_timeout': str(config.daemon_timeout),
            'rlimit_nofile': str(config.rlimit_nofile),
        }
    except (configparser.Error, ValueError):
        answer = None
    print(json.dumps(answer))
`;

const INTEGERS = [
  '0',
  '1',
  '4',
  '5',
  '600',
  '-1',
  '+5',
  '-0',
  '007',
  '1_000',
  '1__0',
  '_1',
  '1_',
  '+ 5',
  '',
  'ten',
  '1.0',
  '1e3',
  '0x10',
  '٣',
  '２０',
  '\u001c7',
  '2147483',
  '2147484',
  '2147483647',
  '2147483648',
  '99999999999999999999',
];
const BOOLEANS = [
  'true',
  'False',
  'YES',
  'no',
  'on',
  'OFF',
  '1',
  '0',
  '',
  'oui',
  'y',
  '2',
  '01',
  'tru',
  'true;',
  'true # c',
  'oﬀ',
  'ｏn',
];
const FACILITIES = [
  'auth',
  'authpriv',
  'console',
  'cron',
  'daemon',
  'ftp',
  'kern',
  'lpr',
  'mail',
  'news',
  'ntp',
  'security',
  'solaris-cron',
  'syslog',
  'user',
  'uucp',
  'local0',
  'local7',
  'local8',
  'AUTH',
  'LOG_AUTH',
  'LOG_KERN',
  'LOG_LOCAL3',
  'LOG_SOLCRON',
  'LOG_SYSLOG',
  'LOG_ERR',
  'LOG_DEBUG',
  'LOG_AUTHPRIV',
  'LOG_SECURITY',
  'LOG_CONSOLE',
  'LOG_NTP',
  'log_auth',
  'emit',
  'facility_names',
  '',
  '4',
  'debug',
];
const LEVELS = [
  'CRITICAL',
  'fatal',
  'Error',
  'warn',
  'WARNING',
  'info',
  'debug',
  'notset',
  'NOTſET',
  'ınfo',
  'ERR',
  '',
  '40',
  'Level 40',
  'notice',
];
const DIRECTORIES = [
  '/a',
  '/b/c',
  '',
  ' ',
  ' /b',
  '/b ',
  '/a\n /b',
  'rel',
  './rel',
  '../up',
  '/a/../b',
  '/',
  '//x',
  '\0',
  '/a\0',
  '\u0085/a',
  'é',
  '~',
  '%(x)s',
];

const KEYS = {
  exec_dirs: (random: SeededRandom) => directories(random),
  use_syslog: (random: SeededRandom) => random.pick(BOOLEANS),
  syslog_log_facility: (random: SeededRandom) => random.pick(FACILITIES),
  syslog_log_level: (random: SeededRandom) => random.pick(LEVELS),
  daemon_timeout: (random: SeededRandom) => random.pick(INTEGERS),
  rlimit_nofile: (random: SeededRandom) => random.pick(INTEGERS),
};

function directories(random: SeededRandom): string {
  return Array.from({ length: 1 + random.below(4) }, () => random.pick(DIRECTORIES)).join(',');
}

/** One or two settings a file, so that most are not refused for something else. */
function configuration(random: SeededRandom): string {
  const lines = [`[${random.chance(97) ? 'DEFAULT' : 'other'}]`];
  if (random.chance(97)) lines.push(`filters_path = ${directories(random)}`);
  for (let left = 1 + random.below(2); left > 0; left--) {
    const [key, value] = random.pick(Object.entries(KEYS));
    if (random.chance(3)) lines.push('[other]');
    lines.push(`${random.chance(5) ? key.toUpperCase() : key} = ${value(random)}`);
  }
  return `${lines.join('\n')}\n`;
}

function read(text: string): RootwrapConf | undefined {
  try {
    return parseRootwrapConf(text, CONFIG_FILE);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** Where we may refuse what oslo.rootwrap takes: each a documented difference. */
function refusalIsDocumented(oslo: OsloConf, text: string): boolean {
  const outside = (value: string, least: number) =>
    Number(value) < least || Number(value) > 2 ** 31 - 1;
  return (
    outside(oslo.daemon_timeout, 0) ||
    outside(oslo.rlimit_nofile, 5) ||
    /= *[٣２]/.test(text) || // digits that are not ASCII
    typeof oslo.facility === 'string' || // another attribute of the Python class
    /= *LOG_(ERR|DEBUG)$/m.test(text) // a priority
  );
}

/** oslo.rootwrap's entries by our rules: no empty ones, no NUL, relative to the file. */
function resolved(written: readonly string[]): string[] {
  return written
    .filter((entry) => entry !== '' && !entry.includes('\0'))
    .map((entry) => (entry.startsWith('/') ? entry : `${path.dirname(CONFIG_FILE)}/${entry}`));
}

function expected(oslo: OsloConf): Partial<RootwrapConf> {
  return {
    filtersPath: resolved(oslo.filters_path),
    execDirs: oslo.exec_dirs === null ? undefined : resolved(oslo.exec_dirs),
    useSyslog: oslo.use_syslog,
    syslogFacility: Number(oslo.facility) * 8,
    syslogLevel: oslo.level,
    logRequired: false,
    daemonTimeout: Math.min(Number(oslo.daemon_timeout), 2_147_483),
    rlimitNofile: oslo.rlimit_nofile === '-1' ? 2 ** 31 - 1 : Number(oslo.rlimit_nofile),
  };
}

const python = findPython('import oslo_rootwrap.wrapper', ['/usr/bin/python3', 'python3']);
const FILES = 8000;

testWhere(
  python !== undefined,
  'python3-oslo.rootwrap',
  'thousands of generated files say what they say to oslo.rootwrap, or are refused',
  () => {
    const random = new SeededRandom(19700101);
    console.log(`seed ${random.seed}`);
    const texts = Array.from({ length: FILES }, () => configuration(random));
    const answers = askPython<OsloConf | null>(python as string, READ_WITH_OSLO, texts);
    let agreed = 0;
    for (const [i, text] of texts.entries()) {
      const oslo = answers[i] ?? null;
      const ours = read(text);
      const details = JSON.stringify({ text, ours, oslo }, null, 1);
      if (oslo === null) {
        assert.is(ours, undefined, `accepted what oslo.rootwrap refuses: ${details}`);
      } else if (ours === undefined) {
        assert.ok(refusalIsDocumented(oslo, text), `refused what oslo.rootwrap takes: ${details}`);
      } else {
        const told = expected(oslo);
        const same = Object.fromEntries(
          Object.keys(told).map((key) => [key, ours[key as keyof RootwrapConf]]),
        );
        assert.equal(same, told, details);
        agreed++;
      }
    }
    assert.ok(agreed > FILES / 4, `only ${agreed} files were accepted by both`);
  },
);

test.run();
