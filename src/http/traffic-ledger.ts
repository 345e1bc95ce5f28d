import { counted, type Traffic } from "../core/traffic.ts";
import { objectOf } from "../object/address.ts";
import type { Exchange } from "./exchange.ts";

/** interval is how long counts may stay in this isolate, in milliseconds. */
const interval = 20_000;

/** What this isolate has counted and not yet handed in, by tenant. */
const ledger = new Map<string, Traffic>();

/**
 * countRequest counts an answered request of a tenant. The first one of an interval has what is
 * counted until its end handed to the tenant's first object, as one row: counting costs a request
 * nothing, and is exact however many run at once.
 */
export function countRequest(exchange: Exchange, status: number, milliseconds: number): void {
  const { caller, ctx, route } = exchange;
  if (!caller) return;
  const { tenant } = caller;
  const known = ledger.get(tenant);
  ledger.set(tenant, counted(known ?? {}, route, status, milliseconds));
  if (known === undefined) {
    ctx.waitUntil(scheduler.wait(interval).then(() => handInTraffic(exchange, tenant)));
  }
}

/** handInTraffic gives what this isolate has counted of a tenant to its first object now. */
export async function handInTraffic(
  { env, config, log }: Pick<Exchange, "env" | "config" | "log">,
  tenant: string,
): Promise<void> {
  const traffic = ledger.get(tenant);
  if (!traffic) return;
  ledger.delete(tenant);
  try {
    await objectOf(env, config, tenant, 0).count(traffic);
  } catch (thrown) {
    log.warning("traffic was not counted", { tenant, reason: String(thrown) });
  }
}
