/** Resources that a process has limits of: their numbers in the kernel, on all that this is built for. */
export const RLIMIT = {
  /** Seconds of processor time. */
  CPU: 0,
  /** Bytes of the largest file that it may write. */
  FSIZE: 1,
  DATA: 2,
  STACK: 3,
  CORE: 4,
  /** Processes and threads of its user. */
  NPROC: 6,
  /** One more than the highest descriptor. */
  NOFILE: 7,
  /** Bytes that it may lock into memory. */
  MEMLOCK: 8,
  /** Bytes of address space. */
  AS: 9,
  /** Signals of its user that wait to be delivered. */
  SIGPENDING: 11,
  /** Bytes of its user's message queues. */
  MSGQUEUE: 12,
  /** Microseconds that it may run by a real-time policy without waiting. */
  RTTIME: 15,
} as const;
