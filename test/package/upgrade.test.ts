import { execFile, spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RootwrapClient } from '#src/client/index.js';
import { archiveOf, installArchive, type Place, scriptWords } from '../support/archives.js';
import { publicDirectory, publicPolicy } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const CALLS_PER_SECOND = 200;
const UPGRADES = 3;
/** A call for a program of its own, each hundredth for a daemon of its own as well. */
const ONE_SHOT_EACH = 40;
const DAEMON_EACH = 100;
const LONGEST_CALL = 60_000;

/** What callers got: the versions that answered, and what went wrong. */
interface Tally {
  calls: number;
  readonly versions: Set<string>;
  readonly failures: string[];
}

testWith(['root'], 'while versions change, not one of 200 calls a second is lost', async () => {
  const { place, config } = installedPolicy();
  const archives = ['1.0.0', '1.1.0'].map(archiveOf);
  for (const archive of archives) assert.is(installArchive(archive, place).status, 0);

  const tally: Tally = { calls: 0, versions: new Set(), failures: [] };
  const over = new AbortController();
  const load = callSteadily(place, config, tally, over.signal);
  for (let number = 0; number < UPGRADES; number++) {
    await sleep(300);
    await upgrade(archives[number % archives.length] ?? '', place);
  }
  over.abort();
  await load;
  assert.equal(tally.failures.slice(0, 5), []);
  assert.ok(tally.calls > DAEMON_EACH, `${tally.calls}`);
  assert.equal([...tally.versions].sort(), ['tsrootwrap 1.0.0\n', 'tsrootwrap 1.1.0\n']);
});

function installedPolicy(): { readonly place: Place; readonly config: string } {
  const above = publicDirectory();
  const place = { to: join(above, 'versions'), prefix: join(above, 'prefix') };
  mkdirSync(join(place.prefix, 'bin'), { recursive: true });
  symlinkSync(process.execPath, join(place.prefix, 'bin/node'));
  // a pattern, so that the second file of the program is read as well, and later
  const { config, bin } = publicPolicy('say: RegExpFilter, say, root, say, [a-z]+[0-9]+');
  script(join(bin, 'say'), 'echo "$1"');
  return { place, config };
}

/** Offers calls at a steady rate until the signal, and waits for all of them. */
async function callSteadily(place: Place, config: string, tally: Tally, over: AbortSignal) {
  const program = join(place.prefix, 'bin/tsrootwrap');
  const clients: RootwrapClient[] = [];
  const pending: Promise<void>[] = [];
  const started = performance.now();
  for (let number = 0; !over.aborted; number++) {
    const early = started + (number * 1000) / CALLS_PER_SECOND - performance.now();
    await sleep(Math.max(0, early)); // also when late: the answers are read in between
    if (number % DAEMON_EACH === 0) clients.push(new RootwrapClient([`${program}-daemon`, config]));
    const word = `call${number}`;
    const call =
      number % ONE_SHOT_EACH === 0
        ? callProgram(program, config, word, tally)
        : callDaemon(clients.at(-1), word);
    pending.push(
      call.then(
        (said) => check(word, said, tally),
        (error) => check(word, error, tally),
      ),
    );
  }
  await Promise.all(pending);
  await Promise.all(clients.map((client) => client.close()));
}

function check(word: string, outcome: unknown, tally: Tally): void {
  tally.calls++;
  if (outcome !== word) tally.failures.push(`${word}: ${outcome}`);
}

const run = promisify(execFile);

async function callProgram(program: string, config: string, word: string, { versions }: Tally) {
  const options = { timeout: LONGEST_CALL };
  const version = (await run(program, ['--version'], options)).stdout;
  versions.add(version);
  return (await run(program, [config, 'say', word], options)).stdout.trimEnd();
}

async function callDaemon(client: RootwrapClient | undefined, word: string): Promise<string> {
  const result = await client?.execute(['say', word]);
  return String(result?.stdout);
}

async function upgrade(archive: string, place: Place): Promise<void> {
  const child = spawn('/bin/sh', scriptWords(archive, place), {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const status = await new Promise((resolve) => child.once('exit', resolve));
  assert.is(status, 0);
}

test.run();
