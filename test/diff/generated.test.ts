import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { comparePolicies } from '#src/diff/compare-policies.js';
import { directionOf } from '#src/diff/evidence.js';
import { baseName } from '#src/policy/filters/filter.js';
import { type PolicySource, readPolicySource } from '#src/policy/policy-source.js';
import { script, temporaryDirectory } from '../support/policy-files.js';

/** Programs that are all installed, and directories that are not there: this machine is as supposed. */
const directory = temporaryDirectory();
const bin = join(directory, 'bin');
mkdirSync(bin);
for (const name of ['alpha', 'beta', 'wrap', 'env', 'ip', 'privsep-helper'])
  script(join(bin, name));
const SRV = '/srv/no-such-directory';

const program = fc.constantFrom('alpha', 'beta');
const user = fc.constantFrom('root', 'daemon');
const pattern = fc.constantFrom(
  ...['a', 'b', 'a|b', '[ab]', '[a-z]', 'a.*', '.*', '-?a', '(?!a).*', '[^/]+', 'ab?', '\\w+'],
);
const patterns = fc.array(pattern, { maxLength: 2 }).map((list) => list.join(', '));
const behindComma = (text: string) => (text === '' ? '' : `, ${text}`);
const line = fc.oneof(
  fc.tuple(program, user).map(([name, as]) => `CommandFilter, ${name}, ${as}`),
  fc
    .tuple(program, user, patterns)
    .map(([name, as, list]) => `RegExpFilter, ${name}, ${as}, ${name}${behindComma(list)}`),
  fc.tuple(user, pattern).map(([as, word]) => `RegExpFilter, alpha, ${as}, alpha|beta, ${word}`),
  fc
    .tuple(program, user, fc.constantFrom('a', 'pass', SRV, `${SRV}/a`))
    .map(([name, as, place]) => `PathFilter, ${name}, ${as}, ${place}`),
  fc
    .tuple(program, user, fc.constantFrom('X=', 'Y=', 'X=, Y='))
    .map(([name, as, names]) => `EnvFilter, env, ${as}, ${names}, ${name}`),
  fc.tuple(user, pattern).map(([as, word]) => `ChainingRegExpFilter, wrap, ${as}, wrap, ${word}`),
  fc.constantFrom('IpFilter, ip, root', 'CommandFilter, ip, root', 'IpNetnsExecFilter, ip, root'),
  fc.constantFrom('ReadFileFilter, /etc/a', 'ReadFileFilter, /etc/b'),
);
const lines = fc.array(line, { maxLength: 5 });

/** Mostly a change of the old policy, as in a pull request. */
const change = fc.oneof(
  fc.tuple(lines, lines),
  fc.tuple(lines, line, fc.nat()).map(([old, more, at]): [string[], string[]] => {
    const place = at % (old.length + 1);
    return [old, [...old.slice(0, place), more, ...old.slice(place)]];
  }),
  lines.chain((old) => fc.shuffledSubarray(old).map((some): [string[], string[]] => [old, some])),
);

const word = fc.constantFrom(
  'a',
  'b',
  'ab',
  '',
  '-a',
  '/',
  'x',
  'a b',
  `${SRV}/a`,
  `${SRV}/a/../b`,
);
const head = fc.constantFrom(
  ...[['alpha'], ['beta'], ['env', 'X=1', 'alpha'], ['Y=1', 'beta'], ['env', 'alpha']],
  ...[
    ['wrap', 'a', 'alpha'],
    ['wrap', 'b', 'beta'],
    ['ip', 'netns', 'exec', 'n', 'alpha'],
  ],
  ...[['env', 'X=1', 'Y=2', 'alpha'], ['ip', 'netns'], ['ip', '-b'], ['cat']],
);
const argv = fc
  .tuple(head, fc.array(word, { maxLength: 2 }))
  .map(([first, rest]) => [...first, ...rest]);

let count = 0;

function source(filters: readonly string[]): PolicySource {
  const place = join(directory, String(count++));
  const config = join(directory, `${count}.conf`);
  mkdirSync(place);
  const text = filters.map((line, index) => `f${index}: ${line}\n`).join('');
  writeFileSync(join(place, 'x.filters'), `[Filters]\n${text}`);
  writeFileSync(config, `[DEFAULT]\nfilters_path = ${place}\nexec_dirs = ${bin}\n`);
  return readPolicySource(config);
}

const RUNS = Number(process.env.DIFF_RUNS ?? 150);
/** Examples are a search that may fail: the cases are always the same ones, unless more are asked for. */
const CASES = RUNS > 150 ? { numRuns: RUNS } : { numRuns: RUNS, seed: 4 };

test('every example is decided otherwise by the engine, as it is said', () => {
  fc.assert(
    fc.property(change, ([before, after]) => {
      const [old, changed] = [source(before), source(after)];
      for (const { direction, examples, missing } of comparePolicies(old, changed).differences) {
        assert.ok(examples.length > 0);
        if (missing.length > 0) continue;
        for (const words of examples) {
          const real = directionOf(old.policy.decide(words), changed.policy.decide(words));
          assert.is(real, direction, JSON.stringify(words));
        }
      }
    }),
    CASES,
  );
});

test('what the engine decides otherwise is told, for that program and in that direction', () => {
  fc.assert(
    fc.property(
      change,
      fc.array(argv, { minLength: 30, maxLength: 30 }),
      ([before, after], commands) => {
        const [old, changed] = [source(before), source(after)];
        const { differences } = comparePolicies(old, changed);
        for (const words of commands) {
          const [was, is] = [old.policy.decide(words), changed.policy.decide(words)];
          const direction = directionOf(was, is);
          if (direction === undefined) continue;
          const deciding = direction === 'forbidden' ? was : is;
          if (deciding.outcome !== 'allowed') throw new Error('nothing decides');
          const name = baseName(deciding.plan.argv[0] ?? '');
          const told = differences.filter((one) => one.program === name);
          assert.ok(
            told.some((one) => one.direction === direction),
            `${direction} ${JSON.stringify(words)}`,
          );
        }
      },
    ),
    CASES,
  );
});

test.run();
