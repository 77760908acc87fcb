// Compiles the schemas of the wire's messages to plain functions, dist/wire/validators.js, so that
// nobody waits for a schema compiler when a program starts.
import { copyFileSync, writeFileSync } from 'node:fs';
import Ajv from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { SCHEMAS } from '../dist/wire/schemas.js';

const ajv = new Ajv.default({
  code: { source: true, esm: true, optimize: 2 },
  discriminator: true,
  strict: true,
  strictTuples: false,
  strictTypes: false,
});
const names = Object.keys(SCHEMAS);
for (const name of names) ajv.addSchema(SCHEMAS[name], name);
const code = standalone.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
if (/\brequire\(/.test(code)) throw new Error('a schema needs a part of ajv at run time');
writeFileSync('dist/wire/validators.js', code);
copyFileSync('src/wire/validators.d.ts', 'dist/wire/validators.d.ts');
