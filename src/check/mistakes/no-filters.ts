import { statSync } from 'node:fs';
import type { PolicySource } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';
import { cited } from './mistake.js';

/** A policy that has no filter at all, for whatever reason. */
export function noFilters({
  path,
  config,
  places,
  definitions,
  problems,
}: PolicySource): Finding[] {
  if (definitions.length > 0 || problems.length > 0) return [];
  const file = config?.file ?? path;
  const names = places.map(cited).join(', ') || 'nothing';
  if (!places.some(exists)) {
    return [
      {
        rule: 'no-filters',
        severity: 'high',
        file,
        line: 0,
        problem: `no filter is read: filters_path names ${names}, and none of it exists`,
        instead: 'install the filter files there, or name the directory in which they are',
      },
    ];
  }
  const problem = `there is no filter in ${names}, so nothing can be run`;
  return [{ rule: 'no-filters', severity: 'medium', file, line: 0, problem }];
}

/** Directories of filters_path that are skipped, as real ones often are. */
export function missingDirectories({ config, places }: PolicySource): Finding[] {
  if (config === undefined || !places.some(exists)) return [];
  return places
    .filter((place) => !exists(place))
    .map((place) => ({
      rule: 'missing-directory',
      severity: 'low',
      file: config.file,
      line: 0,
      problem: `filters_path names ${cited(place)}, which does not exist and is skipped`,
    }));
}

/** What cannot be reached for want of permission may exist: it is not said to be missing. */
function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
