// The one-shot executable as one CommonJS file: an ES module adds a fifth to the time in which Node
// starts at all, and each file that it has to find adds more.
import { build } from 'esbuild';

await build({
  entryPoints: ['dist/cli/tsrootwrap.js'],
  outfile: 'dist/cli/tsrootwrap.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  logLevel: 'warning',
});
