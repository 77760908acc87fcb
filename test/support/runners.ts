import { join } from 'node:path';
import { ROOT } from './executable.js';

/** Where `npm ci --prefix test/runners` puts vitest, tsx and Bun. */
export const RUNNERS = join(ROOT, 'test/runners/node_modules');
