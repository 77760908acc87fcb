import fc from 'fast-check';

/** Any text that JavaScript can hold, lone surrogates included. */
export const text = fc.string({
  unit: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', '"', '\\', '\n', '.', '/', '~') },
    fc.nat(0xffff).map((code) => String.fromCharCode(code)),
  ),
  maxLength: 8,
});

/** Names of properties, with those that mean something elsewhere. */
export const name = fc
  .oneof(
    { weight: 3, arbitrary: text },
    fc.constantFrom(
      'constructor',
      'toString',
      'toJSON',
      'length',
      '0',
      '1',
      '',
      'prototype',
      'type',
    ),
  )
  .filter((key) => key !== '__proto__');

export const bytes = fc.uint8Array({ maxLength: 40 });

/** What crosses; -0 alone comes out as something else, 0. */
export const plainData = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.integer(),
    text,
    bytes,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;
