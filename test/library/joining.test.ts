import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseId } from "../../src/core/id.ts";
import { builtWorker } from "./built-worker.ts";

// Calls that cross requests, on the runtime itself: it cancels a request that awaits nothing of its own,
// and what a request has under way when its client goes away.

let worker: Miniflare;
let url: URL;
const log: string[] = [];

/** serve serves the Worker with so many objects for a tenant. */
async function serve(shards: number): Promise<Miniflare> {
  const served = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      logRequests: false,
      handleStructuredLogs: ({ message }) => log.push(message),
      modules: true,
      script: await builtWorker("joined-worker.ts"),
      compatibilityDate: "2026-10-23",
      compatibilityFlags: ["enable_request_signal"],
      durableObjects: { OPERATIONS: { className: "OperationsObject", useSQLite: true } },
      bindings: { TOKEN: "test-token", SHARDS: `${shards}`, EXTERNAL_KINDS: "resize" },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    }),
  );
  await served.ready;
  return served;
}

beforeAll(async () => {
  worker = await serve(1);
  url = await worker.unsafeGetDirectURL();
});

afterAll(async () => {
  await worker?.dispose();
});

/** delayed has objects answer after so many milliseconds, and returns how often they were asked before. */
async function delayed(milliseconds: number): Promise<number> {
  return (await (await fetch(new URL(`/calls?delay=${milliseconds}`, url))).json()) as number;
}

function ask(path: string, init: RequestInit & { readonly prefer?: string } = {}) {
  const { prefer = "respond-async", ...rest } = init;
  const headers = {
    authorization: "Bearer test-token",
    "content-type": "application/json",
    prefer,
  };
  return fetch(new URL(`/api/v1/operations${path}`, url), { ...rest, headers });
}

const create = (n: number, init: RequestInit & { readonly prefer?: string } = {}) =>
  ask("", { method: "POST", body: JSON.stringify({ kind: "echo", input: n }), ...init });

/**
 * rush makes requests at once, of which the clients of the first ones, who send for the others, go
 * away while they are under way; it returns the answers of the others.
 */
async function rush(
  count: number,
  leaving: number,
  make: (n: number, init: RequestInit) => Promise<Response>,
) {
  const gone = new AbortController();
  const asked = Array.from({ length: count }, (_, n) =>
    make(n, n < leaving ? { signal: gone.signal } : {}),
  );
  const left = Promise.allSettled(asked.slice(0, leaving));
  setTimeout(() => gone.abort(), 15);
  const answers = await Promise.all(
    asked.slice(leaving).map(async (answer) => {
      const { status: code } = await answer;
      const body = (await (await answer).json()) as {
        id?: string;
        result?: unknown;
        operations?: readonly { id: string }[];
      };
      return { ...body, code };
    }),
  );
  await left;
  return answers;
}

describe("calls that travel together", () => {
  it.each([1, 50, 5_000])(
    "reads that take %i ms come back to everybody, though those who sent them go away",
    async (milliseconds) => {
      const { id } = (await (await create(1)).json()) as { id: string };
      await delayed(milliseconds);
      const answers = await rush(60, 12, (_, init) => ask(`/${id}`, init));
      expect(answers.filter((answer) => answer.code !== 200 || answer.id !== id)).toEqual([]);
      expect(await delayed(0)).toBeLessThan(milliseconds === 1 ? 60 : 12);
    },
  );

  it.each([1, 50, 5_000])(
    "creates that take %i ms come back to everybody, each with its own result",
    async (milliseconds) => {
      await delayed(milliseconds);
      const answers = await rush(60, 12, (n, init) => create(n, { ...init, prefer: "wait=20" }));
      expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 200));
      expect(answers.map(({ result }) => result)).toEqual(answers.map((_, n) => n + 12));
      expect(new Set(answers.map(({ id }) => id)).size).toBe(48);
      expect(await delayed(0)).toBeLessThan(milliseconds === 1 ? 60 : 16);
    },
  );

  it("slow work holds up no other", async () => {
    const slow = Array.from({ length: 12 }, (_, n) =>
      create(n, {
        body: JSON.stringify({ kind: "simulate", input: { duration: "5s" } }),
        prefer: "wait=20",
      }),
    );
    let isSlowOver = false;
    void Promise.race(slow).then(() => {
      isSlowOver = true;
    });
    const fast = await rush(24, 0, (n, init) => create(n, { ...init, prefer: "wait=20" }));
    expect(isSlowOver).toBe(false);
    expect(fast.map(({ code, result }) => [code, result])).toEqual(fast.map((_, n) => [200, n]));
    for (const answer of slow) expect((await answer).status).toBe(200);
  });

  describe("of a map of eight objects", () => {
    let eight: Miniflare;
    let of: URL;
    const scheduled = (milliseconds: number) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds));
    const idsOf = async (answer: Promise<Response>) => {
      const { operations } = (await (await answer).json()) as { operations: { id: string }[] };
      return operations.map(({ id }) => id);
    };
    const idOf = async (answer: Promise<Response>) =>
      ((await (await answer).json()) as { id: string }).id;

    beforeAll(async () => {
      [eight, of] = [await serve(8), url];
      url = await eight.unsafeGetDirectURL();
    });

    afterAll(async () => {
      url = of;
      await eight?.dispose();
    });

    it("creates under load go to one object at a time, and to each in turn", async () => {
      await delayed(10);
      const made: string[] = [];
      for (let wave = 0; wave < 12; wave++) {
        const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => idOf(create(n))));
        made.push(...ids);
      }
      expect(new Set(made).size).toBe(480);
      expect(await delayed(0)).toBeLessThan(240);
      const byObject = Map.groupBy(made, (id) => parseId(id)?.shard);
      expect(byObject.size).toBe(8);
      expect(Math.max(...[...byObject.values()].map(({ length }) => length))).toBeLessThan(100);
    });

    it("each read of them comes back with its own operation", async () => {
      const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => idOf(create(n))));
      await delayed(10);
      const found = await Promise.all(ids.map((id) => idOf(ask(`/${id}`))));
      expect(found).toEqual(ids);
      expect(await delayed(0)).toBeLessThan(50);
    });

    it.each([1, 50, 5_000])(
      "lists that take %i ms come back to everybody, though those who sent them go away",
      async (milliseconds) => {
        await Promise.all(Array.from({ length: 30 }, (_, n) => idOf(create(n))));
        await delayed(milliseconds);
        const pages = ["?limit=5", "?limit=20", "?limit=20&order=asc", "?limit=3&kind=echo"];
        const pageOf = (n: number) => pages[n % pages.length] ?? "";
        const answers = await rush(60, 12, (n, init) => ask(pageOf(n), init));
        expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 200));
        expect(answers.map(({ operations }) => operations?.length)).toEqual(
          answers.map((_, n) => [5, 20, 20, 3][(n + 12) % 4]),
        );
        // Sixty lists of eight objects would be 480 calls or more.
        expect(await delayed(0)).toBeLessThan(200);
      },
    );

    it.each([1, 50, 1_000])(
      "claims that take %i ms hand out each operation once, though those who sent them go away",
      async (milliseconds) => {
        const made = await Promise.all(
          Array.from({ length: 60 }, () =>
            idOf(ask("", { method: "POST", body: JSON.stringify({ kind: "resize" }) })),
          ),
        );
        const body = JSON.stringify({ kinds: ["resize"], lease: "1h" });
        await delayed(milliseconds);
        const answers = await rush(60, 12, (_, init) =>
          ask(":claim", { ...init, method: "POST", body }),
        );
        const given = answers.flatMap(({ operations = [] }) => operations.map(({ id }) => id));
        expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 200));
        expect(new Set(given).size).toBe(given.length);
        expect(made).toEqual(expect.arrayContaining(given));
        // Objects that are slow are asked at the same time, and can have nothing left for the last claims.
        expect(given.length).toBeGreaterThanOrEqual(milliseconds < 500 ? 48 : 24);
        // Sixty claims of up to eight objects each.
        expect(await delayed(0)).toBeLessThan(100);
      },
    );

    it.each([1, 50, 1_000])(
      "claims that wait, and are woken in %i ms, share sockets, though those who listen for them go away",
      async (milliseconds) => {
        const drain = JSON.stringify({ kinds: ["resize"], max: 100, lease: "1h" });
        while (
          (await rush(1, 0, () => ask(":claim", { method: "POST", body: drain })))[0]?.operations
            ?.length
        );
        const wait = (prefer: string, init: RequestInit = {}) =>
          ask(":claim", { ...init, method: "POST", prefer, body: drain.replace("100", "1") });
        await delayed(0);
        const gone = new AbortController();
        const first = wait("wait=30", { signal: gone.signal });
        // Its wait is over while it still listens for the others.
        const next = wait("wait=1");
        await scheduled(300);
        const others = Array.from({ length: 24 }, () => wait("wait=30"));
        await scheduled(300);
        gone.abort();
        await expect(first).rejects.toThrow();
        expect((await next).status).toBe(200);
        // One claim of each object and one socket; each of the others would have as many.
        expect(await delayed(milliseconds)).toBeLessThan(40);
        const made = await Promise.all(
          Array.from({ length: 25 }, () =>
            idOf(ask("", { method: "POST", body: JSON.stringify({ kind: "resize" }) })),
          ),
        );
        const given = await Promise.all(others.map(idsOf));
        expect(given.map(({ length }) => length)).toEqual(given.map(() => 1));
        expect(new Set(given.flat()).size).toBe(24);
        expect(made).toEqual(expect.arrayContaining(given.flat()));
        await delayed(0);
      },
    );
  });

  it("nothing was logged as an error", () => {
    expect(log.filter((line) => /"level":"error"|hang|Uncaught/i.test(line))).toEqual([]);
  });
});
