import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

interface Attack {
  readonly power: string;
  readonly ways: readonly (readonly string[])[];
  readonly at?: string;
}

interface Program {
  readonly names: readonly string[];
  readonly attacks: readonly Attack[];
  readonly instead?: readonly string[];
  readonly advice?: string;
}

interface Table {
  readonly powers: Readonly<Record<string, unknown>>;
  readonly programs: readonly Program[];
}

const DATA = join(import.meta.dirname, '../../../data');

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(DATA, name), 'utf8'));
}

const table = read('programs.json') as Table;
const names = table.programs.flatMap((program) => program.names);
const attacks = table.programs.flatMap((program) => program.attacks);

function repeated(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

test('the table of programs is as its schema says', () => {
  const ajv = new Ajv({ allErrors: true });
  const valid = ajv.validate(read('programs.schema.json') as object, table);
  assert.ok(valid, ajv.errorsText());
});

test('it knows what the usual filters name', () => {
  assert.ok(names.length >= 200, `${names.length} names`);
  assert.ok(table.programs.length >= 180, `${table.programs.length} entries`);
});

test('no program stands there twice', () => {
  assert.equal(repeated(names), []);
});

test('each attack has a power that is there, and each power an attack', () => {
  const used = new Set(attacks.map((attack) => attack.power));
  assert.equal([...used].sort(), Object.keys(table.powers).sort());
});

test('no program has an attack twice', () => {
  for (const program of table.programs) {
    const written = program.attacks.flatMap(({ power, ways, at }) =>
      ways.map((words) => JSON.stringify([power, words, at])),
    );
    assert.equal(repeated(written), [], program.names[0]);
  }
});

test('an attack that has a place has words', () => {
  for (const program of table.programs) {
    const odd = program.attacks.filter(
      ({ at = 'whole', ways }) => at !== 'whole' && ways.some((words) => words.length === 0),
    );
    assert.equal(odd, [], program.names[0]);
  }
});

test('narrow filters are for the program, hold no .. and nothing that others can write to', () => {
  for (const program of table.programs) {
    for (const line of program.instead ?? []) {
      assert.not.match(line, /\.\.|\.\*|\.\+|\/tmp\b|, pass\b/, line);
      const [kind, exec] = line.split(',').map((word) => word.trim());
      if (kind === 'ReadFileFilter' || kind === 'KillFilter' || kind === 'EnvFilter') continue;
      const name = exec?.split('/').pop() ?? '';
      const known = program.names.map((one) => one.replace('*', '3'));
      assert.ok(known.includes(name), line);
    }
  }
});

test.run();
