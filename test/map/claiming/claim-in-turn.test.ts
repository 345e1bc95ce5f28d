import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseId } from "../../../src/core/id.ts";
import { alteredObjects, type Change, lacking } from "../../edge/altered-objects.ts";
import { captureLog } from "../../edge/log-lines.ts";
import { expectProblem } from "../../edge/refused.ts";
import { type Monitor, Tenant } from "../../edge/tenant.ts";
import { eventually } from "../../eventually.ts";

const shards = { SHARDS: "4" };
const path = "/api/v1/operations:claim";
const retry = { maxAttempts: 1 };
let tenant: Tenant;
let log: ReturnType<typeof captureLog>;

/** Has the object that was asked last count as slow; none does because the machine is busy. */
let losePatience: () => void;

beforeEach(async () => {
  const { setTimeout } = globalThis;
  losePatience = () => {};
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void, after: number) => {
    if (after !== 500) return setTimeout(act, after);
    losePatience = act;
    return undefined;
  }) as never);
  tenant = await Tenant.make(["read", "write", "work"]);
  log = captureLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes work until there is some in every object, and answers the ids. */
async function fill(): Promise<readonly string[]> {
  const json = { operations: [{ kind: "resize", retry }] };
  const ids: string[] = [];
  while (new Set(ids.map(shardOf)).size < 4) {
    const made = await tenant.send("/api/v1/operations:batchCreate", { json, config: shards });
    const { operations } = (await made.json()) as { operations: Monitor[] };
    ids.push(...operations.map(({ id }) => id));
  }
  return ids;
}

const shardOf = (id: string) => parseId(id)?.shard;
const unreachable = () => Promise.reject(new Error("out of reach"));

async function claim(
  change: Change,
  query = "",
  max = 100,
  signal?: AbortSignal,
): Promise<Response> {
  const config = { ...shards, OPERATIONS: alteredObjects(change) };
  const json = { kinds: ["resize"], max };
  return tenant.send(`${path}${query}`, { json, config, ...(signal && { signal }) });
}

async function idsOf(response: Response): Promise<readonly string[]> {
  expect(response.status).toBe(200);
  const { operations } = (await response.json()) as { operations: readonly Monitor[] };
  return operations.map(({ id }) => id).toSorted();
}

const operation = (id: string) => tenant.get(`/operations/${id}`);

describe("a claim over several objects", () => {
  test("takes no more inputs than one answer should hold, and leaves the rest claimable", async () => {
    const input = "x".repeat(5 * 1024 * 1024);
    const config = { ...shards, MAX_BODY: String(8 * 1024 * 1024) };
    const made: Monitor[] = [];
    while (new Set(made.map(({ id }) => shardOf(id))).size < 4) {
      made.push(await tenant.create({ kind: "resize", input, retry }, "", { config }));
    }
    const first = await idsOf(await claim(() => undefined));
    expect(first.length).toBeLessThanOrEqual(3);
    const all = [...first];
    for (let more = first; more.length > 0; all.push(...more)) {
      more = await idsOf(await claim(() => undefined));
    }
    expect(all.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  });

  test("returns what it has claimed where an object throws, whichever that is", async () => {
    for (const broken of [0, 1, 2, 3]) {
      const ids = await fill();
      const rest = ids.filter((id) => shardOf(id) !== broken);
      const change: Change = (shard, method) =>
        shard === broken && method === "claim" ? unreachable : undefined;
      expect(await idsOf(await claim(change))).toEqual(rest.toSorted());
      const left = ids.filter((id) => shardOf(id) === broken);
      expect(await idsOf(await claim(() => undefined))).toEqual(left.toSorted());
    }
    expect(log.text()).toContain("object skipped");
  });

  test("waits at those that answer where an object throws at all times", async () => {
    const change: Change = (shard) => (shard === 2 ? unreachable : undefined);
    const waiting = claim(change, "?wait=20s");
    const ids = await fill();
    const [first] = await idsOf(await waiting);
    expect(ids).toContain(first);
  });

  test("of many workers at once hands out each operation once", async () => {
    const ids = await fill();
    const answers = await Promise.all(
      Array.from({ length: ids.length + 8 }, () => claim(() => undefined, "", 1)),
    );
    const given = (await Promise.all(answers.map(idsOf))).flat();
    expect(given.toSorted()).toEqual(ids.toSorted());
  });

  test("is 503 or 500 where every object throws, and takes nothing", async () => {
    const ids = await fill();
    const reset = Object.assign(new Error("reset"), { durableObjectReset: true });
    const broken: Change = (_, method) =>
      method === "claim" ? () => Promise.reject(reset) : undefined;
    await expectProblem(await claim(broken), "unavailable");
    expect(await idsOf(await claim(() => undefined))).toEqual(ids.toSorted());
  });

  test("does not wait for a slow object, and gives back what comes from it after all", async () => {
    const ids = await fill();
    const slow = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const change: Change = (shard, method, call) => {
      if (shard === 1 && method === "claim") {
        return async (...args) => {
          const found = await call(...args);
          losePatience();
          await slow.promise;
          return found;
        };
      }
      if (method !== "release") return undefined;
      return async (...args) => {
        await call(...args);
        released.resolve();
      };
    };
    const rest = ids.filter((id) => shardOf(id) !== 1);
    expect(await idsOf(await claim(change))).toEqual(rest.toSorted());
    slow.resolve();
    await released.promise;
    const left = ids.filter((id) => shardOf(id) === 1);
    for (const id of left) {
      expect(await operation(id)).toMatchObject({ status: "pending", attempt: 1 });
    }
    // One attempt is all that they have, and it was not used up.
    expect(await idsOf(await claim(() => undefined))).toEqual(left.toSorted());
  });

  test("never returns more than was asked for, although objects answer late", async () => {
    const ids = await fill();
    // Each answers once the next has been asked, and the last when the claim is over.
    const late: (() => void)[] = [];
    const change: Change = (_, method, call) =>
      method === "claim"
        ? async (...args) => {
            const found = await call(...args);
            late.shift()?.();
            const answer = Promise.withResolvers<void>();
            late.push(answer.resolve);
            losePatience();
            await answer.promise;
            return found;
          }
        : undefined;
    const some = await idsOf(await claim(change, "", 1));
    expect(some).toHaveLength(1);
    for (const answer of late) answer();
    await eventually(async () => {
      const running = await tenant.ids("?status=running", { config: shards });
      expect(running).toHaveLength(1);
    });
    const others = ids.filter((id) => id !== some[0]);
    expect(await idsOf(await claim(() => undefined))).toEqual(others.toSorted());
  });

  test("gives back what was claimed for a worker that has gone away meanwhile", async () => {
    const ids = await fill();
    const gone = new AbortController();
    const released: unknown[] = [];
    const change: Change = (_, method, call) => {
      if (method === "claim") {
        return async (...args) => {
          const found = await call(...args);
          gone.abort();
          return found;
        };
      }
      if (method !== "release") return undefined;
      return async (...args) => {
        await call(...args);
        released.push(args);
      };
    };
    await claim(change, "", 100, gone.signal).catch(() => {});
    await eventually(() => expect(released).toHaveLength(1));
    expect(await idsOf(await claim(() => undefined))).toEqual(ids.toSorted());
  });

  test("leaves the lease to end what an object of older code cannot take back", async () => {
    const [id = ""] = await fill();
    const gone = new AbortController();
    const older = lacking("release");
    const config = { ...shards, OPERATIONS: older };
    gone.abort();
    const json = { kinds: ["resize"], max: 100 };
    await tenant.send(path, { json, config, signal: gone.signal }).catch(() => {});
    expect((await operation(id)).status).toMatch(/^(running|pending)$/);
  });
});
