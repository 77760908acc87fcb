// The one-shot executable as one CommonJS file: Node starts an ES module a fifth slower than it
// starts at all, and each file that it has to find costs too (npm run bench shows by how much).
import { build } from 'esbuild';

await build({
  entryPoints: ['dist/cli/tsrootwrap.js'],
  outfile: 'dist/cli/tsrootwrap.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  legalComments: 'none',
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});
