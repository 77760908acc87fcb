import { posix } from 'node:path';
import { baseName, type Filter } from '../../policy/filters/filter.js';
import type { Found } from './found.js';

const PLACES = /^\/(?:tmp|var\/tmp|dev\/shm|run\/user|home)\//;

/** A program that is run from where others may put files, whatever its arguments are. */
export function checkPlace(filter: Filter): Found[] {
  // a name with slashes is looked for below a directory of exec_dirs, which `..` leaves
  const climbs = !filter.exec.startsWith('/') && filter.exec.includes('../');
  const path = posix.normalize(climbs ? `/${filter.exec}` : filter.exec);
  if (!PLACES.test(path)) return [];
  return [
    {
      rule: 'public-program',
      severity: 'high',
      problem: `${filter.exec} lies where others than root may put or exchange files`,
      gets: `has a program of their own run as ${filter.user}`,
      instead: `install ${baseName(filter.exec)} where only root can write, such as /usr/local/sbin`,
    },
  ];
}
