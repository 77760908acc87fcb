import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ctl } from '../../support/ctl.js';
import { testWith } from '../../support/requirements.js';

const directory = mkdtempSync(join(tmpdir(), 'tsrootwrapctl-completion-'));
test.after(() => rmSync(directory, { recursive: true }));

/** The path of a shell's script, as it is printed. */
async function scriptFor(shell: string): Promise<string> {
  const { status, stdout, stderr } = await ctl(['completion', shell]);
  assert.is(status, 0);
  assert.is(stderr, '');
  const file = join(directory, shell);
  writeFileSync(file, stdout);
  return file;
}

function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, {
    encoding: 'utf8',
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory },
  });
}

/** What bash would offer for the last of these words, in order. */
async function bashOffers(...words: string[]): Promise<string[]> {
  const script = await scriptFor('bash');
  const complete = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _tsrootwrapctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const offered = run('bash', '--norc', '-c', complete, 'bash', script, 'tsrootwrapctl', ...words);
  return offered.split('\n').filter((line) => line !== '');
}

/** The words that --help shows: of one subcommand its options, otherwise the subcommands. */
async function fromHelp(subcommand: string): Promise<string[]> {
  const { stdout: text } = await ctl([subcommand, '--help']);
  return once(text.matchAll(/^ {2}(--[a-z-]+) /gm));
}

async function subcommandsFromHelp(): Promise<string[]> {
  const { stdout } = await ctl(['--help']);
  return once(stdout.matchAll(/^ {2}tsrootwrapctl ([a-z]+) /gm));
}

/** The first group of each match; examples repeat words. */
function once(matches: Iterable<RegExpMatchArray>): string[] {
  return [...new Set([...matches].map(([, word = '']) => word))];
}

test('bash completes every subcommand that --help shows', async () => {
  const names = await subcommandsFromHelp();
  assert.ok(names.includes('check') && names.includes('completion'), names.join());
  assert.equal((await bashOffers('')).sort(), [...names, '--help', '--version'].sort());
});

test('bash completes every option that the --help of a subcommand shows, and no other', async () => {
  for (const name of await subcommandsFromHelp()) {
    const options = await fromHelp(name);
    const expected = options.map((option) => (option === '--trust' ? '--no-trust' : option));
    assert.equal((await bashOffers(name, 'x', '-')).sort(), expected.sort(), name);
  }
});

test('bash completes every choice of an option, also behind an equals sign', async () => {
  assert.equal(await bashOffers('check', 'x', '--format', ''), ['text', 'json', 'sarif']);
  assert.equal(await bashOffers('check', 'x', '--format', '=', 's'), ['sarif']);
  assert.equal(await bashOffers('check', 'x', '--format', '='), ['text', 'json', 'sarif']);
  assert.equal(await bashOffers('check', 'x', '--fail-on', 'n'), ['never']);
  assert.equal(await bashOffers('list', 'x', '--risk', 'm'), ['medium']);
  assert.equal(await bashOffers('completion', 'z'), ['zsh']);
});

test('bash completes users, and leaves files to itself', async () => {
  assert.equal(await bashOffers('check', 'x', '--user', 'roo'), ['root']);
  assert.equal(await bashOffers('check', ''), []);
  assert.equal(await bashOffers('check', 'x', '--baseline', ''), []);
});

test('bash completes the command behind two dashes, and none of our options there', async () => {
  assert.ok((await bashOffers('explain', 'x', '--', 'prin')).includes('printf'));
  assert.equal(await bashOffers('explain', 'x', '--', 'ip', '--'), []);
});

test('a word at the cursor is not run by bash', async () => {
  const word = `$(touch ${directory}/touched)\`touch ${directory}/touched\``;
  assert.equal(await bashOffers('check', 'x', '--format', word), []);
  assert.equal(await bashOffers(word, 'x'), []);
  assert.not(existsSync(join(directory, 'touched')));
});

testWith(['zsh'], 'zsh reads its script and gets the words of a subcommand', async () => {
  const script = await scriptFor('zsh');
  run('zsh', '-f', '-n', script);
  const stubs = `compdef() { print -r -- "compdef $*" }
    _arguments() { [[ $1 == -C ]] && { state=rest; return 1; }; print -rl -- "$@"; }
    source "$1"; words=($2); _tsrootwrapctl`;
  for (const name of await subcommandsFromHelp()) {
    const lines = run('zsh', '-f', '-c', stubs, 'zsh', script, name).split('\n');
    assert.is(lines[0], 'compdef _tsrootwrapctl tsrootwrapctl');
    const specs = lines.slice(1).map((line) => /^--[a-z-]+/.exec(line)?.[0] ?? '');
    for (const option of await fromHelp(name)) {
      assert.ok(specs.includes(option.replace('--trust', '--no-trust')), `${name} ${option}`);
    }
  }
});

testWith(['zsh'], 'zsh knows the subcommands, the choices and what stands for files', async () => {
  const script = await scriptFor('zsh');
  const { stdout } = await ctl(['completion', 'zsh']);
  for (const name of await subcommandsFromHelp()) assert.match(stdout, `\n        '${name}:`);
  assert.match(stdout, ':fail-on:(high medium low never)');
  assert.match(stdout, "'1:config:_files'");
  assert.match(stdout, "'*::command:_normal'");
  assert.match(run('head', '-n1', script), /^#compdef tsrootwrapctl\n$/);
});

testWith(['fish'], 'fish completes subcommands, options, choices and files', async () => {
  const script = await scriptFor('fish');
  writeFileSync(join(directory, 'policy.conf'), '');
  const offers = (line: string): string[] =>
    run('fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line)
      .split('\n')
      .filter((offer) => offer !== '')
      .map((offer) => offer.split('\t')[0] ?? '');
  assert.equal(offers('tsrootwrapctl ').sort(), (await subcommandsFromHelp()).sort());
  for (const name of await subcommandsFromHelp()) {
    const options = await fromHelp(name);
    const expected = options.map((option) => (option === '--trust' ? '--no-trust' : option));
    assert.equal(offers(`tsrootwrapctl ${name} --`).sort(), expected.sort(), name);
  }
  assert.equal(offers('tsrootwrapctl check --format ').sort(), ['json', 'sarif', 'text']);
  assert.equal(offers('tsrootwrapctl completion f'), ['fish']);
  assert.ok(offers('tsrootwrapctl check pol').includes('policy.conf'));
});

test('an unknown shell is a usage error', async () => {
  const { status, stdout, stderr } = await ctl(['completion', 'csh']);
  assert.is(status, 2);
  assert.is(stdout, '');
  assert.match(stderr, /bash.*zsh.*fish/s);
});

test.run();
