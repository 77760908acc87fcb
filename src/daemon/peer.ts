/** Who is at the other end of a connection. */
export interface Peer {
  readonly uid: number;
  readonly pid: number;
}

/** For the log, ahead of what the peer said, which may be long and may look like this. */
export function from({ uid, pid }: Peer): string {
  return `from uid ${uid}, pid ${pid}`;
}
