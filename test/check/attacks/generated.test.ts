import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attacksOn } from '#src/check/attacks/check-attacks.js';
import { programs } from '#src/check/attacks/programs.js';
import type { Finding } from '#src/check/finding.js';
import { createFilter, parseDefinitions } from '#src/policy/load-filters.js';
import { Policy } from '#src/policy/policy.js';
import { policyFiles } from '../../support/policy-files.js';

/**
 * The generator knows the table of programs and nothing of how check works: it writes attacks out
 * with hostile words of its own, makes filters that were meant to be narrower, and asks the engine.
 * Whatever the engine allows, check must have found.
 */
const HOSTILE: Readonly<Record<string, readonly string[]>> = {
  secret: [
    '/etc/shadow',
    '/root/.ssh/id_rsa',
    '/var/lib/app/../../../etc/shadow',
    '/etc/x/../shadow',
    '/tmp/d/link',
    'shadow',
    '../etc/shadow',
  ],
  target: [
    '/etc/sudoers.d/x',
    '/etc/cron.d/job',
    '/root/.bashrc',
    '/var/lib/app/../../../etc/passwd',
    '/tmp/d/link',
    '/usr/local/bin/x',
    'job',
  ],
  victim: [
    '/etc/shadow',
    '/etc',
    '/usr/bin/passwd',
    '/var/lib/app/../../../etc/passwd',
    '/tmp/d/link',
    'passwd',
  ],
  planted: ['/tmp/evil', '/var/tmp/d/evil', '/dev/shm/x', './evil', 'evil', '/etc/app/../../tmp/x'],
  program: ['/tmp/evil', '/bin/sh', 'sh', './evil', '/usr/lib/app/../../bin/sh'],
  shell: ['id', '/tmp/x', 'true; id', 'x $(id)', 'x | sh'],
  word: ['x', 'some-word', '/path/x', '1'],
};

interface Concrete {
  readonly exec: string;
  readonly words: readonly string[];
  /** Indexes of words that the attacker brings in. */
  readonly brought: readonly number[];
}

const table = programs();
const serious = table.programs.flatMap((program) =>
  program.attacks
    .filter(({ power }) => table.powers[power]?.severity === 'high')
    .map((attack) => ({ program, attack })),
);

/** An attack written out, with ordinary words around it where its place allows that. */
const concrete: fc.Arbitrary<Concrete> = fc
  .record({
    pick: fc.nat({ max: serious.length - 1 }),
    name: fc.nat(),
    hostile: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    before: fc.array(fc.constantFrom('-v', 'name', '--now'), { maxLength: 2 }),
    after: fc.array(fc.constantFrom('-q', 'last'), { maxLength: 2 }),
  })
  .map(({ pick, name, hostile, before, after }) => {
    const { program, attack } = serious[pick] as (typeof serious)[number];
    const { at = 'anywhere' } = attack;
    const exec = (program.names[name % program.names.length] ?? '').replace('*', '3');
    const head = at === 'anywhere' || at === 'end' ? before : [];
    const tail = at === 'anywhere' || at === 'start' ? after : [];
    const middle = attack.words.map((word, index) =>
      word.replace(/\{(\w+)\}/g, (_, kind: string) => {
        const words = HOSTILE[kind] ?? [];
        return words[(hostile[index] ?? 0) % words.length] ?? 'x';
      }),
    );
    const brought = attack.words.flatMap((word, index) =>
      /\{\w+\}/.test(word) ? [head.length + index] : [],
    );
    return {
      exec,
      words: [...head, ...middle, ...tail],
      brought: brought.length > 0 ? brought : attack.words.map((_, index) => head.length + index),
    };
  });

function literally(word: string): string {
  return word.replace(/[\\.^$*+?{}[\]|()]/g, '\\$&');
}

/** Patterns that somebody might have written for a word, all of which take it; no commas. */
function patternsFor(word: string): string[] {
  const directory = word.slice(0, word.lastIndexOf('/') + 1);
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].flatMap((kind, index) =>
    kind.test(word) ? [['a-z', 'A-Z', '0-9'][index] ?? ''] : [],
  );
  const others = [...new Set(word.replace(/[A-Za-z0-9]/g, ''))]
    .filter((c) => c !== '-')
    .map(literally);
  const characters = `[${kinds.join('')}${others.join('')}${word.includes('-') ? '\\-' : ''}]`;
  return [
    '.*',
    '.+',
    '\\S.*',
    `${characters}+`,
    `${characters}{1}.*`,
    `^${literally(word.slice(0, 1))}.*$`,
    `${literally(word.slice(0, 4))}.*`,
    `(?!--help).*`,
    `(${literally(word)}|other)`,
    ...(directory === '' ? [] : [`${literally(directory)}.*`, `${literally(directory)}[^/]+`]),
    ...(/^\/[a-z]+\/(?!\.\.)/.test(word) ? [`/[a-z]+/(?!\\.\\.).*`] : []),
  ].filter((pattern) => !pattern.includes(','));
}

type Way = 'command' | 'pattern' | 'path' | 'env';

function lineFor({ exec, words, brought }: Concrete, way: Way, choices: readonly number[]): string {
  switch (way) {
    case 'command':
      return `x: CommandFilter, ${exec}, root`;
    case 'env':
      return `x: EnvFilter, env, root, LC_ALL=C, ${exec}`;
    case 'path': {
      const rules = words.map((word, index) => (brought.includes(index) ? 'pass' : word));
      return `x: PathFilter, ${exec}, root, ${rules.join(', ')}`;
    }
    case 'pattern': {
      const patterns = words.map((word, index) => {
        if (!brought.includes(index)) return literally(word);
        const loose = patternsFor(word);
        return loose[(choices[index] ?? 0) % loose.length] ?? '.*';
      });
      return `x: RegExpFilter, ${exec}, root, ${[literally(exec), ...patterns].join(', ')}`;
    }
  }
}

const base = Policy.load(policyFiles('').config);

interface Judged {
  readonly found: readonly Finding[];
  readonly policy: Policy;
}

/** A policy of one line, and what check says about it. No files: there are thousands. */
function judge(line: string): Judged {
  const definitions = parseDefinitions(`[Filters]\n${line}\n`, 'test.filters').map((definition) => {
    const filter = createFilter(definition);
    return { ...definition, ...(filter && { filter }) };
  });
  const filters = definitions.flatMap(({ filter }) => filter ?? []);
  const policy = Policy.of(base.config, { filters, warnings: [] });
  return { found: definitions.flatMap((one) => attacksOn(one, policy)), policy };
}

test('no generated attack passes a policy without a finding at high', () => {
  let passed = 0;
  fc.assert(
    fc.property(
      concrete,
      fc.constantFrom<Way>('command', 'pattern', 'pattern', 'pattern', 'pattern', 'path', 'env'),
      fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
      (attack, way, choices) => {
        fc.pre(!attack.words.some((word) => /[,\n]/.test(word) || word.trim() !== word));
        if (way === 'path' || way === 'pattern') fc.pre(attack.brought.length > 0);
        const line = lineFor(attack, way, choices);
        const command = [
          ...(way === 'env' ? ['env', 'LC_ALL=C'] : []),
          attack.exec,
          ...attack.words,
        ];
        const { found, policy } = judge(line);
        if (policy.decide(command).outcome === 'denied') return;
        passed++;
        assert.ok(
          found.some(({ severity }) => severity === 'high'),
          `${line} takes ${JSON.stringify(command)} and check says ${JSON.stringify(found)}`,
        );
      },
    ),
    { numRuns: 2000, seed: 20261122 },
  );
  assert.ok(passed > 800, `only ${passed} attacks passed a policy`);
});

test('every serious attack of the table is found in a filter that checks nothing', () => {
  for (const { names } of table.programs) {
    const name = (names[0] ?? '').replace('*', '3');
    const expected = table.programs
      .find((program) => program.names === names)
      ?.attacks.some(({ power }) => table.powers[power]?.severity === 'high');
    const { found } = judge(`x: CommandFilter, ${name}, root`);
    assert.is(
      found.some(({ severity }) => severity === 'high'),
      expected,
      name,
    );
  }
});

test('the lines that the table advises hold nothing above low', () => {
  for (const { instead = [], names } of table.programs) {
    for (const line of instead) {
      const bad = judge(`x: ${line}`).found.filter(({ severity }) => severity !== 'low');
      assert.equal(bad, [], `${names[0]}: ${line}`);
    }
  }
});

test('the table of variables is as its schema says', async () => {
  const { Ajv } = await import('ajv');
  const ajv = new Ajv({ allErrors: true });
  const read = (name: string) => JSON.parse(readFileSync(`data/${name}.json`, 'utf8'));
  assert.ok(ajv.validate(read('variables.schema'), read('variables')), ajv.errorsText());
});

test.run();
