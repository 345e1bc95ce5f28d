import type { TenantPlace } from "../place.ts";
import { joined } from "./joined.ts";

/**
 * sharedRead makes a read whose result is the same for everybody that asks for it at the same time. While two are under
 * way, and under load, others wait and share the next one, which begins after all of them have asked: so each sees
 * what has been written before it asked.
 *
 * @param name what is read, with all that the result depends on but the tenant
 */
export function sharedRead<T>(
  place: TenantPlace,
  name: string,
  read: () => Promise<T>,
): Promise<T> {
  const call = { to: 0, args: undefined, size: 0, isSafe: true, lingers: false, sameAs: "" };
  return joined(place, name, call, {
    alone: read,
    // A group is a single read, so it is made alone.
    together: async () => [],
    isRefused: () => false,
    keep: (promise) => place.keep(promise),
  }) as Promise<T>;
}
