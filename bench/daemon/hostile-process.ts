// Run by waits.ts: does to a daemon what a hostile client would.
import { ATTACKS } from './hostile.js';

const [, , name = '', path = '', key = ''] = process.argv;
await ATTACKS[name]?.({ path, key: Buffer.from(key, 'hex') });
process.exit();
