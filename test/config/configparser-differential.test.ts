import fs from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '#src/config/config-error.js';
import { parseConfig } from '#src/config/configparser.js';
import { askPython, findPython } from './python-oracle.js';
import { testWhere } from './requirements.js';
import { SeededRandom } from './seeded-random.js';

/** The same for Python and for us: the sections in order, each with its items, or a refusal. */
interface Reading {
  readonly sections: readonly [string, readonly [string, string][]][];
}
interface Refusal {
  /** The line of Python's first error. */
  readonly line: number;
  /** Python stops here, though it may have noted a lesser error on a line above. */
  readonly fatal: boolean;
}
type Answer = Reading | Refusal;
type Question = { readonly text: string; readonly strict: boolean };

const READ_WITH_PYTHON = `
import configparser, io, json, sys
for question in sys.stdin:
    question = json.loads(question)
    parser = configparser.RawConfigParser(strict=question['strict'])
    source = io.TextIOWrapper(io.BytesIO(question['text'].encode('utf-8')), encoding='utf-8')
    try:
        parser.read_file(source, 'x')
        names = ['DEFAULT'] + parser.sections()
        answer = {'sections': [[name, parser.items(name)] for name in names]}
    except configparser.MissingSectionHeaderError as error:
        answer = {'line': error.lineno, 'fatal': True}
    except configparser.ParsingError as error:
        answer = {'line': error.errors[0][0], 'fatal': False}
    except configparser.Error as error:
        answer = {'line': error.lineno, 'fatal': True}
    print(json.dumps(answer))
`;

function read({ text, strict }: Question): Answer {
  try {
    const config = parseConfig(text, 'x', { strict });
    const sections = ['DEFAULT', ...config.sections].map((name): Reading['sections'][number] => [
      name,
      (config.items(name) ?? []).map(({ key, value }) => [key, value]),
    ]);
    return { sections };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { line: error.line, fatal: false };
  }
}

/** Why the two differ; undefined when they agree. */
function disagreement(ours: Answer, python: Answer): string | undefined {
  if ('sections' in ours || 'sections' in python) {
    return JSON.stringify(ours) === JSON.stringify(python) ? undefined : 'different readings';
  }
  const sameLine = python.fatal ? ours.line <= python.line : ours.line === python.line;
  return sameLine ? undefined : 'different lines';
}

function compare(python: string, questions: readonly Question[]): Answer[] {
  const expected = askPython<Answer>(python, READ_WITH_PYTHON, questions);
  for (const [i, question] of questions.entries()) {
    const ours = read(question);
    const theirs = expected[i] as Answer;
    const difference = disagreement(ours, theirs);
    if (difference !== undefined) {
      const details = JSON.stringify({ question, ours, python: theirs }, null, 1);
      assert.unreachable(`${difference}: ${details}`);
    }
  }
  return expected;
}

const BLANKS = [
  ' ',
  ' ',
  '\t',
  '\v',
  '\f',
  '\u001c',
  '\u001f',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u3000',
];
const NEWLINES = ['\n', '\n', '\n', '\n', '\r\n', '\r'];
const KEYS = [
  'a',
  'A',
  'b',
  'ip',
  'Ip',
  'k k',
  'İ',
  'ΑΣ',
  'ΑΣ.',
  'Σ',
  'aΣ\u0301',
  'ς',
  '\u212a',
  'ẞ',
  'ǅ',
  '[x',
  '[]',
  '%',
  '\ufeff',
  '\0',
  '𝔸𐐀',
  '__proto__',
  '1',
  '0',
  'a#b',
];
const VALUES = [
  '',
  'v',
  'V w',
  'CommandFilter, ip, root',
  'x = y',
  'x: y',
  '# no',
  '; no',
  '[S]',
  '%(a)s',
  '\ufeff',
  'a\u0085b',
  '\u200b',
  '\u180e',
  '😀',
  ']',
  '"q"',
];
const HEADERS = [
  '[S]',
  '[S]',
  '[T]',
  '[DEFAULT]',
  '[DEFAULT]',
  '[default]',
  '[ S ]',
  '[S]x',
  '[a]b]',
  '[]]',
  '[[]',
  '[S] # c',
  '[Filters]',
  '[\u0085]',
  '[__proto__]',
  '[é]',
];
const COMMENTS = ['#', ';', '# c', '; c = d', '#[S]'];
const SOUP = [
  ...BLANKS,
  ...NEWLINES,
  ...NEWLINES,
  '[',
  ']',
  '=',
  ':',
  '#',
  ';',
  'a',
  'B',
  'Σ',
  'İ',
  '\ufeff',
  '\0',
  '[S]\n',
  '[DEFAULT]\n',
  '\na=b\n',
  '\n ',
];

/** Mostly well-formed lines with odd blanks. */
function lines(random: SeededRandom): string {
  let text = random.chance(2) ? '\ufeff' : '';
  if (random.chance(95)) text += `${random.pick(HEADERS)}${random.pick(NEWLINES)}`;
  for (let left = random.below(14); left > 0; left--) {
    text += `${line(random)}${random.join(BLANKS, 1)}${random.pick(NEWLINES)}`;
  }
  return random.chance(20) ? text.replace(/[\r\n]+$/, '') : text;
}

function line(random: SeededRandom): string {
  const indent = random.chance(35) ? random.join(BLANKS, 4) : '';
  const kind = random.below(100);
  if (kind < 12) return indent;
  if (kind < 22) return indent + random.pick(COMMENTS);
  if (kind < 37) return indent + random.pick(HEADERS);
  if (kind < 50) return ` ${indent}${random.pick(VALUES)}`;
  if (kind < 51) return indent + random.pick(VALUES);
  const key = random.chance(1) ? '' : random.pick(KEYS);
  const delimiter = `${random.join(BLANKS, 2)}${random.pick(['=', ':'])}${random.join(BLANKS, 2)}`;
  return `${indent}${key}${delimiter}${random.pick(VALUES)}`;
}

const python = findPython('import configparser, sys; assert sys.version_info >= (3, 9)');
const FILES = 6000;

testWhere(
  python !== undefined,
  'python3',
  'thousands of generated files read as Python reads them',
  () => {
    const random = new SeededRandom(20240607);
    console.log(`seed ${random.seed}`);
    const questions = Array.from({ length: FILES }, (_, i) => {
      const text = i % 4 === 0 ? `[S]\n${random.join(SOUP, 24)}` : lines(random);
      return [
        { text, strict: false },
        { text, strict: true },
      ];
    }).flat();
    const answers = compare(python as string, questions);
    for (const strict of [false, true]) {
      const of = answers.filter((_, i) => questions[i]?.strict === strict);
      const accepted = of.filter((answer) => 'sections' in answer).length;
      const share = `${accepted} of ${of.length} accepted`;
      assert.ok(accepted > FILES / 5 && accepted < FILES * 0.9, share);
    }
  },
);

const real = path.resolve('../shared/filters-in-the-wild');

testWhere(
  python !== undefined && fs.existsSync(real),
  'python3 and filters-in-the-wild',
  'real filter files read as Python reads them',
  () => {
    const texts = fs
      .readdirSync(real)
      .map((name) => fs.readFileSync(path.join(real, name), 'utf8'));
    const answers = compare(
      python as string,
      texts.flatMap((text) => [
        { text, strict: false },
        { text, strict: true },
      ]),
    );
    assert.ok(answers.some((answer) => 'sections' in answer && answer.sections.length > 1));
  },
);

test.run();
