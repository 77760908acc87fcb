import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executable, publicPolicy, ROOT, run, tsrootwrap } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

test('a command that no filter matches: 99', () => {
  const { config } = publicPolicy('x: CommandFilter, x, root');
  const { status, stdout, stderr } = tsrootwrap(config, ['a', 'b', 'c d']);
  assert.is(stderr, 'tsrootwrap: Unauthorized command: a b c d (no filter matched)\n');
  assert.is(stdout, '');
  assert.is(status, 99);
});

test('no command: 98', () => {
  const { config } = publicPolicy('x: CommandFilter, x, root');
  for (const words of [[], [config]]) {
    const { status, stderr } = run(executable(), words);
    assert.is(stderr, 'tsrootwrap: No command specified\n');
    assert.is(status, 98);
  }
});

test('a filter matches but its executable is missing: 96', () => {
  const { config } = publicPolicy('gone: CommandFilter, /no/such/gone, root');
  const { status, stderr } = tsrootwrap(config, ['gone', 'word']);
  assert.is(stderr, 'tsrootwrap: Executable not found: /no/such/gone (filter match = gone)\n');
  assert.is(status, 96);
});

test('no such configuration: 97, naming the file', () => {
  const { status, stderr } = tsrootwrap('/no/such/rootwrap.conf', ['true']);
  assert.match(stderr, /^tsrootwrap: \/no\/such\/rootwrap\.conf\b.*no such file.*\n$/);
  assert.is(status, 97);
});

test('a wrong value in the configuration: 97 with file and line', () => {
  const { config } = publicPolicy('', 'exec_dirs = bin\nuse_syslog = oui');
  const { status, stderr } = tsrootwrap(config, ['true']);
  assert.ok(stderr.startsWith(`tsrootwrap: ${config}:4: `), stderr);
  assert.match(stderr, /use_syslog.*oui/);
  assert.is(status, 97);
});

test('a filter with too few arguments: 97 with file and line', () => {
  const { config, directory } = publicPolicy('a: CommandFilter, a, root\nb: CommandFilter, b');
  const { status, stderr } = tsrootwrap(config, ['a']);
  assert.ok(stderr.startsWith(`tsrootwrap: ${directory}/filters.d/test.filters:3: `), stderr);
  assert.is(status, 97);
});

test('a filter file without [Filters]: 97, and nothing else of it counts', () => {
  const { config, bin, directory } = publicPolicy('a: CommandFilter, a, root');
  script(join(bin, 'a'));
  writeFileSync(join(directory, 'filters.d', 'z'), 'a: CommandFilter, a, root\n');
  assert.is(tsrootwrap(config, ['a']).status, 97);
});

test('an unknown class is warned about, and the other filters count', () => {
  const { config, bin, directory } = publicPolicy('x: MagicFilter, x\na: CommandFilter, a, root');
  script(join(bin, 'a'), 'echo runs');
  const { status, stdout, stderr } = tsrootwrap(config, ['a']);
  assert.is(
    stderr,
    `tsrootwrap: ${directory}/filters.d/test.filters:2: Skipping unknown filter class (MagicFilter) specified in filter definitions\n`,
  );
  assert.is(stdout, 'runs\n');
  assert.is(status, 0);
});

test('a missing filters directory is skipped', () => {
  const { config, bin } = publicPolicy('a: CommandFilter, a, root');
  script(join(bin, 'a'));
  writeFileSync(config, '[DEFAULT]\nfilters_path = nowhere,filters.d\nexec_dirs = bin\n');
  assert.is(tsrootwrap(config, ['a']).status, 0);
});

testWith(['python3'], 'a word that is not UTF-8: 99, and nothing runs', () => {
  const { config, bin } = publicPolicy('a: CommandFilter, a, root');
  script(join(bin, 'a'), 'echo ran');
  const code =
    'import os, sys; os.execv(sys.argv[1], [os.fsencode(w) for w in sys.argv[1:]] + [b"x\\xffy"])';
  const { status, stdout, stderr } = run('/usr/bin/python3', [
    '-c',
    code,
    executable(),
    config,
    'a',
  ]);
  assert.is(stdout, '');
  assert.match(
    stderr,
    /^tsrootwrap: Unauthorized command: a x.*y \(it holds bytes that are not UTF-8\)\n$/,
  );
  assert.is(status, 99);
});

test('control characters in a refused command are shown escaped', () => {
  const { config } = publicPolicy('a: CommandFilter, a, root');
  const { stderr } = tsrootwrap(config, ['b', '\x1b[31mred\r\n\x07', '\u202eabc']);
  assert.is(
    stderr,
    'tsrootwrap: Unauthorized command: b \\x1b[31mred\\x0d\\x0a\\x07 \\u202eabc (no filter matched)\n',
  );
});

test('--help tells how to call it, --version which one it is', () => {
  const help = run(executable(), ['--help']);
  assert.match(help.stdout, /^Usage: tsrootwrap CONFIG COMMAND/);
  assert.is(help.status, 0);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  assert.is(run(executable(), ['--version']).stdout, `tsrootwrap ${version}\n`);
});

test('options behind CONFIG are the command’s, for Node’s are not read there', () => {
  const { config, bin } = publicPolicy('a: CommandFilter, a, root\nb: CommandFilter, --eval, root');
  script(join(bin, 'a'), 'echo "$@"');
  script(join(bin, '--eval'), 'echo script "$@"');
  assert.is(tsrootwrap(config, ['a', '--help', '--inspect']).stdout, '--help --inspect\n');
  assert.is(tsrootwrap(config, ['--eval', '1']).stdout, 'script 1\n');
});

test.run();
