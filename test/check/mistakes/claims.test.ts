import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkMistakes } from '#src/check/mistakes/check-mistakes.js';
import type { MistakeRule } from '#src/check/mistakes/rules.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { policyFiles, script } from '../../support/policy-files.js';

const { config, bin, directory } = policyFiles('', 'exec_dirs = bin\nprivsep_helper = false');
const FILE = join(directory, 'filters.d', 'test.filters');
for (const name of ['x', 'y', 'ip', 'env']) script(join(bin, name));

/** Rules by which a line allows nothing that the others for its user do not allow. */
const USELESS: readonly MistakeRule[] = [
  'never-matches',
  'bad-pattern',
  'split-pattern',
  'widened',
];

const program = fc.constantFrom('x', 'x', 'y', `${bin}/x`);
const user = fc.constantFrom('root', 'root', 'svc');
const pattern = fc.constantFrom('a', 'b', '[ab]', '.*', 'a|b', 'a{1,2}', '(a', 'x', '/srv/.*');
const argument = fc.constantFrom('a', 'b', 'pass', '/', '/usr', '/usr/bin');
const some = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 2 });
const words = (className: string, ...parts: fc.Arbitrary<string | string[]>[]) =>
  fc.tuple(...parts).map((values) => [className, ...values.flat()].join(', '));

const filter = fc.oneof(
  words('CommandFilter', program, user),
  words('RegExpFilter', program, user, fc.constantFrom('x', '[xy]', 'y'), some(pattern)),
  words('RegExpFilter', fc.constant('env'), user, fc.constant('env'), some(pattern)),
  words('PathFilter', program, user, some(argument)),
  words('EnvFilter', fc.constant('env'), user, some(fc.constantFrom('A=', 'B=')), program),
  words('ChainingRegExpFilter', program, user, fc.constantFrom('x', 'y'), some(pattern)),
  words('IpFilter', fc.constant('ip'), user),
  words('IpNetnsExecFilter', fc.constant('ip'), user),
  words('CommandFilter', fc.constant('ip'), user),
);
const word = fc.constantFrom('x', 'y', 'a', 'b', 'ab', 'env', 'A=1', 'B=1', '/usr/bin', '/', 'ip');
const command = fc.oneof(
  fc.array(word, { minLength: 1, maxLength: 4 }),
  fc.array(word, { maxLength: 2 }).map((rest) => ['ip', 'netns', 'exec', 'n', ...rest]),
);

function write(lines: readonly string[]): void {
  writeFileSync(FILE, `[Filters]\n${lines.map((line, i) => `f${i}: ${line}`).join('\n')}\n`);
}

test('what is said about a line holds for every command that the engine is asked about', () => {
  const lines = fc.array(filter, { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(lines, fc.array(command, { maxLength: 30 }), (lines, commands) => {
      write(lines);
      const source = readPolicySource(config);
      const findings = checkMistakes(source, { machine: true });
      const by = (rules: readonly string[]) =>
        new Set(
          findings.flatMap(({ rule, filter }) => (rules.includes(rule) ? (filter ?? []) : [])),
        );
      const shadowed = by(['shadowed']);
      const dead = by(['never-matches', 'bad-pattern']);
      const useless = by(USELESS);
      const text = () => JSON.stringify({ lines, findings });
      const without = ['root', 'svc'].map((user) => {
        const kept = (line: string, i: number) =>
          line.includes(`, ${user}`) && !useless.has(`f${i}`);
        write(lines.map((line, i) => (kept(line, i) ? line : 'ChainingFilter, x, x')));
        return { user, policy: readPolicySource(config).policy };
      });
      for (const command of commands) {
        const decision = source.policy.decide(command);
        if (decision.outcome !== 'allowed') continue;
        const { name } = decision.filter;
        assert.not(dead.has(name), `${command}: ${text()}`);
        if (command.includes('env')) continue; // the first EnvFilter takes it off for those behind it
        assert.not(shadowed.has(name), `${command}: ${text()}`);
        // what a useless line allows, the others allow for the same user
        const others = without.find(({ user }) => user === decision.plan.user);
        const other = others?.policy.decide(command);
        assert.is(other?.outcome, 'allowed', `${command} by ${name}: ${text()}`);
      }
    }),
    { numRuns: 300 },
  );
});

test.run();
