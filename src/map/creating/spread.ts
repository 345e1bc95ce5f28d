import { roomFor } from "../../object/schedule/concurrency.ts";
import type { TenantPlace } from "../place.ts";
import type { Command } from "./check.ts";

/**
 * spread chooses objects for creates that come as one request, and that any object can take: as few as could do all of
 * them at once if they did nothing else. Each object is one commit, but operations that wait in one for their turn would
 * begin in another. Those for each upstream, and of these those of each kind, are divided evenly.
 *
 * @param first the first of these objects; the next ones come after it, and after the last one the object 0
 */
export function spread(
  { deployment, env, config }: Pick<TenantPlace, "deployment" | "env" | "config">,
  commands: readonly Command[],
  first: number,
): ReadonlyMap<Command, number> {
  const { createShards } = config;
  // Kinds in code share places; one of outside workers has limits of its own.
  const needs = new Map<string | undefined, number>();
  for (const command of commands) {
    const name = command.external ? command.kind : undefined;
    needs.set(name, (needs.get(name) ?? 0) + 1 / roomFor(deployment, env, command));
  }
  const needed = Math.max(0, ...needs.values());
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
