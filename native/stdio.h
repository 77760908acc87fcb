/*
 * Descriptors that become 0, 1, 2... of a program. Async-signal-safe; false with the reason in
 * *refusal.
 */
#ifndef TSROOTWRAP_STDIO_H
#define TSROOTWRAP_STDIO_H

#include "image.h"

/*
 * First, each source is lifted above all targets, so that no move overwrites a source still to be
 * moved, whatever the order ([1, 0], [4, 3, 3]). With `every`, also those that are there already:
 * then all that can be wrong with a source is known while nothing has been overwritten.
 */
bool lift_stdio(struct image *image, bool every, struct refusal *refusal);

/* Closes what was lifted. */
void drop_lifted(struct image *image);

/* Then they go to their places, which also clears close-on-exec. */
bool place_stdio(const struct image *image, struct refusal *refusal);

#endif
