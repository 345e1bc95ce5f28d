import { roomFor } from "../../object/schedule/concurrency.ts";
import type { TenantPlace } from "../place.ts";
import type { Command } from "./check.ts";

/**
 * spread chooses objects for creates that come as one request, and that any object can take: as few as could do all of
 * them at once if they did nothing else. Each object is one commit, but operations that wait in one for their turn would
 * begin in another. The operations of each kind, and those for each upstream, are divided evenly.
 *
 * @param first the first of these objects; the next ones come after it, and after the last one the object 0
 */
export function spread(
  { deployment, env, config }: Pick<TenantPlace, "deployment" | "env" | "config">,
  commands: readonly Command[],
  first: number,
): ReadonlyMap<Command, number> {
  const { createShards } = config;
  let needed = 0;
  for (const command of commands) needed += 1 / roomFor(deployment, env, command);
  // The sum of 49 times 1/49 is greater than 1.
  const objects = Math.min(createShards, Math.max(1, Math.ceil(needed - 1e-9)));
  const inOrder = Map.groupBy(commands, boundBy);
  const alike = [...inOrder.keys()].toSorted().flatMap((name) => inOrder.get(name) ?? []);
  return new Map(alike.map((command, n) => [command, (first + (n % objects)) % createShards]));
}

/** What has limits in common comes one after another in the order of these names. */
function boundBy({ kind, external, upstream }: Command): string {
  return `${external} ${upstream?.name} ${kind}`;
}
