import type { Difference, PolicyDifference } from '../../diff/difference.js';

/** Of docs/schemas/diff.json, without `refused`. */
export function diffAsJson({ differences, unproven }: PolicyDifference): object {
  const those = (direction: Difference['direction']) =>
    differences.filter((one) => one.direction === direction).map(differenceJson);
  return {
    allowed: those('allowed'),
    forbidden: those('forbidden'),
    changed: those('changed'),
    unproven: unproven.map(({ side, program, filter, words }) => ({
      side,
      program,
      filter: filter.name,
      file: filter.file,
      line: filter.line,
      words,
    })),
  };
}

function differenceJson(difference: Difference): object {
  const { program, user, filter, severity, attack, words, examples, missing } = difference;
  return {
    program,
    user,
    filter: filter.name,
    file: filter.file,
    line: filter.line,
    ...(severity !== undefined && { severity }),
    attack,
    words,
    examples,
    missing,
  };
}
