// Makes each executable's program one file, a function that bin/tsrootwrap calls: an ES module
// adds a fifth to the time in which Node starts at all, and each further file about a millisecond.
// The engine for patterns, four times as large, is one of its own that only a pattern loads.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const ENGINE_LATER = `
  const engine = () => require('patterns');
  export const compile = (source) => engine().compile(source);
  export const recompile = (source, error) => engine().recompile(source, error);
`;
const RE2_WITHIN = "export const loadRe2 = () => require('re2js').RE2JS;";

await bundle('dist/cli/tsrootwrap.js', 'tsrootwrap', /pattern\/engine\.js$/, ENGINE_LATER);
await bundle(
  'dist/cli/tsrootwrap-daemon.js',
  'tsrootwrap-daemon',
  /pattern\/engine\.js$/,
  ENGINE_LATER,
);
await bundle('dist/cli/tsrootwrap-privileged.js', 'tsrootwrap-privileged');
await bundle('dist/policy/pattern/engine.js', 'patterns', /pattern\/re2js\.js$/, RE2_WITHIN);

async function bundle(entryPoint, name, replaced, contents) {
  const outfile = `dist/cli/${name}.bundle`;
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'ascii',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    external: ['patterns'],
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    banner: { js: '(function (module, exports, require, __dirname, __filename) {' },
    footer: { js: '})' },
    logLevel: 'warning',
    plugins: replaced === undefined ? [] : [replaceModule(replaced, contents)],
  });
  const text = readFileSync(outfile, 'utf8');
  // bin/program.js reads a byte as a character
  if (/[^\0-\x7f]/.test(text)) throw new Error(`${outfile} is not ASCII`);
  // V8 itself would take code that it made of any other text of the same length
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
  writeFileSync(outfile, `${text}//${digest}`);
  for (const file of readdirSync('dist/cli')) {
    if (file.startsWith(`${name}.bundle.`)) rmSync(`dist/cli/${file}`);
  }
}

function replaceModule(filter, contents) {
  return {
    name: 'replace one module',
    setup: ({ onLoad }) => onLoad({ filter }, () => ({ contents })),
  };
}
