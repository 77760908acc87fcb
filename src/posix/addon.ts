import { nativeFile, TARGET } from './native-file.js';

/** Who a process runs as. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** All supplementary groups; the primary one need not be among them. */
  readonly groups: readonly number[];
}

/** What a process may do beside being somebody, and what neither it nor a child can gain again. */
export interface Privileges {
  /**
   * Numbers of capabilities (linux/capability.h). The program has each of these in all five sets,
   * permitted, effective, inheritable, bounding and ambient, and no other one in any, whatever its
   * uid: for root as for others. A capability that the kernel does not know is EINVAL, one that this
   * process does not have itself EPERM; the message says which, and nothing has changed then.
   */
  readonly capabilities: readonly number[];
  /** 0 to 0o777. */
  readonly umask: number;
}

/** A program about to start: all that `become` and `spawn` need to know. */
export interface ProcessImage {
  /** Absolute path, given to execve(2) as it is. */
  readonly file: string;
  readonly argv: readonly string[];
  /** `NAME=VALUE` entries; a Uint8Array is passed on byte for byte. */
  readonly environment: readonly (string | Uint8Array)[];
  /**
   * Set by setgroups, setresgid, setresuid in that order; no capability is left unless the user is
   * root. Absent: unchanged.
   */
  readonly credentials?: Credentials | undefined;
  /**
   * For a program that is to have exactly these, with no_new_privs, and secure bits that keep uid 0
   * and the set-uid bit from giving capabilities (NOROOT, locked; see capabilities(7)), and with a
   * session keyring of its own. Takes CAP_SETPCAP, and makes this process undumpable. Needs `credentials`. Absent: capabilities as
   * `credentials` says, all else unchanged.
   */
  readonly privileges?: Privileges;
  /** Limits of the new program, set before `softNofile`. null is none. Absent: unchanged. */
  readonly limits?: readonly ({ readonly resource: number } & Limit)[];
  /** Soft RLIMIT_NOFILE of the new program; the hard limit is left alone. Absent: unchanged. */
  readonly softNofile?: number;
  /**
   * Absolute paths in `argv` to be opened (O_PATH, following no symbolic link, with the new
   * credentials) and replaced by `/proc/self/fd/N`.
   */
  readonly pinned?: readonly Pin[];
}

/** A path that is opened before the program starts; the program is given the object. */
export interface Pin {
  /** Index into the words that hold the path. */
  readonly index: number;
  /** What must stand there: a directory (else ENOTDIR), or anything else (else EISDIR). */
  readonly isDirectory: boolean;
}

export interface BecomeImage extends ProcessImage {
  /**
   * Descriptors that become the program's 0, 1, 2..., three at least; it gets no others but pins.
   * They take their places right before execve, over Node's own: when execve fails then, the process
   * says so on the new descriptor 2 in one line (file, step, errno's name) and ends with status 126.
   * Absent: 0, 1 and 2 as they are.
   */
  readonly stdio?: readonly number[];
}

export interface SpawnImage extends ProcessImage {
  /** Descriptors of this process that become the child's 0, 1, 2...; it gets no others. */
  readonly stdio: readonly number[];
  /** Start a session (setsid) of its own. */
  readonly newSession?: boolean;
}

/**
 * A started child, which `onExit` reaps. Close `pidfd` when done with it, but not between `onExit`
 * and its callback: libuv ends the process when a descriptor that it polls turns into another.
 */
export interface Child {
  readonly pid: number;
  readonly pidfd: number;
}

/** How a child ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  /** Signal number. */
  readonly signal: number | null;
}

export interface RunImage extends ProcessImage {
  /**
   * Bytes for standard input, copied; the end of input follows them unless `feeding`. With neither,
   * standard input is /dev/null.
   */
  readonly input?: Uint8Array;
  /** More input follows by `feed`. */
  readonly feeding?: boolean;
  /** Bytes of both outputs together that are kept for `ended`. Not used when `window` is there. */
  readonly mostOutput: number;
  /** Bytes of these that are kept before `full` asks for more; absent: all of them. */
  readonly firstOutput?: number;
  /** Hand output over as it comes, but read no more than this until `allow` grants more. */
  readonly window?: number;
}

declare const ofRun: unique symbol;

/** A command that `run` started. */
export interface Run {
  readonly pid: number;
  /** Bytes of `input` that the pipe had no room for; absent: it took all. */
  readonly queued?: number;
  readonly [ofRun]: never;
}

/** What a run tells of itself, in the order in which it can happen first; `ended` is the last. */
export type RunEvent =
  /**
   * With `feeding`, or `queued`: that many bytes more were taken by the pipe, or dropped as nobody reads
   * them.
   */
  | [event: 'fed', count: number]
  /**
   * Without `window`: there is output and no room for it. So many bytes are kept, and so many more may be
   * if `allow` grants them; until then neither output is read.
   */
  | [event: 'full', kept: number, most: number]
  /** With `window`: a piece of standard output (1) or standard error (2). */
  | [event: 'output', which: 1 | 2, bytes: Buffer]
  /**
   * Without `window`: there was more output than `mostOutput`, or than there is memory. Both outputs
   * have been closed, the command goes on. What was kept comes with `ended`.
   */
  | [event: 'overflow']
  /**
   * The process has ended, but another one holds its outputs open; all that was there has been read.
   * Once at most.
   */
  | [event: 'exited']
  /** With `window`: the process has ended, and what it wrote waits for `allow`. Once at most. */
  | [event: 'unread']
  /** All is over but that somebody traces the process and has not let it go. */
  | [event: 'traced']
  /**
   * The process has ended and both outputs are at their end, or closed by `abandon` or an overflow.
   * One of code and signal is null. The outputs are those kept, undefined when empty.
   */
  | [
      event: 'ended',
      code: number | null,
      signal: number | null,
      stdout: Buffer | undefined,
      stderr: Buffer | undefined,
    ];

export type RunListener = (...event: RunEvent) => void;

export interface User extends Credentials {
  readonly name: string;
  readonly home: string;
}

/** A resource limit; null is none. */
export interface Limit {
  readonly soft: number | null;
  readonly hard: number | null;
}

export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** The step of starting a program, or of sending a signal, at which the system refused. */
export type Step =
  | 'clone'
  | 'stdio'
  | 'session'
  | 'parent'
  | 'signals'
  | 'timer'
  | 'rlimit'
  | 'setgroups'
  | 'setgid'
  | 'setuid'
  | 'capabilities'
  | 'securebits'
  | 'bounding'
  | 'dumpable'
  | 'ambient'
  | 'noNewPrivs'
  | 'umask'
  | 'keyring'
  | 'pin'
  | 'descriptors'
  | 'exec'
  | 'signal';

/**
 * What the addon throws: `code` is errno's name (`ENOENT`), `errno` its number, `syscall` the
 * function that failed and, for starting a program and `signalAs`, `step` where that was.
 */
export interface PosixError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly step?: Step;
}

/** Whether the system refused, as opposed to a fault of ours. */
export function isPosixError(error: unknown): error is PosixError {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

export interface Addon {
  /**
   * Replaces this process by the program: same pid, default signal dispositions, an empty signal
   * mask, descriptors 0, 1 and 2, or `stdio`. Returns only by throwing a PosixError; after a step
   * past `setgroups`, or any of `privileges`, the process may then have lost privileges and should
   * end.
   */
  become(image: BecomeImage): never;
  /**
   * Starts a program and replaces this process by `waiter`, a program that is given the child's process
   * id as its word. From the start of the child on, signals that a process sends to this one are passed
   * on to the child. SIGKILL of this process kills it too, unless it is a set-uid program. Returns only
   * by throwing a PosixError; then the program does not run.
   */
  stay(image: SpawnImage, waiter: string): never;
  /**
   * Starts the program as a child without copying this process, which waits until the program has
   * begun: five seconds at most, for SIGKILL then ends the child. @throws PosixError
   */
  spawn(image: SpawnImage): Child;
  /** Calls back once, on the event loop, when the child has ended; reaps it. Keeps the loop alive. */
  onExit(pidfd: number, callback: (exit: Exit) => void): void;
  /**
   * Starts the program as `spawn` does, in a session of its own and with pipes, which are written and
   * read in C: JavaScript is called for the end and for little else. Calls the listener on the event
   * loop, never before `run` has returned. Keeps the loop alive until `ended`.
   * @throws PosixError, with nothing left behind
   */
  run(image: RunImage, listener: RunListener): Run;
  /**
   * Copies the bytes for the command's standard input; null is the end of input. False when nobody
   * reads it any more: then they are dropped, and no `fed` counts them.
   */
  feed(run: Run, bytes: Uint8Array | null): boolean;
  /** Lets that many bytes more of output be read, or be kept. */
  allow(run: Run, bytes: number): void;
  /**
   * Without `window`: drops the output that is kept and all that comes, which still counts for
   * `mostOutput`. The command does not notice.
   */
  discard(run: Run): void;
  /**
   * Closes the output pipes: the run then ends as soon as its process has. After `traced`: tries
   * again whether it has.
   */
  abandon(run: Run): void;
  /**
   * After `traced`: ends the run without the status of its process, which stays a zombie, without a
   * descriptor, until `givenUp` finds that it was let go.
   */
  giveUp(run: Run): void;
  /** Reaps what was given up and has been let go. @returns how many processes are left */
  givenUp(): number;
  /**
   * Sends a signal to the process, or to everyone in its group, which may be there after it. Both
   * can not hit anybody else: the process is not reaped before the run ends.
   * @returns false when there is none of them any more
   * @throws PosixError
   */
  signalRun(run: Run, signal: number, everyone: boolean): boolean;
  /**
   * When the run ends, whoever is left in its group gets SIGKILL: at the last moment at which the
   * group is known to be the command's.
   */
  killGroupAtEnd(run: Run): void;
  /** The user of that name (getpwnam_r, getgrouplist), undefined when there is none. @throws PosixError */
  lookupUser(name: string): User | undefined;
  /** The name of that uid (getpwuid_r), undefined when there is none. @throws PosixError */
  userName(uid: number): string | undefined;
  /** The gid of the group of that name (getgrnam_r), undefined when there is none. @throws PosixError */
  lookupGroup(name: string): number | undefined;
  /** The name of that gid (getgrgid_r), undefined when there is none. @throws PosixError */
  groupName(gid: number): string | undefined;
  /**
   * Two connected Unix stream sockets, close-on-exec, each for a `net.Socket({ fd })` or another
   * process. @throws PosixError
   */
  socketPair(): [number, number];
  /** Who is at the other end of a connected Unix socket (SO_PEERCRED). @throws PosixError */
  peerCredentials(fd: number): Peer;
  /** @throws PosixError: ESRCH when there is no such process */
  pidfdOpen(pid: number): number;
  /** Signal 0 only asks whether the process is there. @throws PosixError */
  pidfdSendSignal(pidfd: number, signal: number): void;
  /**
   * Sends a signal with the rights of those credentials, from a short-lived child that takes them:
   * this process keeps its own. @throws PosixError with `step`
   */
  signalAs(pidfd: number, signal: number, credentials: Credentials): void;
  /** Whether the path is a regular file that this process may execute (for root: any execute bit). */
  isExecutable(path: string): boolean;
  /**
   * Writes to a terminal, pipe or socket that another process may not read, for at most so many
   * milliseconds, and 5 more where a write has begun. Neither changes flags of the open file, which
   * other processes share. Stops for no `stty tostop`.
   * @returns the bytes written, all of them or as many as had room in that time
   * @throws PosixError when there is nobody to read it
   */
  writeWithin(fd: number, bytes: Uint8Array, patienceMs: number): number;
  /** A limit of this process, by its number in `RLIMIT`. @throws PosixError */
  getLimit(resource: number): Limit;
  /** Both at once; who is not root can only lower the hard one. @throws PosixError */
  setLimit(resource: number, soft: number | null, hard: number | null): void;
  /**
   * Takes back what a caller may have done to this thread, and to what it becomes or starts, that
   * outlasts execve: a scheduling policy, a nice value above 0, a choice of processors, an I/O priority,
   * a memory policy, a personality. What only root can have given, a nice value below 0, stays.
   * @throws PosixError: EPERM or EACCES without CAP_SYS_NICE
   */
  takeBackScheduling(): void;
  /**
   * One message to /dev/log, of the form of syslog(3). `facility` and `priority` are the numbers of
   * syslog.h (`LOG_AUTH` is 32, `LOG_ERR` is 3).
   * @param patienceMs how long to wait where the receiver has no room
   * @throws PosixError when it was not taken: EAGAIN where there was no room in that time
   */
  syslog(
    ident: string,
    facility: number,
    priority: number,
    message: string,
    patienceMs: number,
  ): void;
  /**
   * Frees the memory of these bytes and of all that shares it: views of it are empty from then on. Only
   * for memory that nothing else knows of: no write that is under way, no piece of Buffer's pool.
   */
  free(bytes: Uint8Array): void;
  /**
   * Gives what is free back to the system; and from now on, blocks of 128 KiB and more as soon as they
   * are freed.
   */
  returnFreeMemory(): void;
  /**
   * Starts a thread that ends this process by SIGKILL, after a line on descriptor 2, when its event
   * loop cannot: `graceMs` (at most 2147483647) after `fd` has hung up, and when a `deadline` has
   * passed. It reads nothing. A pipe hangs up when nobody has its other end open, a socket also when
   * the other end will write no more (shutdown).
   *
   * It polls a copy of `fd`, so this process may close its own: but who waits for the other end to
   * hang up hears of it only when this process ends, or shuts the socket down.
   *
   * `onHangUp` is called when `fd` has hung up, on the event loop of the thread that called this: also
   * where nobody reads `fd`, and so would not hear of its end.
   *
   * Once in a process, from any of its threads; it neither keeps the process alive nor holds up its
   * end, and is gone after `become`. @throws PosixError: EALREADY the second time
   */
  watchdog(fd: number, graceMs: number, onHangUp?: () => void): void;
  /**
   * When this process is to end unless this is called again before: in so many milliseconds (a whole
   * number, at most 2147483647), or never. There is one deadline for the whole process, and time in
   * which the process is stopped counts, time in which the machine sleeps does not. Costs less than
   * a microsecond, as a rule: the thread is woken only for an earlier deadline than the one it sleeps
   * for. @throws PosixError: EINVAL without a watchdog
   */
  deadline(ms: number | null): void;
}

function load(): Addon {
  const module = { exports: {} };
  try {
    process.dlopen(module, nativeFile('tsrootwrap.node')); // require would look for it in more places
    return module.exports as Addon;
  } catch (error) {
    const { header } = process.report.getReport() as { readonly header: object };
    throw new Error(whyNotLoaded(header, (error as Error).message));
  }
}

/**
 * What keeps the addon from being loaded, and what to do.
 *
 * @param header of Node's own report, which names the C library only if that is glibc
 * @param problem in the words of dlopen(3)
 */
export function whyNotLoaded(header: object, problem: string): string {
  if (!('glibcVersionRuntime' in header)) {
    return `this Node is not built for glibc, but for musl, it seems (${problem}): tsrootwrap needs a system with glibc, such as Debian, Ubuntu or Fedora; Alpine is not supported`;
  }
  return `no native addon for ${TARGET} (${problem}): run \`make -C native\` in the package directory; it needs a C compiler and make`;
}

/** The native addon: what Node cannot do itself, and no policy. */
export const posix: Addon = load();
