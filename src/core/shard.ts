/**
 * objectName returns the name of the object that holds one shard of a tenant's operations. The tenant
 * is in the name, so another tenant's token cannot reach it.
 */
export function objectName(tenant: string, shard: number): string {
  return `${tenant}/${shard}`;
}

/** tenantOf returns the tenant in the name of an object. */
export function tenantOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}

/** shareOf returns the share of one object in a limit of its tenant, rounded up. */
export function shareOf(limit: number, shards: number): number {
  return Math.ceil(limit / shards);
}

/**
 * homes returns the shards where an idempotency key may have been stored while its deployment grew to `shards` objects:
 * every earlier home, oldest first, and the current one last. The earlier ones are few (their expected number is below
 * the natural logarithm of `shards`), so a create can ask them before it treats a key as new.
 *
 * Source: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (2014).
 */
export function homes(key: string, shards: number): readonly number[] {
  const found: number[] = [];
  let state = fnv1a(key);
  let next = 0;
  while (next < shards) {
    found.push(next);
    state = BigInt.asUintN(64, state * 2862933555777941757n + 1n);
    next = Math.floor((next + 1) * (2 ** 31 / (Number(state >> 33n) + 1)));
  }
  return found;
}

function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash;
}
