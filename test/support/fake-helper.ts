/**
 * A helper that speaks the channel and does what it is asked to, for what a real one should never do.
 * A program: `node fake-helper.js [BEHAVIOUR...] CONFIG tsrootwrap-privileged --config CONFIG
 * --context NAME`. The functions it knows are those of `functions` below.
 */
import { appendFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Channel } from '#src/privileged/wire/channel.js';
import { putTogether, takeApart } from '#src/privileged/wire/data.js';
import { isToHelper } from '#src/privileged/wire/guards.js';
import type { CallMessage, FromHelper, ToHelper } from '#src/privileged/wire/messages.js';
import { frame } from '#src/wire/frames.js';

const words = process.argv.slice(2);
const behaviour = words.slice(0, words.indexOf('tsrootwrap-privileged') - 1);
const has = (one: string) => behaviour.includes(one);
const after = (name: string, list = behaviour) => {
  const at = list.indexOf(name);
  return at === -1 ? undefined : list[at + 1];
};
const context = after('--context', words) ?? '';
/** A file that is told what becomes of this process. */
const journal = after('--journal');
const note = (line: string) => journal !== undefined && appendFileSync(journal, `${line}\n`);

const input = new Socket({ fd: 0, readable: true, writable: false, allowHalfOpen: true });
const output = new Socket({ fd: 1, readable: false, writable: true });
const open = new Map<number, CallMessage>();
const held: number[] = [];
let most = 0;

const result = (id: number, value?: unknown) => {
  open.delete(id);
  const parts = takeApart(value);
  const bytes = parts.places.length === 0 ? {} : { bytes: parts.places };
  const given = parts.value === undefined ? {} : { value: parts.value };
  channel.send({ type: 'result', id, ...given, ...bytes }, parts.bytes);
};
const raw = (message: object | string, ...bytes: Uint8Array[]) =>
  output.write(frame(typeof message === 'string' ? message : JSON.stringify(message), ...bytes));

const functions: Record<string, (id: number, args: Record<string, unknown>) => unknown> = {
  echo: (id, args) => result(id, args.value),
  given: (id, args) => result(id, args),
  pid: (id) => result(id, process.pid),
  command: (id) => result(id, words),
  most: (id) => result(id, most),
  nothing: (id) => result(id),
  fail: (id) => {
    const thrown = { name: 'RangeError', message: 'what is wrong', code: 'EWRONG', stack: 'at x' };
    channel.send({ type: 'error', id, failure: { kind: 'function', thrown } });
  },
  refuse: (id) => {
    const code = 'ERR_PRIVILEGED_TIMEOUT';
    const failure = { kind: 'refused', code, message: 'it took long' } as const;
    channel.send({ type: 'error', id, failure });
  },
  /** Holds calls until so many are there, and answers the last first. */
  gather: (id, { count }) => {
    held.push(id);
    if (held.length < (count as number)) return;
    for (const one of held.splice(0).reverse()) result(one, one);
  },
  /** Is answered when it is cancelled. */
  wait: () => {},
  /** Never answers, whatever is said. */
  deaf: () => {},
  /** Ends with its result though it is cancelled. */
  finish: () => {},
  unasked: (id) => channel.send({ type: 'error', id, failure: { kind: 'cancelled' } }),
  die: () => process.kill(process.pid, 'SIGKILL'),
  exit: (_, { code }) => process.exit(code as number),
  complain: () => {
    writeSync(2, 'the first line\nthe last\u001b[31m line');
    process.exit(3);
  },
  fatal: () => {
    channel.send({ type: 'fatal', message: 'this function\nnever ends' });
    channel.end();
    output.on('finish', () => process.exit(70));
  },
  /** Ends as one that has nothing to say. */
  hangUp: () => process.exit(0),
  garbage: () => output.write('this is no frame at all, nor part of one'),
  noJson: () => raw('{'),
  noMessage: () => raw({ type: 'result', id: 'one' }),
  secondReady: () => raw({ type: 'ready', protocol: 1, context, functions: [] }),
  unknownId: () => raw({ type: 'result', id: 4711, value: 1 }),
  badPlace: (id) =>
    raw({ type: 'result', id, value: {}, bytes: [[['x'], 2]] }, Buffer.from('\nab')),
  proto: (id) => raw(`{"type":"result","id":${id},"value":{"__proto__":{"x":1}}}`),
  cutOff: () => {
    output.write(Buffer.from([0, 0, 0, 0, 0, 0, 0, 9, 1]));
    output.end(() => process.exit(0));
  },
  log: (id, { level, message }) => {
    const about = 'log';
    raw({ type: 'log', level, message, function: about });
    raw({ type: 'log', level, message });
    result(id);
  },
  say: (id, { text }) => {
    writeSync(2, text as string);
    result(id);
  },
  /** Writes so many bytes to standard error, all in one line or in many. */
  flood: (id, { bytes, lines }) => {
    const text = (lines ? 'a\n' : 'aa').repeat((bytes as number) / 2);
    process.stderr.write(text, () => result(id));
  },
  /** Reads nothing for so long. */
  sleep: (id, { milliseconds }) => {
    channel.pause();
    setTimeout(() => {
      result(id);
      channel.resume();
    }, milliseconds as number);
  },
};

const channel = new Channel<ToHelper, FromHelper>(
  input,
  output,
  {
    message: (message, bytes) => {
      if (message.type === 'cancel') {
        note(`cancel ${message.id}`);
        const { name } = open.get(message.id) ?? {};
        if (name === 'finish') result(message.id, 'finished');
        if (name !== 'wait') return;
        open.delete(message.id);
        channel.send({ type: 'error', id: message.id, failure: { kind: 'cancelled' } });
        return;
      }
      const { id, name } = message;
      note(`call ${id} ${name}`);
      open.set(id, message);
      most = Math.max(most, open.size);
      const args = putTogether(message.args, message.bytes, bytes) as Record<string, unknown>;
      functions[name]?.(id, args);
    },
    closed: () => {
      note('closed');
      if (!has('lingers')) process.exit(0);
      setTimeout(() => note('still here'), 60_000);
    },
  },
  isToHelper,
);

const complaint = after('--complain');
if (complaint !== undefined) {
  writeSync(2, `${complaint}\n`);
  process.exit(Number(after('--exit') ?? 1));
}
note(`started ${process.pid}`);
if (has('ends')) process.exit(4);
if (has('killed')) process.kill(process.pid, 'SIGKILL');
if (has('garbage')) output.write('Sorry, try again.\n');
if (has('answers-first')) raw({ type: 'result', id: 1 });
if (has('fatal')) {
  channel.send({ type: 'fatal', message: 'a thread holds CAP_SYS_ADMIN' });
  channel.end();
}
if (has('logs')) raw({ type: 'log', level: 'info', message: 'a module says hello' });
if (!has('mute') && !has('garbage') && !has('fatal')) {
  const protocol = has('protocol') ? 2 : 1;
  const name = has('other-context') ? 'other' : context;
  channel.send({ type: 'ready', protocol, context: name, functions: Object.keys(functions) });
}
if (has('dies-ready')) output.write('', () => process.kill(process.pid, 'SIGKILL'));
