import { parseDuration } from "../base/duration.ts";
import { objectName } from "../core/shard.ts";
import type { Order, Turn } from "./turn.ts";

/** Settled is an object's reply to an order. */
export interface Settled extends Turn {
  /** How many objects the tenant has. */
  readonly shards: number;
}

/** Refused is the reply of an object that takes no orders. Miniflare does not pass exceptions on. */
export interface Refused {
  readonly refusal: string;
}

/** Settleable is the part of the object that takes orders. */
interface Settleable {
  settle(order: Order): Promise<Settled | Refused>;
}

/** Namespace is the binding of the object, in a Worker or from Miniflare. */
interface Namespace {
  idFromName(name: string): unknown;
  get(id: unknown): unknown;
}

/** MiniflareLike is the part of a Miniflare that settle needs. */
export interface MiniflareLike {
  getDurableObjectNamespace(binding: string, worker?: string): Promise<unknown>;
}

/** SettleOptions are the options of `settle`. */
export interface SettleOptions {
  /** How far to advance the clock: `90s`, or milliseconds. Default: 0. */
  readonly advance?: string | number;
  /**
   * How long to wait, once, for work that does not end, in milliseconds of real time: 1,000 by default. The work
   * continues while the clock moves past it.
   */
  readonly patience?: number;
  /** The name of the Durable Object binding. Default: `OPERATIONS`. */
  readonly binding?: string;
  /** The Worker that has the binding, if a Miniflare runs several. */
  readonly worker?: string;
}

/** mostRounds limits how many times the clock is moved to the next due time. */
const mostRounds = 10_000;

/**
 * settle runs everything that is due in a tenant's operations, without waiting: starts, attempts and their retries,
 * deadlines, leases, webhooks and expiry, including their alarms. With `advance`, the clock moves from one due time to
 * the next, as if that time had passed. It resolves when nothing else is due.
 *
 * The clock is that of the isolate: of the object, of the Worker and, under Vitest, of the test. It is not moved back.
 * Timers within work are not moved.
 *
 * @param place the `env` of the Worker, as in tests with Vitest, or a Miniflare
 * @throws TypeError for an unknown binding or an invalid duration
 * @throws Error if createOperations was not given `testing()`, or if something is due forever
 */
export async function settle(
  place: object | MiniflareLike,
  tenant: string,
  options: SettleOptions = {},
): Promise<void> {
  const { patience = 1_000 } = options;
  const advance = millisecondsOf(options.advance ?? 0);
  const namespace = await namespaceIn(place, options);
  const order = async (shard: number, at?: number): Promise<Settled> => {
    const id = namespace.idFromName(objectName(tenant, shard));
    const object = namespace.get(id) as Settleable;
    const turn = await object.settle(at === undefined ? { patience } : { patience, now: at });
    if ("refusal" in turn) throw new Error(`Cannot settle: ${turn.refusal}`);
    return turn;
  };
  const first = await order(0);
  const shards = Array.from({ length: first.shards }, (_, shard) => shard);
  const end = first.now + advance;
  let now = first.now;
  let before: readonly number[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const turns: Settled[] = [];
    for (const shard of shards) turns.push(await order(shard, now));
    // Work may have changed something in another object, also in one that had had its turn.
    const changed = turns.map((turn) => turn.changed);
    const isSame = changed.every((stamp, shard) => stamp === before[shard]);
    before = changed;
    if (!isSame) continue;
    const next = Math.min(...turns.map((turn) => turn.next));
    if (next > end && now >= end) return;
    now = Math.max(now, Math.min(next, end));
  }
  throw new Error(`Cannot settle ${JSON.stringify(tenant)}: something is always due`);
}

async function namespaceIn(place: object, options: SettleOptions): Promise<Namespace> {
  const { binding = "OPERATIONS", worker } = options;
  const found = isMiniflare(place)
    ? await place.getDurableObjectNamespace(binding, worker)
    : (place as Readonly<Record<string, unknown>>)[binding];
  if (typeof found === "object" && found !== null) return found as Namespace;
  throw new TypeError(`There is no Durable Object binding ${binding}`);
}

function isMiniflare(place: object): place is MiniflareLike {
  return typeof (place as Partial<MiniflareLike>).getDurableObjectNamespace === "function";
}

function millisecondsOf(given: string | number): number {
  const milliseconds = typeof given === "string" ? parseDuration(given) : given;
  if (milliseconds !== undefined && milliseconds >= 0 && milliseconds < Infinity) {
    return milliseconds;
  }
  const wanted = "must be a duration such as 90s, or milliseconds";
  throw new TypeError(`Cannot advance by ${JSON.stringify(given)}: ${wanted}`);
}
