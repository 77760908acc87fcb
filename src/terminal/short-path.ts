import { isAbsolute, relative } from 'node:path';

/** A path as people read it: from the working directory, where that is shorter. */
export function shortPath(path: string): string {
  if (!isAbsolute(path)) return path;
  const short = fromHere(path);
  return short !== '' && short.length < path.length ? short : path;
}

function fromHere(path: string): string {
  try {
    return relative(process.cwd(), path);
  } catch {
    return path; // the working directory is gone
  }
}

/** A file and a line of it, as messages name them; line 0 is the file as a whole. */
export function shortPlace({
  file,
  line,
}: {
  readonly file: string;
  readonly line: number;
}): string {
  return line > 0 ? `${shortPath(file)}:${line}` : shortPath(file);
}
