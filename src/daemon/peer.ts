/** Who is at the other end of a connection. */
export interface Peer {
  readonly uid: number;
  readonly pid: number;
}

/** For the log, behind what is told about the peer. */
export function from({ uid, pid }: Peer): string {
  return `from uid ${uid}, pid ${pid}`;
}
