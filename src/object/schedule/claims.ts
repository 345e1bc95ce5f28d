import type { ClaimCommand } from "../../core/work.ts";
import type { Writes } from "../map/writes.ts";
import type { Upkeep } from "./upkeep.ts";
import { type Found, nothing, type Work } from "./work.ts";

/** Surroundings are what claims need of the object. */
export interface Surroundings {
  readonly work: Work;
  readonly upkeep: Upkeep;
  readonly writes: Writes;
}

/**
 * makeClaims makes several claims after the writes that came before them, and returns what Work.claimMany does. Claims
 * for which there is nothing take part in no group of writes, which costs more than to find that out.
 */
export async function makeClaims(
  { work, upkeep, writes }: Surroundings,
  commands: readonly ClaimCommand[],
): Promise<Found> {
  if (writes.isIdle && !upkeep.isDue(Date.now())) {
    const lists = new Set(commands.map(({ kinds }) => kinds));
    if (![...lists].some((kinds) => work.claimable(kinds) > 0)) return commands.map(() => nothing);
  }
  return writes.join(() => {
    upkeep.tick(Date.now());
    return work.claimMany(commands);
  });
}
