import { escapeControls } from '../../log/escape.js';

/** Where something is in a value: names of properties, numbers of elements. */
export type Place = readonly (string | number)[];

/** Where bytes belong in a value, and how many of those behind the message they are. */
export type BytesPlace = readonly [path: Place, length: number];

/** Characters of one name that a message shows. */
const MOST_NAME = 60;

/** Steps that a message shows, the last ones; a place can have more than one wants to read. */
const MOST_STEPS = 12;

/** A place as one would write it: `args.list[3].x`. A name that is no identifier is quoted. */
export function placeText(root: string, place: Place): string {
  const skipped = place.length > MOST_STEPS ? '...' : '';
  return root + skipped + place.slice(-MOST_STEPS).map(stepText).join('');
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  return /^[A-Za-z_$][\w$]{0,59}$/.test(step) ? `.${step}` : `[${quotedName(step)}]`;
}

/** A name that may come from anywhere, in quotes, shortened, with nothing that a terminal obeys. */
export function quotedName(name: string): string {
  const shown = name.length > MOST_NAME ? `${name.slice(0, MOST_NAME)}...` : name;
  return escapeControls(JSON.stringify(shown));
}
