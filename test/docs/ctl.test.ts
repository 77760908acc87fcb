import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RULES } from '#src/check/rule-table.js';
import { ctl } from '../support/ctl.js';
import { assertOutputs } from '../support/document.js';
import { testWith } from '../support/requirements.js';

const DOCUMENT = 'docs/ctl.md';
const MANUAL = 'docs/man/tsrootwrapctl.8';

testWith(['iproute2'], 'every block of docs/ctl.md prints what it shows', () => {
  assertOutputs(DOCUMENT);
});

test('docs/ctl.md describes every rule of check by its words, and no other', () => {
  const rows = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^\| `([a-z][a-z-]*)` \| (.*) \|$/gm)];
  const described = new Map(rows.map(([, rule = '', text = '']) => [rule, text]));
  for (const [rule, { title, help }] of Object.entries(RULES)) {
    const text = `${title}. ${help}`.replaceAll('`', '');
    assert.is(described.get(rule)?.replaceAll('`', ''), text, rule);
  }
  assert.is(described.size, Object.keys(RULES).length);
});

for (const document of [DOCUMENT, MANUAL]) {
  test(`${document} has every subcommand, option, choice and exit code of --help`, async () => {
    const sections = sectionsOf(document);
    for (const name of await subcommands()) {
      const section = sections.get(name);
      assert.ok(section !== undefined, `no section about ${name}`);
      const { stdout: help } = await ctl([name, '--help']);
      for (const word of wordsOf(help)) {
        assert.ok(section.includes(word), `the section about ${name} lacks ${word}`);
      }
    }
    assert.is(sections.size, (await subcommands()).length, 'a section about no subcommand');
  });
}

test('the jobs for CI judge a repository, and fail it for what is bad', () => {
  const jobs = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)];
  const commands = jobs.flatMap(([, job = '']) => commandsOf(job));
  assert.is(commands.length, 3);
  const repository = mkdtempSync(join(tmpdir(), 'tsrootwrapctl-ci-'));
  try {
    mkdirSync(join(repository, 'etc/rootwrap.d'), { recursive: true });
    writeFileSync(
      join(repository, 'etc/rootwrap.conf'),
      '[DEFAULT]\nfilters_path = /etc/app/rootwrap.d\nprivsep_helper = false\n',
    );
    const statuses = (line: string): (number | null)[] => {
      writeFileSync(join(repository, 'etc/rootwrap.d/app.filters'), `[Filters]\n${line}\n`);
      return commands.map((command) => {
        const env = { PATH: `${process.cwd()}/bin:${process.env.PATH}` };
        return spawnSync('sh', ['-c', command], { cwd: repository, env }).status;
      });
    };
    assert.equal(statuses('cat: CommandFilter, cat, root'), [0, 1, 1]);
    assert.equal(statuses('cat: ReadFileFilter, /etc/hostname'), [0, 0, 0]);
    const sarif = JSON.parse(readFileSync(join(repository, 'policy.sarif'), 'utf8'));
    assert.is(sarif.version, '2.1.0');
  } finally {
    rmSync(repository, { recursive: true });
  }
});

/** The commands of a job: on the line, or folded behind `>`. */
function commandsOf(job: string): string[] {
  const folded = job.replace(/\n {10}(?=\S)(?=.*--|tsrootwrapctl)/g, ' ');
  return [...folded.matchAll(/(?:run: > |- )(tsrootwrapctl .*)/g)].map(
    ([, command = '']) => command,
  );
}

async function subcommands(): Promise<string[]> {
  const { stdout } = await ctl(['--help']);
  const [, list = ''] = stdout.split('Commands:\n');
  const [commands = ''] = list.split('\nOptions:');
  return [...commands.matchAll(/^ {2}tsrootwrapctl ([a-z]+) /gm)].map(([, name = '']) => name);
}

/** What a section must say: options as they are written, choices, exit codes. */
function wordsOf(help: string): string[] {
  const [, options = ''] = help.split('\nOptions:\n');
  const [list = '', rest = ''] = options.split('\nExamples:\n');
  const words = [...list.matchAll(/^ {2}(--[a-z-]+) /gm)].map(([, word = '']) => word);
  const choices = [...help.matchAll(/\[choices: ([^\]]*)\]/g)].flatMap(([, some = '']) =>
    [...some.matchAll(/"([^"]*)"/g)].map(([, choice = '']) => choice),
  );
  const codes = [...(rest.split(/Exit\s+codes:/)[1] ?? '').matchAll(/\b\d{1,3}\b/g)].map(String);
  return [...words, ...choices, ...codes]
    .filter((word) => word !== '--help' && word !== '--version')
    .map((word) => (word === '--trust' ? '--no-trust' : word));
}

/** By the subcommand, what is said between its heading and the next one; examples say nothing. */
function sectionsOf(document: string): Map<string, string> {
  const text = readFileSync(document, 'utf8')
    .replaceAll('\\-', '-')
    .replace(/^```.*?^```$/gms, '');
  const heading = document.endsWith('.md') ? /^## ([a-z]+):.*$/gm : /^\.SS ([a-z]+)$/gm;
  const places = [...text.matchAll(heading)];
  return new Map(
    places.map(({ index, 1: name = '' }, at) => [name, text.slice(index, places[at + 1]?.index)]),
  );
}

test.run();
