/** The positional of those who read a policy. */
export const CONFIG = {
  type: 'string',
  demandOption: true,
  describe: 'The rootwrap.conf, or a directory of filter files, or one of these',
} as const;

/** `--filters`, for policies that are not installed. */
export const FILTERS = {
  type: 'string',
  requiresArg: true,
  describe: 'Where the filters lie, in the place of filters_path (repeat, or split by commas)',
  coerce: placesOf('filters'),
} as const;

/** `--old-filters` and `--new-filters`: the same where there are two policies. */
export function filtersOf(side: 'old' | 'new') {
  return {
    type: 'string',
    requiresArg: true,
    describe: `Where the filters of ${side.toUpperCase()} lie, in the place of its filters_path (repeat, or split by commas)`,
    coerce: placesOf(`${side}-filters`),
  } as const;
}

function placesOf(name: string) {
  return (value: string | readonly string[] | undefined): readonly string[] | undefined => {
    const places = [value ?? []].flat().flatMap((places) => places.split(','));
    if (places.some((place) => place === '')) throw new Error(`--${name} has an empty path`);
    return value === undefined ? undefined : places;
  };
}

/** For an option of which there is one: yargs makes a list of two. */
export function once<Value>(name: string): (value: Value) => Value {
  return (value) => {
    if (Array.isArray(value)) throw new Error(`--${name} is given twice`);
    return value;
  };
}
