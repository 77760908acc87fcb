import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FILTERS_PER_FILE = 12;

const made: string[] = [];

process.on('exit', () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

/** An empty directory, readable by all and removed when this process ends. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tsrootwrap-bench-')));
  made.push(directory);
  return directory;
}

/**
 * Writes a rootwrap.conf and a directory of filter files such as a service brings along, which
 * both tsrootwrap and oslo.rootwrap can read. Root will trust them when root writes them.
 *
 * @param count how many filters in all
 * @param last the filters at the very end, part of the count
 * @param settings more lines for rootwrap.conf
 * @returns the path of rootwrap.conf
 */
export function writePolicy(
  count: number,
  last: readonly string[],
  settings: readonly string[] = [],
): string {
  const directory = temporaryDirectory();
  process.umask(0o022);
  const filters = join(directory, 'filters.d');
  mkdirSync(filters);
  const lines = Array.from({ length: count - last.length }, (_, i) => filterLine(i)).concat(last);
  for (let start = 0; start < lines.length; start += FILTERS_PER_FILE) {
    const name = `service-${String(start).padStart(5, '0')}.filters`;
    const text = [
      '# Filters of one service',
      '[Filters]',
      ...lines.slice(start, start + FILTERS_PER_FILE),
    ];
    writeFileSync(join(filters, name), `${text.join('\n')}\n`);
  }
  const config = join(directory, 'rootwrap.conf');
  writeFileSync(
    config,
    [
      '[DEFAULT]',
      `filters_path = ${filters}`,
      'exec_dirs = /usr/local/sbin,/usr/local/bin,/usr/sbin,/usr/bin,/sbin,/bin',
      'use_syslog = False',
      'syslog_log_facility = syslog',
      'syslog_log_level = ERROR',
      ...settings,
      '',
    ].join('\n'),
  );
  return config;
}

/** Of ten filters five name a command, the others are each of another class. */
function filterLine(i: number): string {
  const program = `program-${i}`;
  switch (i % 10) {
    case 5:
      return `${program}: RegExpFilter, ${program}, root, ${program}, -n, [a-z]+[0-9]*, (up|down)`;
    case 6:
      return `${program}: EnvFilter, env, root, LC_ALL=, ${program}`;
    case 7:
      return `${program}: PathFilter, ${program}, root, -l, /var/lib/service-${i}`;
    case 8:
      return `${program}: KillFilter, root, /usr/sbin/${program}, -15, -9, -HUP`;
    case 4:
      return `${program}: ReadFileFilter, /etc/service/file-${i}`;
    default:
      return `${program}: CommandFilter, ${i % 2 ? '/usr/sbin/' : ''}${program}, root`;
  }
}
