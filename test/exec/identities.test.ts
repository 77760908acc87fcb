import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Identities } from '#src/exec/identities.js';
import { identityOf, UnknownUserError } from '#src/exec/identity.js';
import { posix } from '#src/posix/addon.js';

const own = posix.userName(process.getuid?.() ?? 0) ?? 'root';

/** Runs with a clock of its own. */
function at(clock: { now: number }, body: () => void): void {
  const { now } = performance;
  performance.now = () => clock.now;
  try {
    body();
  } finally {
    performance.now = now;
  }
}

test('a user is looked up once a second', () => {
  const clock = { now: 5000 };
  at(clock, () => {
    const identities = new Identities();
    const first = identities.of(own);
    assert.equal(first, identityOf(own));
    clock.now += 999;
    assert.is(identities.of(own), first);
    clock.now += 1;
    assert.is.not(identities.of(own), first);
  });
});

test('an unknown user is looked up each time', () => {
  const identities = new Identities();
  const unknown = (error: unknown) => error instanceof UnknownUserError;
  assert.throws(() => identities.of('nobody-of-this-name'), unknown);
  assert.throws(() => identities.of('nobody-of-this-name'), unknown);
});

test.run();
