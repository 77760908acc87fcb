import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';

const TEMPORARY = realpathSync(tmpdir());
/** What `mktemp -d` makes for an example. */
const PLACE = new RegExp(`${TEMPORARY}/tsrw-doc-\\w+/tmp\\.\\w+`, 'g');

/** Commands of a document, and the output that it shows for them. */
export interface Example {
  /** Of the first command, counted from 1. */
  readonly line: number;
  readonly commands: string;
  /** Undefined where none is shown: then there is none. */
  readonly output: string | undefined;
}

/** The blocks marked `sh`, each with the block marked `text` that follows it. */
export function examplesOf(file: string): Example[] {
  const text = readFileSync(file, 'utf8');
  const block = /^```sh\n(.*?)^```$(?:\n+^```text\n(.*?)^```$)?/gms;
  return [...text.matchAll(block)].map(({ index, 1: commands = '', 2: output }) => ({
    line: text.slice(0, index).split('\n').length + 1,
    commands,
    output,
  }));
}

/**
 * Runs all examples in one shell, as a reader does who pastes them one after the other, and gives the
 * output of each. It starts in the source tree; TMPDIR is a directory of its own, which is removed, as
 * are processes that it leaves in the background.
 */
export function outputsOf(examples: readonly Example[]): string[] {
  const directory = mkdtempSync(join(TEMPORARY, 'tsrw-doc-'));
  try {
    const steps = examples.map(
      ({ commands }, index) => `{\n${commands}\n} >"$OUTPUT/${index}" 2>&1 </dev/null`,
    );
    const script = join(directory, 'script');
    const end = 'trap \'left=$(jobs -p); test -z "$left" || kill $left\' EXIT';
    writeFileSync(script, [end, ...steps, 'true'].join('\n'));
    const { PATH, HOME } = process.env;
    const { status, stderr } = spawnSync('bash', ['--norc', script], {
      encoding: 'utf8',
      env: { PATH, HOME, LC_ALL: 'C', OUTPUT: directory, TMPDIR: directory },
    });
    if (status !== 0) throw new Error(`the shell stopped with status ${status}: ${stderr}`);
    return examples.map((_, index) => readFileSync(join(directory, String(index)), 'utf8'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Asserts that each of these examples of a document prints what the document shows. */
export function assertOutputs(file: string, examples = examplesOf(file)): void {
  const outputs = outputsOf(examples);
  assert.ok(
    outputs.some((output) => output !== ''),
    `${file} has lost its examples`,
  );
  for (const [index, { line, output: shown = '' }] of examples.entries()) {
    const output = outputs[index] ?? '';
    assert.is(essence(output), essence(shown), `${file}:${line} really prints:\n${output}`);
  }
}

/**
 * What of an output is the same everywhere: no directory of this test, no user, process or time, no
 * variables of whoever runs it, and no folding, which follows the length of paths.
 */
function essence(output: string): string {
  return output
    .replace(/^ {2}(?:drops|replaces) .*\n(?: {11}.*\n)*/gm, '')
    .replace(/\s+/g, '')
    .replaceAll(PLACE, '/tmp/try')
    .replaceAll(process.cwd(), '/home/me/tsrootwrap')
    .replace(/\(uid0,gid0,groups0\)/g, '(asthisprocessis)')
    .replace(/"time":"[^"]*"/g, '"time":""')
    .replace(/"uid":\d+,"caller":"[^"]*","pid":\d+/g, '"uid":0,"caller":"","pid":0')
    .replace(/(-HUP(?:','|)|process|:(?=\d+runs))\d+/g, '$1PID')
    .replace(/\d+\.\dseconds/g, 'SECONDSseconds');
}
