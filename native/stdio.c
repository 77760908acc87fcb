#include "stdio.h"

#include <fcntl.h>

#include "steps.h"

bool lift_stdio(struct image *image, bool every, struct refusal *refusal) {
  int count = (int)image->stdio_count;
  for (int i = 0; i < count; i++) {
    struct place *place = &image->stdio[i];
    if (!every && place->source >= count) continue;
    place->lifted = (int)syscall(SYS_fcntl, place->source, F_DUPFD_CLOEXEC, count);
    if (place->lifted < 0) return refuse_step(refusal, STEP_STDIO, NULL);
  }
  return true;
}

void drop_lifted(struct image *image) {
  for (size_t i = 0; i < image->stdio_count; i++) {
    if (image->stdio[i].lifted >= 0) syscall(SYS_close, image->stdio[i].lifted);
    image->stdio[i].lifted = -1;
  }
}

bool place_stdio(const struct image *image, struct refusal *refusal) {
  for (size_t i = 0; i < image->stdio_count; i++) {
    const struct place *place = &image->stdio[i];
    int from = place->lifted >= 0 ? place->lifted : place->source;
    if (syscall(SYS_dup3, from, (int)i, 0) < 0) return refuse_step(refusal, STEP_STDIO, NULL);
  }
  return true;
}
