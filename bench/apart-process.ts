// Run by apart.ts: measures one part and sends what comes of it.
import { callers } from './daemon/callers.js';
import { calls } from './daemon/calls.js';
import { memory } from './daemon/memory.js';
import { neighbours } from './daemon/neighbours.js';
import { streaming } from './daemon/streaming.js';
import { waits } from './daemon/waits.js';
import { functions } from './privileged/functions.js';
import type { Part } from './section.js';

const PARTS = {
  calls,
  callers,
  memory,
  streaming,
  neighbours,
  waits,
  functions,
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof PARTS;

process.send?.(await PARTS[process.argv[2] as PartName](process.env.QUICK === 'yes'));
