import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Logger } from "../../src/base/log.ts";
import { parseConfig } from "../../src/config/config.ts";
import type { Reply, Snapshot } from "../../src/core/reply.ts";
import { FinishedCache } from "../../src/map/finished-cache.ts";
import type { TenantPlace } from "../../src/map/place.ts";
import { TenantMap } from "../../src/map/tenant-map.ts";
import { command, operationsOf } from "../object/commands.ts";
import { deployment } from "../object/deployment.ts";
import { snapshotOf } from "../object/performing.ts";

type Methods = Record<string, (...args: readonly unknown[]) => unknown>;

/** An isolate's bindings, and how many calls its objects were asked. */
function isolateOf(FINISHED_CACHE: string) {
  const calls: string[] = [];
  const getByName = (name: string) =>
    new Proxy(env.OPERATIONS.getByName(name), {
      get: (stub, method) => {
        return (...args: readonly unknown[]) => {
          calls.push(String(method));
          return (stub as unknown as Methods)[String(method)]?.(...args);
        };
      },
    });
  const bindings = { ...env, FINISHED_CACHE, OPERATIONS: { getByName } };
  const config = parseConfig({ FINISHED_CACHE });
  if (!config.ok) throw new Error("Invalid configuration");
  const mapOf = (name: string) => {
    const tenant = `finished-cache-${name}`;
    const place = { deployment, env: bindings, config: config.value, tenant, joins: true };
    const rest = { log: new Logger("test"), origin: "https://edge.test", keep: () => {} };
    return new TenantMap({ ...place, ...rest } as unknown as TenantPlace);
  };
  return { calls, mapOf };
}

/** The id of an operation of a tenant that has finished, and stays for so long. */
async function finished(tenant: string, ttl = 3_600_000): Promise<string> {
  return snapshotOf(await operationsOf(tenant).create(command({ ttl }), 1_000)).op.id;
}

const signal = new AbortController().signal;
const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);
const codeOf = (reply: Reply<Snapshot>) => (reply.error ? reply.error.code : reply.op.status);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("FINISHED_CACHE", () => {
  test("a finished operation that is read again asks no object, by a get or by a wait", async () => {
    const { calls, mapOf } = isolateOf("10s");
    const id = await finished("cached");
    const first = await mapOf("cached").get(id);
    expect(codeOf(first)).toBe("succeeded");
    expect(calls).toEqual(["read"]);
    expect(await mapOf("cached").get(id)).toEqual(first);
    expect(await mapOf("cached").wait({ id, milliseconds: 1_000, signal })).toEqual(first);
    expect(calls).toEqual(["read"]);
    pass(10_000);
    expect(await mapOf("cached").get(id)).toEqual(first);
    expect(calls).toEqual(["read", "read"]);
  });

  test("a wait for a finished operation is remembered too", async () => {
    const { calls, mapOf } = isolateOf("10s");
    const id = await finished("cached-wait");
    const wait = { id, milliseconds: 1_000, signal };
    const first = await mapOf("cached-wait").wait(wait);
    calls.length = 0;
    expect(await mapOf("cached-wait").wait(wait)).toEqual(first);
    expect(calls).toEqual([]);
  });

  test("is off unless it is set", async () => {
    const { calls, mapOf } = isolateOf("");
    const id = await finished("uncached");
    await mapOf("uncached").get(id);
    await mapOf("uncached").get(id);
    expect(calls).toEqual(["read", "read"]);
  });

  test("an operation that has not finished is read anew each time", async () => {
    const { calls, mapOf } = isolateOf("10s");
    const hang = command({ kind: "simulate", input: '{"outcome":"hang"}' });
    const { id } = snapshotOf(await operationsOf("cached-hang").create(hang)).op;
    await mapOf("cached-hang").get(id);
    await mapOf("cached-hang").get(id);
    expect(calls).toEqual(["read", "read"]);
    await operationsOf("cached-hang").cancel(id, undefined, true);
    expect(codeOf(await mapOf("cached-hang").get(id))).toBe("canceled");
  });

  test("another tenant does not find what is kept for one", async () => {
    const { mapOf } = isolateOf("10s");
    const id = await finished("cached-mine");
    expect(codeOf(await mapOf("cached-mine").get(id))).toBe("succeeded");
    expect(codeOf(await mapOf("cached-other").get(id))).toBe("operation-not-found");
  });

  test("a delete is seen at once in its own isolate, and in others after that time", async () => {
    const own = isolateOf("10s");
    const other = isolateOf("10s");
    const id = await finished("cached-deleted");
    await own.mapOf("cached-deleted").get(id);
    await other.mapOf("cached-deleted").get(id);
    await own.mapOf("cached-deleted").remove(id);
    expect(codeOf(await own.mapOf("cached-deleted").get(id))).toBe("operation-not-found");
    pass(9_999);
    expect(codeOf(await other.mapOf("cached-deleted").get(id))).toBe("succeeded");
    pass(1);
    expect(codeOf(await other.mapOf("cached-deleted").get(id))).toBe("operation-not-found");
  });

  test("a tenant that is erased is forgotten, and no other", async () => {
    const { calls, mapOf } = isolateOf("10s");
    const [gone, stays] = [await finished("cached-erased"), await finished("cached-stays")];
    await mapOf("cached-erased").get(gone);
    await mapOf("cached-stays").get(stays);
    await mapOf("cached-erased").erase(0);
    expect(codeOf(await mapOf("cached-erased").get(gone))).toBe("operation-not-found");
    calls.length = 0;
    expect(codeOf(await mapOf("cached-stays").get(stays))).toBe("succeeded");
    expect(calls).toEqual([]);
  });

  test("nothing is returned once it has expired", async () => {
    const { mapOf } = isolateOf("60s");
    const id = await finished("cached-expired", 5_000);
    expect(codeOf(await mapOf("cached-expired").get(id))).toBe("succeeded");
    pass(5_000);
    expect(codeOf(await mapOf("cached-expired").get(id))).toBe("operation-not-found");
  });

  test("the oldest give way to what is newer, and what is very large is not kept", async () => {
    const config = { finishedCache: 10_000 } as TenantPlace["config"];
    const cache = new FinishedCache({ env: {} as Cloudflare.Env, tenant: "full", config });
    const asked: string[] = [];
    const expiresAt = Date.now() + 60_000;
    const read = (id: string, size: number) =>
      cache.through(id, async () => {
        asked.push(id);
        const op = { id, status: "succeeded", expiresAt };
        return { op, result: "x".repeat(size) } as unknown as Snapshot;
      });
    const asks = async (id: string, size: number) => {
      asked.length = 0;
      await read(id, size);
      return asked.length > 0;
    };
    const large = 256 * 1024 - 200;
    for (let n = 0; n < 32; n++) await read(`op-${n}`, large);
    expect(await asks("op-0", large)).toBe(false);
    await read("op-32", large);
    expect(await asks("op-1", large)).toBe(false);
    expect(await asks("op-0", large)).toBe(true);
    // What is read again counts once.
    for (let n = 0; n < 5; n++) {
      cache.forget("op-32");
      await read("op-32", large);
    }
    expect(await asks("op-2", large)).toBe(false);
    await read("larger", large + 200);
    expect(await asks("larger", large + 200)).toBe(true);
  });
});
