import { inspect } from 'node:util';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileArguments, compileResult } from '#src/privileged/schema/compile.js';
import { PrivilegedError, type PrivilegedErrorCode } from '#src/privileged/wire/errors.js';
import { generated } from '../../support/generated.js';
import { examples, SECRET } from './examples.js';

const shown = (...values: readonly unknown[]) =>
  values.map((value) => inspect(value, { depth: 20 })).join('\n');

function refused(action: () => void, code: PrivilegedErrorCode, shownIfNot: string): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof PrivilegedError, `${error} ${shownIfNot}`);
    assert.is(error.code, code);
    assert.ok(error.message.length > 3);
    assert.not.match(error.message, SECRET);
    return error.message;
  }
  throw new Error(`it passed: ${shownIfNot}`);
}

test('what a schema describes passes, and what violates it is refused', () => {
  fc.assert(
    fc.property(examples, ({ schema, good, bad }) => {
      const check = compileArguments({ a: schema, b: { type: 'null', optional: true } });
      check({ a: good });
      check({ a: good, b: null });
      const isWrong = (args: unknown, place: RegExp) => {
        const said = refused(() => check(args), 'ERR_PRIVILEGED_ARGUMENTS', shown(schema, args));
        assert.match(said, place);
      };
      isWrong({ a: bad }, /^args\.a/);
      isWrong({ a: good, b: SECRET }, /^args\.b must be null$/);
      isWrong({ a: good, c: good }, /^there is no argument "c"$/);
      isWrong({ b: null }, /^argument "a" is missing$/);
      isWrong(good instanceof Uint8Array ? good : [good], /^args must be object/);
    }),
    generated(400),
  );
});

test('a result passes or is refused by the same schemas', () => {
  fc.assert(
    fc.property(examples, ({ schema, good, bad }) => {
      const check = compileResult(schema);
      check(good);
      const said = refused(() => check(bad), 'ERR_PRIVILEGED_RESULT', shown(schema, bad));
      assert.match(said, /^result/);
    }),
    generated(300),
  );
});

test.run();
