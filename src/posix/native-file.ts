import { PACKAGE } from './package-directory.js';

/** For which system and C library what is in `prebuilds` was made. */
export const TARGET = `linux-${process.arch}-glibc`;

/** The path of something made by `native/Makefile`: the addon, or one of its programs. */
export function nativeFile(name: string): string {
  return `${PACKAGE}/prebuilds/${TARGET}/${name}`;
}
