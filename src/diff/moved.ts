/**
 * The fewest members of `after` whose moving explains the order there, given that of `before`: all
 * that is not in the longest run that both have in the same order.
 *
 * @param after holds what `before` holds, each once
 */
export function moved<Item>(before: readonly Item[], after: readonly Item[]): Item[] {
  const places = new Map(before.map((item, place) => [item, place]));
  /** For each length of a run, the item that ends the best one of it. */
  const ends: Item[] = [];
  const previous = new Map<Item, Item | undefined>();
  const placeOf = (item: Item) => places.get(item) ?? 0;
  for (const item of after) {
    const at = firstNotBelow(ends, placeOf(item), placeOf);
    previous.set(item, ends[at - 1]);
    ends[at] = item;
  }
  const kept = new Set<Item>();
  for (let item = ends.at(-1); item !== undefined; item = previous.get(item)) kept.add(item);
  return after.filter((item) => !kept.has(item));
}

function firstNotBelow<Item>(
  items: readonly Item[],
  place: number,
  placeOf: (item: Item) => number,
): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placeOf(items[middle] as Item) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
