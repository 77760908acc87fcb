import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executable, ROOT, SAFE_PATH } from '../support/executable.js';
import { privilegedPolicy } from '../support/privileged-policy.js';
import { testWith } from '../support/requirements.js';

const MODULE = `
import { context, type Call } from 'tsrootwrap/privileged';

type Who = { readonly uid: number };
const typed = context('typed', { user: 65534, group: 65534 });
export const whoPrivileged = typed.entrypoint(
  { name: { type: 'string', pattern: '^[a-z]+$' } },
  ({ name }: { name: string }, { log }: Call): { name: string; uid: number } => {
    log.info('typed' satisfies string);
    return { name, uid: (process as { getuid(): number }).getuid() as Who['uid'] };
  },
);
`;

/** A service that Node runs as it is written. */
const SERVICE = `
import { configure, type ServiceOptions } from 'tsrootwrap/privileged';
import { whoPrivileged } from './modules/net.ts';

const [config, command]: string[] = process.argv.slice(2);
configure({ config, command: [command!] } satisfies ServiceOptions);
const answer = await whoPrivileged({ name: 'abc' });
const refused: string = await whoPrivileged({ name: '../x' }).catch((error) => error.code);
console.log(JSON.stringify({ answer, refused }));
`;

/** Where Node runs no TypeScript the service is JavaScript, and only its modules are not. */
const PLAIN = `
import { configure, context } from 'tsrootwrap/privileged';

const [config, command] = process.argv.slice(2);
configure({ config, command: [command] });
const typed = context('typed', { user: 65534, group: 65534 });
console.log(await typed.start().catch((error) => error.message));
`;

const runsTypes = Boolean((process.features as { typescript?: unknown }).typescript);

testWith(
  ['root'],
  'a service and its modules run as TypeScript where Node does that, and elsewhere are told to be compiled',
  () => {
    const { directory, config } = privilegedPolicy({ 'net.ts': MODULE }, ['typed']);
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(ROOT, join(directory, 'node_modules/tsrootwrap'));
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    const service = join(directory, runsTypes ? 'service.ts' : 'service.js');
    writeFileSync(service, runsTypes ? SERVICE : PLAIN);
    const words = [service, config, executable()];
    const env = { PATH: SAFE_PATH };
    const { stdout, stderr, status } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      env,
    });
    assert.is(status, 0, stderr);
    if (runsTypes) {
      const answer = { name: 'abc', uid: 65_534 };
      assert.equal(JSON.parse(stdout), { answer, refused: 'ERR_PRIVILEGED_ARGUMENTS' }, stderr);
      assert.match(stderr, /^typed: whoPrivileged: typed$/m);
    } else {
      const said = `is TypeScript, which Node ${process.version} does not run; compile it, or use Node 22.18`;
      assert.match(stdout, said);
    }
  },
);

test.run();
