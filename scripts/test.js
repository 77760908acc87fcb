// Runs every test file in a process of its own and sums up. Exit 0: none failed.
//
//   node scripts/test.js [PART-OF-A-FILE-NAME...]
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ownEtc } from './test-namespace.js';

const ROOT = 'build/test';
/** A file that takes longer hangs; it is killed and has failed. */
const MOST_MILLISECONDS = 600_000;
const wanted = process.argv.slice(2);
const files = readdirSync(ROOT, { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();

const before = ownEtc();
if (before.length === 0)
  console.log("Tests share this machine's /etc: not root, or no namespaces.");
const titles = mkdtempSync(join(tmpdir(), 'tsrootwrap-titles-'));
process.on('exit', () => rmSync(titles, { recursive: true, force: true }));

const totals = { passed: 0, failed: 0, skipped: 0 };
const pending = [...files];
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

async function worker() {
  for (let file = pending.shift(); file !== undefined; file = pending.shift()) {
    const started = performance.now();
    report(file, await run(file), (performance.now() - started) / 1000);
  }
}

function run(file) {
  return new Promise((settle) => {
    const title = join(titles, file.replaceAll('/', '-'));
    const tell = resolve(ROOT, 'support/tell-test.js');
    const node = [process.execPath, '--enable-source-maps', '--import', tell, join(ROOT, file)];
    const [command, ...args] = [...before, ...node];
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: MOST_MILLISECONDS,
      killSignal: 'SIGKILL',
      env: {
        ...process.env,
        FORCE_COLOR: '0',
        NODE_EXTRA_CA_CERTS: undefined, // slow, not needed
        TSROOTWRAP_TEST_TITLE: title,
      },
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code, signal) => settle({ code, signal, output, last: lastTitle(title) }));
  });
}

/** The test that ran last, as test/support/tell-test.ts keeps it. */
function lastTitle(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // none had begun
  }
}

/** Reads uvu's closing lines; a file that ends without them, or not with 0, has failed. */
function report(file, { code, signal, output, last }, seconds) {
  const count = (word) =>
    [...output.matchAll(new RegExp(`^ *${word}: +(\\d+)`, 'gm'))].reduce(
      (sum, [, number]) => sum + Number(number),
      0,
    );
  const skips = [...output.matchAll(/^SKIP: .*$/gm)].map(([line]) => line);
  const total = count('Total');
  const passed = count('Passed');
  const skipped = count('Skipped') + skips.length;
  const failed = total - passed - count('Skipped') + (code !== 0 && total === passed ? 1 : 0);
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  const ended = code === 0 ? '' : ` (${signal ?? `exit ${code}`})`;
  console.log(
    `${failed > 0 ? 'FAIL' : 'ok  '} ${file}: ${passed} of ${total}${ended}, ${seconds.toFixed(1)} s`,
  );
  for (const line of skips) console.log(`     ${line}`);
  for (const [line] of output.matchAll(/^(seed|SEED).*$/gm)) console.log(`     ${line}`);
  if (signal !== null) console.log(`     it ended in the test "${last ?? 'none had begun'}"`);
  if (failed > 0) console.log(output.replace(/^/gm, '     '));
}
