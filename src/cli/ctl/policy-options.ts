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
  coerce: (value: string | readonly string[] | undefined): readonly string[] | undefined => {
    const places = [value ?? []].flat().flatMap((places) => places.split(','));
    if (places.some((place) => place === '')) throw new Error('--filters has an empty path');
    return value === undefined ? undefined : places;
  },
} as const;

/** For an option of which there is one: yargs makes a list of two. */
export function once<Value>(name: string): (value: Value) => Value {
  return (value) => {
    if (Array.isArray(value)) throw new Error(`--${name} is given twice`);
    return value;
  };
}
