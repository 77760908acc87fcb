import { resolve } from 'node:path';

/** Where this package is installed; the same in a bundle, which lies as deep. */
export const PACKAGE = resolve(import.meta.dirname, '../..');
