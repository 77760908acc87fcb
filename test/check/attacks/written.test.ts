import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkAttacks } from '#src/check/attacks/check-attacks.js';
import { readPolicySource } from '#src/policy/policy-source.js';

function severities(file: string): Map<string, string[]> {
  const source = readPolicySource(`test/check/attacks/${file}`);
  assert.equal(source.problems, []);
  const found = new Map(
    source.definitions.map(({ source, filter }) => {
      assert.ok(filter, source.name);
      return [source.name, [] as string[]];
    }),
  );
  for (const { filter = '', severity } of checkAttacks(source)) found.get(filter)?.push(severity);
  return found;
}

test('filters that a careful administrator writes are left alone', () => {
  const found = severities('narrow.filters');
  assert.ok(found.size > 250);
  for (const [name, told] of found) {
    assert.equal(
      told.filter((severity) => severity !== 'low'),
      [],
      name,
    );
  }
});

test('filters that only look narrow are found', () => {
  const found = severities('loose.filters');
  assert.ok(found.size > 100);
  for (const [name, told] of found) {
    assert.ok(
      told.some((severity) => severity !== 'low'),
      name,
    );
  }
});

test.run();
