import { isUtf8 } from 'node:buffer';
import type { LineReport, Run } from '../../batch/report.js';

/** A report as a line of --json; docs/schemas/batch.json has its form. */
export function batchJson({ run, ...report }: LineReport): object {
  return { ...report, ...(run && runJson(run)) };
}

/** Output is text where all of it is UTF-8, and base64 where it is not. */
function runJson({ exitCode, signal, stdout, stderr, start, seconds, ...run }: Run): object {
  const encoding = isUtf8(stdout) && isUtf8(stderr) ? 'utf8' : 'base64';
  return {
    exitCode,
    signal,
    ...run,
    start: start.toISOString(),
    seconds: Number(seconds.toFixed(6)),
    encoding,
    stdout: Buffer.from(stdout).toString(encoding),
    stderr: Buffer.from(stderr).toString(encoding),
  };
}
