import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { CHANNELS } from '../contexts/channels-variable.js';
import { isContextName } from '../contexts/declaration.js';
import { PrivilegedError } from '../wire/errors.js';

/** Standard input, output and error are never sockets to helpers. */
const FIRST_DESCRIPTOR = 3;
const HIGHEST_DESCRIPTOR = 2 ** 31 - 1;

/** The sockets to helpers that the process was started with. */
export class InheritedSockets {
  readonly #text: string | undefined;
  #sockets: ReadonlyMap<string, Socket> | undefined;
  readonly #taken = new Set<string>();

  /** Takes the variable out of this process's environment, so that no other program is told of it. */
  constructor(environment: NodeJS.ProcessEnv) {
    this.#text = environment[CHANNELS];
    delete environment[CHANNELS];
  }

  /** Whether the process was started with a socket to this context's helper, used or not. */
  has(context: string): boolean {
    return this.#all().has(context);
  }

  /**
   * The socket to the context's helper, the first time that it is asked for.
   *
   * @throws {PrivilegedError} the variable, or a descriptor that it names, is not what it has to be
   */
  take(context: string): Socket | undefined {
    const socket = this.#all().get(context);
    if (this.#taken.has(context)) return undefined;
    this.#taken.add(context);
    return socket;
  }

  /** All at once, so that no descriptor is left unchecked until somebody else may have its number. */
  #all(): ReadonlyMap<string, Socket> {
    this.#sockets ??= this.#text === undefined ? new Map() : open(parse(this.#text));
    return this.#sockets;
  }
}

function open(descriptors: ReadonlyMap<string, number>): ReadonlyMap<string, Socket> {
  for (const [context, fd] of descriptors) requireSocket(context, fd);
  return new Map([...descriptors].map(([context, fd]) => [context, socketOn(fd)]));
}

function socketOn(fd: number): Socket {
  const socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
  socket.on('error', () => {}); // its end is what counts, when somebody uses it
  socket.unref(); // a helper that nothing is asked of does not keep this process
  return socket;
}

function parse(text: string): ReadonlyMap<string, number> {
  const descriptors = new Map<string, number>();
  for (const part of text.split(',')) {
    const [name, number = '', ...more] = part.split('=');
    const fd = /^[1-9]\d{0,9}$/.test(number) ? Number(number) : 0;
    const isInRange = fd >= FIRST_DESCRIPTOR && fd <= HIGHEST_DESCRIPTOR;
    if (!isContextName(name) || more.length > 0 || !isInRange) {
      throw fault(`${JSON.stringify(part)} in it is not`);
    }
    if (descriptors.has(name)) throw fault(`it names ${name} twice: it is not`);
    if ([...descriptors.values()].includes(fd)) throw fault(`it names ${fd} twice: it is not`);
    descriptors.set(name, fd);
  }
  return descriptors;
}

function requireSocket(context: string, fd: number): void {
  let found: string;
  try {
    if (fstatSync(fd).isSocket()) return;
    found = 'is no socket';
  } catch {
    found = 'is not open';
  }
  throw new PrivilegedError(
    'ERR_PRIVILEGED_HELPER',
    `descriptor ${fd}, which ${CHANNELS} gives for context ${context}, ${found}: start the service by \`tsrootwrap-privileged ... -- COMMAND\`, with nothing in between that closes descriptors`,
  );
}

function fault(problem: string): PrivilegedError {
  return new PrivilegedError(
    'ERR_PRIVILEGED_HELPER',
    `${CHANNELS} is not understood: ${problem} what tsrootwrap-privileged sets; remove the variable, or start the service by \`tsrootwrap-privileged ... -- COMMAND\``,
  );
}
