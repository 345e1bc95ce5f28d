import type { CreateCommand } from "../../core/reply.ts";
import { roomFor } from "../../object/schedule/concurrency.ts";
import type { TenantPlace } from "../place.ts";

/** fewest is how many operations of a kind an object must be able to do at once for many of them to go there. */
const fewest = 64;

/**
 * goesAnywhere returns whether an operation may be created in the same object as others that come with it, whichever that
 * is: it has no idempotency key, and its kind has no limit for which it would wait there while other objects have room.
 */
export function goesAnywhere(
  { deployment, env }: Pick<TenantPlace, "deployment" | "env">,
  { kind, external, upstream, idempotency }: Omit<CreateCommand, "shard">,
): boolean {
  if (idempotency !== undefined) return false;
  const of = { kind, ...(external && { external }), ...(upstream && { upstream }) };
  return roomFor(deployment, env, of) >= fewest;
}
