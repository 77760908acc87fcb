/** Words of a name that stand for a file, or for something that is found by one. */
// biome-ignore format: a list reads better
const PATHS: ReadonlySet<string> = new Set([
  'path', 'file', 'filename', 'pathname', 'filepath', 'dir', 'directory', 'dirname', 'folder',
  'device', 'dev', 'disk', 'partition', 'target', 'source', 'src', 'dst', 'dest', 'destination',
  'input', 'output', 'socket', 'config', 'conf', 'configuration', 'log', 'logfile', 'pidfile',
  'module', 'library', 'plugin', 'program', 'executable', 'binary', 'exe', 'command', 'cmd',
  'script', 'shell', 'interpreter', 'url', 'uri', 'key', 'keyfile', 'cert', 'certificate', 'link',
  'symlink', 'mount', 'mountpoint', 'root', 'chroot', 'home', 'cwd', 'image', 'archive', 'namespace',
  'netns',
]);
/** Words of a name that stand for what is written into a file. */
// biome-ignore format: a list reads better
const CONTENTS: ReadonlySet<string> = new Set([
  'data', 'content', 'mode', 'body', 'text', 'line', 'byte', 'permission', 'owner', 'buffer',
]);
/** Words of a name that stand for what a command is given. */
// biome-ignore format: a list reads better
const ARGUMENTS: ReadonlySet<string> = new Set([
  'arg', 'args', 'argument', 'argv', 'option', 'opt', 'flag', 'param', 'parameter',
]);
/** Words of a name that surely become no name in a path. */
// biome-ignore format: a list reads better
const NO_PATHS: ReadonlySet<string> = new Set([
  'address', 'ip', 'cidr', 'version', 'text', 'message', 'comment', 'description', 'title',
]);
/** Names that say nothing of their own: what they are in counts. */
const EMPTY: ReadonlySet<string> = new Set(['name', 'value', 'item', 'entry', 'from', 'to', 'at']);

/** The words of a name in camelCase, snake_case or kebab-case, in lower case, each in the singular. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '')
    .flatMap((word) => [
      word,
      word.replace(/(?:(?<=ie|x|s|h)es|s)$/, ''),
      word.replace(/ies$/, 'y'),
    ]);
}

function hasWordOf(name: string, words: ReadonlySet<string>): boolean {
  return wordsOf(name).some((word) => words.has(word));
}

export function namesPath(name: string): boolean {
  return hasWordOf(name, PATHS);
}

export function namesContents(name: string): boolean {
  return hasWordOf(name, CONTENTS);
}

export function namesArgument(name: string): boolean {
  return hasWordOf(name, ARGUMENTS);
}

export function namesNoPath(name: string): boolean {
  return hasWordOf(name, NO_PATHS);
}

export function saysNothing(name: string): boolean {
  return EMPTY.has(name.toLowerCase());
}
