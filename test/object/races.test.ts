import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isTerminal, type Operation } from "../../src/core/operation.ts";
import { type CreateCommand, decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { waitFor } from "../../src/http/wait-for.ts";
import { Store } from "../../src/object/store.ts";
import { command, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

/** crowd is how many operations race at once; each seed has rounds of them. */
const crowd = 100;
const rounds = 10;
const seeds = Array.from({ length: 10 }, (_, seed) => seed + 1);

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Race is what one operation is asked for, and what happens to it; times are real milliseconds. */
interface Race {
  readonly command: CreateCommand;
  readonly cancels: readonly number[];
  readonly waits: readonly { readonly at: number; readonly for: number; readonly after?: number }[];
}

function raceOf(random: () => number): Race {
  const some = (most: number) => Math.floor(random() * most);
  const times = (most: number) => Array.from({ length: some(most + 1) }, () => some(12));
  const outcome = ["succeed", "succeed", "fail", "hang"][some(4)];
  const input = JSON.stringify({ outcome, duration: `${some(8)}ms`, steps: some(2) });
  return {
    command: command({
      kind: "simulate",
      input,
      ttl: random() < 0.5 ? 500 : 5_000,
      deadline: random() < 0.5 ? 500 : 60_000,
      ...(random() < 0.2 && { startAfter: 500 }),
    }),
    cancels: random() < 0.5 ? times(2) : [],
    waits: [0, ...times(1)].map((at) => ({
      at,
      for: 1 + some(40),
      ...(random() < 0.3 && { after: some(3) }),
    })),
  };
}

/** recordEnds keeps every end that is stored, by operation. */
function recordEnds(): Map<string, Operation[]> {
  const ends = new Map<string, Operation[]>();
  const put = Store.prototype.put;
  vi.spyOn(Store.prototype, "put").mockImplementation(function (this: Store, op, result) {
    if (isTerminal(op)) ends.set(op.id, [...(ends.get(op.id) ?? []), op]);
    return put.call(this, op, result);
  });
  return ends;
}

/** What somebody was told of one operation. */
type Told = readonly [id: string, reply: Reply<Snapshot>];

/** One round: everything at once, with the clock moved in its midst and after it. */
async function round(stub: Stub, random: () => number): Promise<{ ids: string[]; told: Told[] }> {
  const races = Array.from({ length: crowd }, () => raceOf(random));
  const made = await stub.createMany(races.map((race) => race.command));
  const ids = made.map((reply) => {
    if (reply.error) throw new Error(reply.error.message);
    return reply.op.id;
  });
  const { signal } = new AbortController();
  const asked = races.flatMap(({ cancels, waits }, index): Promise<Told>[] => {
    const id = ids[index] ?? "";
    return [
      ...cancels.map(async (at): Promise<Told> => {
        await scheduler.wait(at);
        return [id, await stub.cancel(id)];
      }),
      ...waits.map(async ({ at, for: milliseconds, after }): Promise<Told> => {
        await scheduler.wait(at);
        const wait = { id, milliseconds, signal, ...(after !== undefined && { after }) };
        return [id, await waitFor(stub, wait)];
      }),
    ];
  });
  const jumps = [1_000, 1_000, 62_000].map(async (jump, index) => {
    await scheduler.wait(3 + 6 * index + random() * 6);
    vi.setSystemTime(Date.now() + jump);
    if (random() < 0.5) await runDurableObjectAlarm(stub);
  });
  const [told] = await Promise.all([Promise.all(asked), Promise.all(jumps)]);
  return { ids, told };
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("finish, cancel, deadline, expiry and wait racing on one object", () => {
  it.each(seeds)(
    "seed %i: 1,000 operations end once each, every wait settles, and all were told that end",
    async (seed) => {
      const random = randomOf(seed);
      const ends = recordEnds();
      vi.setSystemTime(Date.now());
      const stub = operationsOf(`races-${seed}`);
      const seen = new Set<string>();
      for (let n = 0; n < rounds; n++) {
        const { ids, told } = await round(stub, random);
        // Whatever is left has a deadline that has passed.
        vi.setSystemTime(Date.now() + 62_000);
        await runDurableObjectAlarm(stub);
        await stub.stats();
        for (const id of ids) {
          const all = ends.get(id) ?? [];
          expect([id, all.length]).toEqual([id, 1]);
          seen.add(`${all[0]?.status}:${all[0]?.error?.code}`);
        }
        for (const [id, reply] of told) {
          if (reply.error) {
            expect(reply.error.code).toBe("operation-not-found");
            seen.add("expired");
          } else if (isTerminal(reply.op)) {
            expect([id, reply.op]).toEqual([id, ends.get(id)?.[0]]);
          } else seen.add("working");
        }
        // Everything has expired by now, and nothing is left of it.
        vi.setSystemTime(Date.now() + 70_000);
        await runDurableObjectAlarm(stub);
        for (const id of ids.slice(0, 5)) {
          expect(decode(await stub.read(id)).error?.code).toBe("operation-not-found");
        }
      }
      expect([...seen].toSorted()).toEqual([
        "canceled:canceled",
        "expired",
        "failed:deadline_exceeded",
        "failed:simulated",
        "succeeded:undefined",
        "working",
      ]);
      await vi.waitFor(async () => {
        expect(await stub.stats()).toMatchObject({ operations: [], attempts: 0, waiters: 0 });
      });
    },
    120_000,
  );
});
