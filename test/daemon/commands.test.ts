import { chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Answer, Commands } from '#src/daemon/commands.js';
import { Memory } from '#src/daemon/memory.js';
import type { CommandEnd } from '#src/exec/running-command.js';
import { Log } from '#src/log/log.js';
import { Policy } from '#src/policy/policy.js';
import { ME } from '../support/daemon.js';
import { until } from '../support/patience.js';
import { policyFiles, temporaryDirectory } from '../support/policy-files.js';
import { isAlive } from '../support/proc.js';
import { testWith } from '../support/requirements.js';
import { copyOfSleep, victim } from '../support/victims.js';

const LIMITS = { killSignal: 15, killAfter: 1000 };
const PEER = { uid: 0, pid: process.pid };

interface Tried {
  readonly answer: Answer;
  /** Of a command that was started. */
  readonly end: CommandEnd | undefined;
}

/**
 * Has a daemon's commands carry these words out.
 *
 * @param between what happens after the decision and before the command starts
 */
async function tried(
  filters: string,
  words: readonly string[],
  between = () => {},
): Promise<Tried> {
  const { config } = policyFiles(filters, 'exec_dirs = /usr/bin,/bin');
  const policy = Policy.load(config);
  const deciding = policy.deciding.bind(policy);
  policy.deciding = function* (asked, turn) {
    const decision = yield* deciding(asked, turn);
    between();
    return decision;
  };
  const environment = [Buffer.from('PATH=/usr/bin:/bin')];
  const memory = new Memory(policy.config.daemon);
  const commands = new Commands(policy, new Log('test', policy.config), environment, memory);
  let answer: Answer | undefined;
  const end = await new Promise<CommandEnd | undefined>((resolve) => {
    commands.run({ words, limits: LIMITS }, PEER, {
      answered: (given) => {
        answer = given;
        if (given.kind !== 'running') resolve(given.kind === 'ended' ? given.end : undefined);
      },
      isWanted: () => true,
      dropped: () => assert.unreachable(),
      ended: resolve,
    });
  });
  return { answer: answer as Answer, end };
}

testWith(['root'], 'a filter for nobody runs its command as nobody, in all four uids', async () => {
  const { end } = await tried('cat: CommandFilter, cat, nobody', ['cat', '/proc/self/status']);
  const status = String(end?.stdout);
  assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  assert.match(status, /^Gid:\t65534\t65534\t65534\t65534$/m);
  assert.match(status, /^Groups:\t65534 $/m);
  assert.match(status, /^CapEff:\t0+$/m);
});

testWith(['root'], 'a KillFilter for nobody cannot end a process of root’s', async () => {
  const program = copyOfSleep(join(temporaryDirectory(), 'napped'));
  const { pid } = await victim(program);
  const words = ['kill', '-9', String(pid)];
  const { end } = await tried(`kill: KillFilter, nobody, ${program}, -9`, words);
  assert.is(end?.code, 1);
  assert.match(String(end?.stderr), new RegExp(`^kill: ${pid}: .*(EPERM|not permitted)`));
  assert.ok(isAlive(pid));
});

testWith(['root'], 'a path exchanged for a link after the decision is refused', async () => {
  const directory = temporaryDirectory();
  const images = join(directory, 'images');
  mkdirSync(images);
  chownSync(images, 65534, 65534);
  writeFileSync(join(images, 'disk'), 'the disk');
  const secret = join(directory, 'secret');
  writeFileSync(secret, 'the secret', { mode: 0o600 });
  const words = ['cat', join(images, 'disk')];
  const filters = `cat: PathFilter, cat, root, ${images}`;
  assert.is(String((await tried(filters, words)).end?.stdout), 'the disk');
  const { answer, end } = await tried(filters, words, () => {
    renameSync(join(images, 'disk'), join(images, 'old'));
    symlinkSync(secret, join(images, 'disk'));
  });
  assert.is(end, undefined);
  assert.is(answer.kind, 'refused');
  if (answer.kind !== 'refused') return;
  assert.is(answer.reason, 'unauthorized');
  assert.match(answer.message, /a path changed while it was checked/);
});

const ENDLESS = Array.from(
  { length: 12 },
  (_, i) => `slow${i}: RegExpFilter, true, ME, true, (?!x${i})(a+)+b`,
).join('\n');
const SLOW = ['true', 'a'.repeat(40)];

/** Commands under a policy whose patterns take long for the words SLOW. */
function slowCommands() {
  const policyOf = (filters: string) =>
    Policy.load(policyFiles(filters.replaceAll('ME', ME), 'exec_dirs = /usr/bin,/bin').config);
  const policy = policyOf(`${ENDLESS}\ntrue: CommandFilter, true, ME`);
  const memory = new Memory(policy.config.daemon);
  const commands = new Commands(policy, new Log('test', policy.config), [], memory);
  const order: string[] = [];
  const ask = (words: readonly string[], isWanted = true) =>
    commands.run({ words, limits: LIMITS }, PEER, {
      answered: (answer) => order.push(answer.kind === 'failed' ? answer.code : answer.kind),
      isWanted: () => isWanted,
      dropped: () => order.push('dropped'),
      ended: (_, memory) => {
        memory.release();
        order.push('ended');
      },
    });
  return { commands, memory, order, ask, policyOf };
}

test('a request is answered while patterns take long for another', async () => {
  const { commands, order, ask } = slowCommands();
  ask(SLOW);
  assert.equal(order, []);
  assert.is(commands.running, 1);
  ask(['false']);
  assert.equal(order, ['refused']);
  await until('both are over', () => order.length === 3);
  assert.equal(order, ['refused', 'running', 'ended']);
  assert.is(commands.running, 0);
});

test('what is decided about when the policy changes is decided by the new one', async () => {
  const { commands, order, ask, policyOf } = slowCommands();
  ask(SLOW);
  commands.use(policyOf('false: CommandFilter, false, ME'));
  await until('the answer', () => order.length > 0);
  assert.equal(order, ['refused']);
});

test('a request whose client has gone while it was decided about is not run', async () => {
  const { commands, memory, order, ask } = slowCommands();
  ask(SLOW, false);
  await until('the end of it', () => commands.running === 0);
  assert.equal(order, ['dropped']);
  assert.is(memory.shares.taken, 0);
});

test('one that is decided about when all has to end is not run', async () => {
  const { commands, order, ask } = slowCommands();
  ask(SLOW);
  commands.endAll();
  await until('the answer', () => commands.running === 0);
  assert.equal(order, ['ending']);
});

test('a refused command is shown again up to 4096 characters, and how many more there are', async () => {
  const messageFor = async (words: readonly string[]) => {
    const { answer } = await tried('cat: CommandFilter, cat, root', words);
    return answer.kind === 'refused' ? answer.message : answer.kind;
  };
  const fitting = 'x'.repeat(4096 - 'no '.length);
  assert.match(await messageFor(['no', fitting]), `Unauthorized command: no ${fitting} (`);
  assert.match(
    await messageFor(['no', `${fitting}yz`]),
    `Unauthorized command: no ${fitting}... (2 more) (`,
  );
});

test.run();
