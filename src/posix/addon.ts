/** Who a process runs as. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** All supplementary groups; the primary one need not be among them. */
  readonly groups: readonly number[];
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
  readonly credentials?: Credentials;
  /** Soft RLIMIT_NOFILE of the new program; the hard limit is left alone. Absent: unchanged. */
  readonly softNofile?: number;
  /**
   * Indexes into `argv` of absolute paths to be opened (O_PATH, following no symbolic link, with
   * the new credentials) and replaced by `/proc/self/fd/N`.
   */
  readonly pinned?: readonly number[];
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

export interface User extends Credentials {
  readonly name: string;
  readonly home: string;
}

export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** The step of starting a program at which the system refused. */
export type Step =
  | 'clone'
  | 'stdio'
  | 'session'
  | 'signals'
  | 'timer'
  | 'rlimit'
  | 'setgroups'
  | 'setgid'
  | 'setuid'
  | 'capabilities'
  | 'pin'
  | 'descriptors'
  | 'exec';

/**
 * What the addon throws: `code` is errno's name (`ENOENT`), `errno` its number, `syscall` the
 * function that failed and, for `become` and `spawn`, `step` where that was.
 */
export interface PosixError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly step?: Step;
}

export interface Addon {
  /**
   * Replaces this process by the program: same pid, default signal dispositions, an empty signal
   * mask, descriptors 0, 1 and 2. Returns only by throwing a PosixError; after a step past
   * `setgroups` the process may then have lost privileges and should end.
   */
  become(image: ProcessImage): never;
  /**
   * Starts the program as a child without copying this process, which waits until the program has
   * begun: five seconds at most, for SIGKILL then ends the child. @throws PosixError
   */
  spawn(image: SpawnImage): Child;
  /** Calls back once, on the event loop, when the child has ended; reaps it. Keeps the loop alive. */
  onExit(pidfd: number, callback: (exit: Exit) => void): void;
  /** The user of that name (getpwnam_r, getgrouplist), undefined when there is none. @throws PosixError */
  lookupUser(name: string): User | undefined;
  /** The name of that uid (getpwuid_r), undefined when there is none. @throws PosixError */
  userName(uid: number): string | undefined;
  /** Who is at the other end of a connected Unix socket (SO_PEERCRED). @throws PosixError */
  peerCredentials(fd: number): Peer;
  /** @throws PosixError: ESRCH when there is no such process */
  pidfdOpen(pid: number): number;
  /** Signal 0 only asks whether the process is there. @throws PosixError */
  pidfdSendSignal(pidfd: number, signal: number): void;
  /** Sets the calling thread's own credentials, for good. @throws PosixError with `step` */
  setCredentials(credentials: Credentials): void;
  /** Soft and hard RLIMIT_NOFILE; null is no limit. */
  getNofile(): { readonly soft: number | null; readonly hard: number | null };
  /**
   * One syslog(3) message. `facility` and `priority` are the numbers of syslog.h (`LOG_AUTH` is
   * 32, `LOG_ERR` is 3). The message is data, never a format.
   */
  syslog(ident: string, facility: number, priority: number, message: string): void;
}

const target = `linux-${process.arch}-glibc`;

function load(): Addon {
  const file = `${import.meta.dirname}/../../prebuilds/${target}/tsrootwrap.node`;
  const module = { exports: {} };
  try {
    process.dlopen(module, file); // require would look for it in more places
    return module.exports as Addon;
  } catch (error) {
    throw new Error(
      `no native addon for ${target} (${(error as Error).message}): ` +
        'run `make -C native` in the package directory; it needs a C compiler and make',
    );
  }
}

/** The native addon: what Node cannot do itself, and no policy. */
export const posix: Addon = load();
