import { baseName } from '../policy/filters/filter.js';

const INTERPRETERS =
  /^(?:(?:platform-)?python[\d.]*|pypy[\d.]*|(?:ba|da|z|mk|tc|c|a|fi)?sh|ksh\d*|busybox|perl[\d.]*|ruby[\d.]*|php[\d.-]*|node(?:js)?|java|lua[\d.]*|guile|tclsh[\d.]*|wish[\d.]*|mono|expect)$/;

/** Whether a program, by path or name, runs what it is told to, so that its own name says nothing. */
export function isInterpreter(program: string): boolean {
  return INTERPRETERS.test(baseName(program));
}
