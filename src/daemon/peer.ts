/** Who is at the other end of a connection. */
export interface Peer {
  readonly uid: number;
  readonly pid: number;
}
