import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '#src/config/config-error.js';
import { loadFilters } from '#src/policy/load-filters.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** A filters directory with these files; the text stands under [Filters] unless it has a section. */
function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = join(temporaryDirectory(), 'filters.d');
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, name), text.includes('[') ? text : `[Filters]\n${text}\n`);
  }
  return directory;
}

function load(...filtersPath: string[]) {
  return loadFilters({ filtersPath, privsepHelper: false });
}

function names(...filtersPath: string[]): string[] {
  return load(...filtersPath).filters.map(({ source }) => source.name);
}

function errorOf(body: () => unknown): ConfigError {
  try {
    body();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a filter knows its name, class, file and line, its executable and its user', () => {
  const directory = directoryOf({ 'a.filters': '# first\n\nls: CommandFilter, /bin/ls, nova' });
  const [filter] = load(directory).filters;
  assert.equal(filter?.source, {
    name: 'ls',
    className: 'CommandFilter',
    file: join(directory, 'a.filters'),
    line: 4,
  });
  assert.equal([filter?.exec, filter?.user], ['/bin/ls', 'nova']);
});

test('every class of the filter language is known', () => {
  const lines = [
    'a: CommandFilter, ls, root',
    'b: RegExpFilter, ls, root, ls',
    'c: PathFilter, ls, root, /tmp',
    'd: EnvFilter, env, root, A=, ls',
    'e: ReadFileFilter, /etc/hosts',
    'f: KillFilter, root, ls',
    'g: IpFilter, ip, root',
    'h: IpNetnsExecFilter, ip, root',
    'i: ChainingRegExpFilter, nice, root, nice',
    'j: ChainingFilter, nice, root',
  ];
  const { filters, warnings } = load(directoryOf({ x: lines.join('\n') }));
  assert.is(filters.map(({ source }) => source.name).join(''), 'abcdefghij');
  for (const filter of filters) assert.is(filter.constructor.name, filter.source.className);
  assert.equal(warnings, []);
});

test('files come in the order of their names, filters in that of their lines', () => {
  const directory = directoryOf({
    'b.filters': 'b2: CommandFilter, ls, root\nb1: CommandFilter, ls, root',
    'a.filters': 'a: CommandFilter, ls, root',
    B: 'B: CommandFilter, ls, root',
    '10': 'ten: CommandFilter, ls, root',
    '9': 'nine: CommandFilter, ls, root',
  });
  assert.equal(names(directory), ['ten', 'nine', 'b', 'a', 'b2', 'b1']);
});

test('directories come in the order of filters_path, missing ones are skipped', () => {
  const one = directoryOf({ x: 'one: CommandFilter, ls, root' });
  const two = directoryOf({ x: 'two: CommandFilter, ls, root' });
  assert.equal(names(two, '/nonexistent', one), ['two', 'one']);
});

test('a file whose name starts with a dot is left out', () => {
  assert.equal(names(directoryOf({ '.x.filters.swp': 'x: CommandFilter, ls, root' })), []);
});

test('the keys of [DEFAULT] are filters too, before those of [Filters]', () => {
  const text = '[Filters]\na: CommandFilter, ls, root\n[DEFAULT]\nd: CommandFilter, ls, root\n';
  assert.equal(names(directoryOf({ x: text })), ['d', 'a']);
});

test('of a key given twice the last counts, and other sections do not', () => {
  const text =
    '[Filters]\na: CommandFilter, ls, root\na: CommandFilter, cat, root\n[Other]\nb: CommandFilter, id, root\n';
  const { filters } = load(directoryOf({ x: text }));
  assert.equal(
    filters.map(({ exec }) => exec),
    ['cat'],
  );
});

test('a value is split at every comma and its parts are stripped', () => {
  const { filters } = load(directoryOf({ x: 'a :  CommandFilter ,\tls\t,  nova  , x' }));
  assert.equal([filters[0]?.exec, filters[0]?.user], ['ls', 'nova']);
});

test('an unknown class is skipped with a warning that says where', () => {
  const directory = directoryOf({ x: 'a: NoFilter, ls, root\nb: CommandFilter, ls, root' });
  const { filters, warnings } = load(directory);
  assert.equal(
    filters.map(({ source }) => source.name),
    ['b'],
  );
  assert.equal(warnings, [
    {
      file: join(directory, 'x'),
      line: 2,
      problem: 'Skipping unknown filter class (NoFilter) specified in filter definitions',
    },
  ]);
});

test('what objects inherit, another case or nothing at all is no class', () => {
  const lines = 'a: constructor, ls, root\nb: commandfilter, ls, root\nc:\nd: Filter, ls, root';
  const { filters, warnings } = load(directoryOf({ x: lines }));
  assert.equal(filters, []);
  assert.is(warnings.length, 4);
});

test('too few arguments for a class are an error with file and line', () => {
  const short = {
    CommandFilter: 'exec, user',
    RegExpFilter: 'exec, user',
    PathFilter: 'exec, user',
    EnvFilter: 'env, user',
    KillFilter: 'user, program',
    IpFilter: 'ip, user',
    IpNetnsExecFilter: 'ip, user',
    ChainingRegExpFilter: 'exec, user',
    ChainingFilter: 'exec, user',
  };
  for (const [className, needs] of Object.entries(short)) {
    const directory = directoryOf({ x: `a: ${className}, ls` });
    const { message } = errorOf(() => load(directory));
    assert.ok(message.startsWith(`${directory}/x:2: ${className} needs ${needs}`), message);
  }
  const directory = directoryOf({ x: '#\na: ReadFileFilter' });
  assert.match(errorOf(() => load(directory)).message, /x:3: ReadFileFilter needs path/);
});

test('a file without [Filters] is an error that says what to write', () => {
  const { message } = errorOf(() =>
    load(directoryOf({ x: '[Other]\na: CommandFilter, ls, root' })),
  );
  assert.match(message, /x:1: there is no section \[Filters\]: put that line/);
  assert.match(errorOf(() => load(directoryOf({ x: '[DEFAULT]\n' }))).message, /no section/);
});

test('a line that is neither key nor continuation is an error with file and line', () => {
  const { message } = errorOf(() =>
    load(directoryOf({ x: 'a: CommandFilter, ls, root\nnonsense' })),
  );
  assert.match(message, /x:3: /);
});

test('privsep-helper is there at the end unless it is turned off', () => {
  const directory = directoryOf({ x: 'a: CommandFilter, ls, root' });
  const { filters } = loadFilters({ filtersPath: [directory], privsepHelper: true });
  assert.equal(
    filters.map(({ source, exec, user }) => [source.name, exec, user, source.line]),
    [
      ['a', 'ls', 'root', 2],
      ['privsep-helper', 'privsep-helper', 'root', 0],
    ],
  );
  assert.equal(names(directory), ['a']);
});

testWith(['root'], 'a file or directory that others could have written is an error', () => {
  const directory = directoryOf({ x: 'a: CommandFilter, ls, root' });
  chmodSync(join(directory, 'x'), 0o666);
  assert.is(errorOf(() => load(directory)).file, join(directory, 'x'));
  chmodSync(join(directory, 'x'), 0o644);
  assert.equal(names(directory), ['a']);
  chownSync(directory, 12345, 0);
  assert.is(errorOf(() => load(directory)).file, directory);
});

test.run();
