import { reasonOf } from "../base/log.ts";
import { TrafficCount } from "../core/statistics/traffic.ts";
import { trendRanges } from "../core/statistics/trends.ts";
import { type Exchange, mapOf } from "./exchange.ts";

/** interval is how long counts may stay in this isolate, in milliseconds. */
const interval = 20_000;

/**
 * If a request has not delivered its counts this long after it should have, in milliseconds, the runtime has ended it.
 */
const grace = 10_000;

/** Account is what was counted of a tenant: in total, and by route in each step of the trends. */
interface Account {
  readonly traffic: TrafficCount;
  readonly steps: Map<number, Record<string, number>>;
  /** How many of them RATE_LIMIT has refused. */
  limited: number;
  /** When the request that has the account should deliver it. */
  readonly due: number;
}

/** What this isolate has counted and not yet delivered, by tenant. */
const ledger = new Map<string, Account>();

/** Requests that are not counted: their tenant has been deleted. */
const forgotten = new WeakSet<object>();

/** forgetTraffic drops what this isolate has counted of a tenant, and does not count the request itself. */
export function forgetTraffic(exchange: object, tenant: string): void {
  ledger.delete(tenant);
  forgotten.add(exchange);
}

/**
 * countRequest counts a request of a tenant that has been responded to. The first request of an interval delivers
 * everything counted until its end to the tenant's first object, as one row for the total and one or two for the
 * trends: counting costs other requests nothing, and is exact however many run at once.
 */
export function countRequest(exchange: Exchange, status: number, milliseconds: number): void {
  const { caller, ctx, route } = exchange;
  if (!caller || forgotten.has(exchange)) return;
  const { tenant } = caller;
  const now = Date.now();
  let account = ledger.get(tenant);
  if (account === undefined || now > account.due + grace) {
    account = { ...(account ?? empty()), due: now + interval };
    ledger.set(tenant, account);
    ctx.waitUntil(scheduler.wait(interval).then(() => close(exchange, tenant)));
  }
  account.traffic.add(route, status, milliseconds);
  if (exchange.isLimited) account.limited += 1;
  countStep(account, route, now);
}

/**
 * handInTraffic delivers what this isolate has counted of a tenant to its first object now. The request that has the
 * account keeps it, since each waiting request holds its whole exchange until it is due.
 */
export async function handInTraffic(exchange: Exchange, tenant: string): Promise<void> {
  const account = ledger.get(tenant);
  if (!account) return;
  ledger.set(tenant, { ...empty(), due: account.due });
  await handIn(exchange, tenant, account);
}

function empty() {
  return {
    traffic: new TrafficCount(),
    steps: new Map<number, Record<string, number>>(),
    limited: 0,
  };
}

async function close(exchange: Exchange, tenant: string): Promise<void> {
  const account = ledger.get(tenant);
  ledger.delete(tenant);
  if (account) await handIn(exchange, tenant, account);
}

async function handIn(exchange: Exchange, tenant: string, { traffic, steps, limited }: Account) {
  if (steps.size === 0) return;
  try {
    const requests = [...steps].map(([at, counts]) => ({ at, counts }));
    await mapOf(exchange, tenant).count(traffic.traffic(), requests, limited);
  } catch (thrown) {
    exchange.log.warning("traffic was not counted", { tenant, reason: reasonOf(thrown) });
  }
}

function countStep({ steps }: Account, route: string, now: number): void {
  const { step } = trendRanges["15m"];
  const start = Math.floor(now / step) * step;
  const counts = steps.get(start) ?? {};
  counts[route] = (counts[route] ?? 0) + 1;
  steps.set(start, counts);
}
