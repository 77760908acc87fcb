import { filterClasses } from '../../policy/load-filters.js';
import { cited, type LineCheck } from './mistake.js';
import { pastedLine } from './pasted-line.js';

/** A class that does not exist: the engine skips the line. */
export const unknownClass: LineCheck = function* ({ source, words }) {
  const classes = filterClasses();
  if (classes.includes(source.className)) return; // then it is refused, and told as that
  const near = nearest(source.className, classes);
  yield {
    rule: 'unknown-class',
    severity: 'medium',
    problem: `there is no class ${cited(source.className)}: the line is skipped`,
    advice:
      (near && pastedLine(source.name, near, words)) ??
      (near ? `write ${near}` : `write one of ${classes.join(', ')}`),
  };
};

/** Characters; no class has as many. */
const LONGEST = 40;

function nearest(name: string, classes: readonly string[]): string | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (last.length > LONGEST) return undefined;
  const letters = last.toLowerCase().replace(/[^a-z]/g, '');
  const stem = stemOf(letters);
  // Of a short name, most letters would differ before it is told from another.
  const most = Math.min(3, Math.ceil(stem.length / 3));
  const [best] = classes
    .map((known) => {
      const other = known.toLowerCase();
      const far = Math.min(distance(letters, other), distance(stem, stemOf(other)));
      return { known, far };
    })
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far);
  return best?.known;
}

function stemOf(name: string): string {
  return name.replace(/filters?$/, '');
}

/** Letters to insert, remove or exchange to make one text of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
