import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT, SAFE_PATH } from '../support/executable.js';
import { until } from '../support/patience.js';
import { type Looked, lookingModule, privilegedPolicy } from '../support/privileged-policy.js';
import { isAlive } from '../support/proc.js';
import { testWith } from '../support/requirements.js';

const [SERVICE_ID, HELPER_ID] = [65_533, 65_532];

const SERVICE = `
import { configure } from 'tsrootwrap/privileged';
import { declared, lookPrivilegednet } from './modules/net.js';

configure({ config: process.argv[2] });
await declared.start();
process.setgroups([]);
process.setgid(${SERVICE_ID});
process.setuid(${SERVICE_ID});
const looked = await lookPrivilegednet();
console.log(JSON.stringify({ uid: process.getuid(), looked }));
setInterval(() => {}, 60_000);
`;

testWith(
  ['root'],
  'a service that starts as root keeps its helper when it has given up its privileges, and ends with it',
  async () => {
    const options = { user: HELPER_ID, group: HELPER_ID, capabilities: ['CAP_NET_RAW'] };
    const module = `${lookingModule('net', options)}\nexport { declared };`;
    const { directory, config } = privilegedPolicy({ 'net.js': module });
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(ROOT, join(directory, 'node_modules/tsrootwrap'));
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    writeFileSync(join(directory, 'service.js'), SERVICE);
    const words = [join(directory, 'service.js'), config];
    const service = spawn(process.execPath, words, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: SAFE_PATH },
    });
    const [line] = await once(createInterface(service.stdout), 'line');
    const { uid, looked } = JSON.parse(line) as { uid: number; looked: Looked };
    assert.is(uid, SERVICE_ID);
    const helper = [HELPER_ID, HELPER_ID, HELPER_ID, HELPER_ID].join('\t');
    assert.match(looked.status, `Uid:\t${helper}\nGid:\t${helper}\n`);
    assert.match(looked.status, /^CapEff:\t0000000000002000$/m);
    service.kill('SIGKILL'); // it may not signal its helper: that is another user's
    await until('the end of the helper', () => !isAlive(looked.pid));
  },
);

test.run();
