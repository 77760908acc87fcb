import type * as Re2 from 're2js';

/** Loads the package at its first use: that takes 13 ms, which a command without patterns must not pay. */
export function loadRe2(): typeof Re2.RE2JS {
  const { createRequire } = process.getBuiltinModule('node:module');
  return (createRequire(import.meta.filename)('re2js') as typeof Re2).RE2JS;
}
