/**
 * Plays a race `rounds` times, and on until each of the outcomes that it has to show was seen.
 *
 * How often either side is first depends on the machine. A race that has not shown all of them
 * after ten times as many rounds has shown nothing, and the caller's assertions say which.
 *
 * @param play one round; it checks by itself what must hold in each
 * @param hasShown whether all that has to be seen was seen
 */
export async function playRace(
  rounds: number,
  play: (round: number) => Promise<void> | void,
  hasShown: () => boolean,
): Promise<void> {
  for (let round = 0; round < rounds || (!hasShown() && round < 10 * rounds); round++) {
    await play(round);
  }
}
