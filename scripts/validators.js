// Compiles the schemas of the wire's messages to plain functions, dist/wire/validators.js, so that
// nobody waits for a schema compiler when a program starts. Looks after the version as well.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import Ajv from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { SCHEMAS } from '../dist/wire/schemas.js';
import { VERSION } from '../dist/wire/version.js';

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

if (JSON.parse(readFileSync('package.json', 'utf8')).version !== VERSION) {
  throw new Error('package.json and src/wire/version.ts differ in the version');
}
