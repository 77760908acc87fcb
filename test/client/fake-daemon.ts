/**
 * A daemon that speaks the protocol and does what it is asked to, for what a real one should never do.
 * A program: `node fake-daemon.js [--stdio] [--listen PATH] [BEHAVIOUR...]`. The commands it
 * knows are those of `commands` below.
 */
import { appendFileSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { answerChallenge, makeChallenge, verifyAnswer, WELCOME } from '#src/wire/challenge.js';
import { decode, encode } from '#src/wire/encoding.js';
import { FrameReader, frame } from '#src/wire/frames.js';
import type { FromDaemon, Run, ToDaemon } from '#src/wire/messages.js';
import { isToDaemon } from '#src/wire/validators.js';

const words = process.argv.slice(2);
const has = (behaviour: string) => words.includes(behaviour);
const after = (name: string) => {
  const at = words.indexOf(name);
  return at === -1 ? undefined : words[at + 1];
};

const INPUT = 64 * 1024;

interface Current {
  readonly run: Run;
  window: number;
  fed: number;
  /** Bytes of input that may still come. */
  room: number;
  collected: Buffer[];
  inputEnded: boolean;
  wake: () => void;
  aborted?: true;
}

/** @returns takes a payload that has arrived before */
function converse(input: Readable, output: Writable, onEnd: () => void): (payload: Buffer) => void {
  const current = new Map<number, Current>();
  const reader = new FrameReader(256 * 1024 * 1024);
  let last = 0;
  let leaving = false;
  let most = Infinity;
  let reached = 0;
  let declined = 0;
  const send = (message: FromDaemon, ...bytes: Uint8Array[]) =>
    output.write(encode(message, ...bytes));
  const end = (id: number, stdout = '' as string | Buffer, stderr = '', more = {}) => {
    const out = Buffer.from(stdout);
    const err = Buffer.from(stderr);
    const lengths = { stdout: out.length, stderr: err.length };
    current.delete(id);
    send({ type: 'exit', id, code: 0, signal: null, ...lengths, ...more }, out, err);
    if (leaving && current.size === 0) output.end();
  };
  const sleep = (command: Current, ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      command.wake = () => {
        if (command.aborted) clearTimeout(timer);
        if (command.aborted) resolve();
      };
    });

  const commands: Record<string, (id: number, args: string[], command: Current) => unknown> = {
    pid: (id) => end(id, `${process.pid}`),
    echo: (id, args) => end(id, `${args.join(' ')}\n`),
    limits: (id, _, { run }) => end(id, JSON.stringify(run)),
    exit: (id, [code, text = 'what is wrong']) =>
      end(id, 'out\n', `${text}\n`, { code: Number(code) }),
    signal: (id, [signal]) => end(id, '', '', { code: null, signal }),
    refuse: (id, [explain]) => {
      const misses = [{ filter: 'ip', reason: 'does not match', word: 'a\u001b' }];
      const message = 'Unauthorized command: x (no filter matched)';
      const told = explain === undefined ? {} : { misses };
      send({ type: 'refused', id, reason: 'unauthorized', message, ...told });
      current.delete(id);
    },
    absent: (id) => {
      send({ type: 'refused', id, reason: 'not-executable', message: 'Executable not found: x' });
      current.delete(id);
    },
    busy: (id) => {
      send({ type: 'failed', id, code: 'busy', message: '2 commands run already' });
      current.delete(id);
    },
    /** From now on at most so many run at once. */
    lower: (id, [to]) => {
      most = Number(to);
      end(id);
    },
    most: (id) => end(id, `${reached} ${declined}`),
    append: (id, [file = '', ms = '0']) => {
      appendFileSync(file, 'ran\n');
      setTimeout(() => end(id), Number(ms));
    },
    sleep: async (id, [ms], command) => {
      await sleep(command, Number(ms));
      end(id, '', '', command.aborted && { code: null, signal: 'SIGTERM', aborted: true });
    },
    cat: async (id, _, command) => {
      const grant = () => {
        if (!current.has(id)) return;
        if (command.fed > 0) send({ type: 'window', id, bytes: command.fed });
        command.room += command.fed;
        command.fed = 0;
        if (command.inputEnded || command.aborted) {
          const how = command.aborted && { code: null, signal: 'SIGTERM', aborted: true };
          const bytes = Buffer.concat(command.collected);
          if (command.run.window !== undefined) send({ type: 'stdout', id }, bytes);
          end(id, command.run.window === undefined ? bytes : '', '', how);
        }
      };
      command.wake = () => setImmediate(grant);
      grant();
    },
    flood: (id, [bytes, stream = 'stdout'], command) => {
      let rest = Number(bytes);
      const type = stream as 'stdout' | 'stderr';
      const pour = () => {
        while (rest > 0 && command.window > 0 && !command.aborted) {
          const piece = Buffer.alloc(Math.min(rest, command.window, 65536), 0x61);
          rest -= piece.length;
          command.window -= piece.length;
          send({ type, id }, piece);
        }
        if (command.aborted) end(id, '', '', { code: null, signal: 'SIGTERM', aborted: true });
        else if (rest === 0 && stream === 'stderr') {
          rest = 3;
          send({ type: 'stdout', id }, Buffer.from('out'));
          end(id);
        } else if (rest === 0) end(id);
      };
      command.wake = pour;
      pour();
    },
    'flood-unasked': (id, [bytes]) => {
      for (let rest = Number(bytes); rest > 0; rest -= 50_000) {
        send({ type: 'stdout', id }, Buffer.alloc(50_000));
      }
    },
    /** Output, and behind it, in one piece, what breaks the protocol. */
    spoil: (id) => {
      output.cork();
      send({ type: 'stdout', id }, Buffer.from('x'));
      output.write(frame('{'));
      output.uncork();
    },
    raw: (_, [json = '', bytes = '']) => {
      output.write(bytes === '' ? frame(json) : frame(json, Buffer.from(`\n${bytes}`)));
    },
    bytes: (_, [text = '']) => output.write(text),
    die: () => process.kill(process.pid, 'SIGKILL'),
    /** Takes leave, with requests up to this one answered. */
    leave: (id) => {
      leaving = true;
      send({ type: 'goodbye', last: id });
      end(id, 'left');
    },
    /** Takes leave without having taken this one. */
    decline: (id) => {
      leaving = true;
      current.delete(id);
      send({ type: 'goodbye', last: id - 1 });
      if (current.size === 0) output.end();
    },
  };

  const take = (message: ToDaemon, bytes: Buffer) => {
    if (message.type === 'hello') {
      if (has('mute')) return;
      if (has('away')) {
        output.end();
        return;
      }
      const limits = { frame: 100_000, requests: 8, output: 1_000_000, input: INPUT };
      send({ type: 'hello', protocol: 1, version: '0.0.0', limits });
      return;
    }
    if (message.type !== 'run') {
      const command = current.get(message.id);
      if (!command) return;
      if (message.type === 'window') command.window += message.bytes;
      if (message.type === 'abort') command.aborted = true;
      if (message.type === 'signal')
        end(message.id, '', '', { code: null, signal: message.signal });
      if (message.type === 'stdin') {
        command.collected.push(Buffer.from(bytes));
        command.fed += bytes.length;
        command.room -= bytes.length;
        if (command.room < 0) throw new Error('more input than was granted');
        command.inputEnded ||= message.end === true;
      }
      command.wake();
      return;
    }
    if (leaving) return;
    if (message.id <= last) throw new Error('ids must increase');
    last = message.id;
    if (current.size >= most) {
      declined++;
      send({ type: 'failed', id: message.id, code: 'busy', message: `${most} run already` });
      return;
    }
    if (current.size >= 8) throw new Error('more than limits.requests');
    const { id, argv, window = 0, feeding = false } = message;
    const collected = bytes.length > 0 ? [Buffer.from(bytes)] : [];
    const room = INPUT - bytes.length;
    const start = { run: message, window, fed: 0, room, collected, wake: () => {} };
    const command: Current = { ...start, inputEnded: !feeding };
    current.set(id, command);
    reached = Math.max(reached, current.size);
    const [name = '', ...args] = argv;
    const hasProcess = !['refuse', 'exit'].includes(name);
    if (message.window !== undefined && hasProcess) send({ type: 'started', id, pid: 4711 });
    commands[name]?.(id, args, command);
  };

  const receive = (payload: Buffer) => {
    const { value, bytes } = decode(payload);
    if (!isToDaemon(value)) throw new Error(JSON.stringify(isToDaemon.errors));
    take(value, bytes);
  };
  input.on('data', (chunk: Buffer) => {
    for (const payload of reader.read(chunk)) receive(payload);
  });
  input.on('end', onEnd);
  input.on('error', () => {});
  output.on('error', () => {});
  return receive;
}

function authenticate(socket: import('node:net').Socket, key: Buffer): void {
  const reader = new FrameReader(256);
  const { payload, message } = makeChallenge();
  let step = 0;
  let receive: ((payload: Buffer) => void) | undefined;
  socket.write(frame('', has('md5') ? Buffer.from(`#CHALLENGE#${'x'.repeat(20)}`) : payload));
  const take = (chunk: Buffer) => {
    for (const received of reader.read(chunk)) {
      if (receive) receive(received);
      step++;
      if (step === 1) {
        const right = verifyAnswer(key, message, received, false);
        socket.write(frame(right && !has('strict') ? '#WELCOME#' : '#FAILURE#'));
      } else if (step === 2) {
        const real = answerChallenge(has('wrong-key') ? Buffer.alloc(32) : key, received);
        socket.write(frame('', real ?? Buffer.alloc(0)));
      } else if (step === 3) {
        if (!received.equals(WELCOME)) throw new Error('not welcome');
        socket.off('data', take);
        receive = converse(socket, socket, () => socket.end());
      }
    }
  };
  socket.on('data', take);
  socket.on('error', () => {});
}

const greeting = after('--say');
if (greeting !== undefined) process.stdout.write(greeting);
const complaint = after('--complain');
if (complaint !== undefined) {
  writeSync(2, `${complaint}\n`);
  process.exit(97);
}
const listen = after('--listen');
if (has('--stdio')) {
  if (has('warn')) writeSync(2, 'first\nsecond\nthird');
  converse(process.stdin, process.stdout, () => process.exit(0));
} else if (listen !== undefined) {
  const server = createServer((socket) => converse(socket, socket, () => socket.end()));
  server.listen(listen, () => process.stdout.write('listening\n'));
} else {
  const path = `${process.env.FAKE_DIRECTORY}/${process.pid}.sock`;
  const key = Buffer.from(`\n${'k'.repeat(31)}`);
  const server = createServer((socket) => authenticate(socket, key));
  server.listen(path, () => process.stdout.write(Buffer.concat([Buffer.from(`${path}\n`), key])));
  const stop = () => {
    rmSync(path, { force: true });
    process.exit(0);
  };
  process.stdin.resume().on('end', stop);
}
