import { posix } from '../posix/addon.js';
import type { Reservation } from './memory-pool.js';

/** What a frame held: bytes that are there while it is received, or until it is freed. */
export class Payload {
  /** May share memory with others: copy what is kept, unless `memory` is there. */
  bytes: Buffer;
  /** What a long payload was taken for, which has a block of memory of its own. */
  readonly memory: Reservation | undefined;

  constructor(bytes: Buffer, memory?: Reservation) {
    this.bytes = bytes;
    this.memory = memory;
  }

  /** Frees a long payload. To be called for each, once nothing looks at its bytes any more. */
  free(): void {
    if (this.memory === undefined) return;
    posix.free(this.bytes);
    this.bytes = NOTHING;
    this.memory.release();
  }
}

const NOTHING = Buffer.alloc(0);
