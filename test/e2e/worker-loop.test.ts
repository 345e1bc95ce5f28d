import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type WorkOptions, work } from "../../src/client/worker/worker.ts";
import { type CreateBody, until } from "./client.ts";
import { serving } from "./serving.ts";

// Each loop has a kind of its own: the service may still hand work to a claim that was given up.
const kinds = Array.from({ length: 40 }, (_, index) => `resize${index}`);
let count = 0;
let kind = "resize0";
const nextKind = () => {
  kind = `resize${++count}`;
};
beforeEach(nextKind);

const on = serving({ env: { EXTERNAL_KINDS: kinds.join(",") } });

let stop = new AbortController();
let loops: Promise<void>[] = [];
afterEach(async () => {
  stop.abort();
  await Promise.all(loops);
  stop = new AbortController();
  loops = [];
});

function startLoop(run: WorkOptions["run"], more: Partial<WorkOptions> = {}): Promise<void> {
  const { url, token } = on.client;
  const { signal } = stop;
  const loop = work({ url, token, kinds: [kind], signal, grace: "0s", run, ...more });
  loops.push(loop);
  return loop;
}

async function create(input: unknown, more: Partial<CreateBody> = {}): Promise<string> {
  const { status, body } = await on.client.create({ kind, input, ...more });
  expect(status).toBe(202);
  return body.id;
}

/** Resolves when the signal is aborted, with its reason. */
async function abortOf(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await once(signal, "abort");
  return signal.reason;
}

describe("work", () => {
  it("does each operation once, at most `concurrency` at once", async () => {
    const seen: unknown[] = [];
    let now = 0;
    let most = 0;
    const { promise: isFull, resolve: full } = Promise.withResolvers<void>();
    startLoop(
      async (input) => {
        seen.push(input);
        most = Math.max(most, ++now);
        // However slowly they are created, the first ones are there until there are as many as may be.
        if (now === 3) full();
        await isFull;
        await sleep(30);
        now--;
        return { did: input };
      },
      { concurrency: 3 },
    );
    const inputs = Array.from({ length: 12 }, (_, index) => index);
    const ids = await Promise.all(inputs.map((input) => create(input)));
    const ended = await Promise.all(ids.map((id) => on.client.ended(id)));
    expect(ended.map(({ status, attempt }) => [status, attempt])).toEqual(
      ids.map(() => ["succeeded", 1]),
    );
    expect(ended.map(({ result }) => result)).toEqual(inputs.map((did) => ({ did })));
    expect(seen.toSorted()).toEqual(inputs.toSorted());
    expect(most).toBe(3);
  });

  it("sends what work logs with its attempt, and what this worker is called, each line once", async () => {
    startLoop(
      async (_, op) => {
        op.log.info("one", { rows: 3 });
        await sleep(700);
        op.log.warning("two");
        op.log.error("Bearer abcdefghijk", { token: "hidden" });
        op.progress(50);
        return null;
      },
      { worker: "gpu-7" },
    );
    const id = await create(1);
    await on.client.ended(id);
    const at = `/api/v1/operations/${id}/attempts`;
    const { body } = await on.client.json<{ attempts: { log: object[] }[] }>(at);
    const { attempts } = body;
    expect(attempts).toMatchObject([
      {
        attempt: 1,
        worker: "gpu-7",
        outcome: "succeeded",
        log: [
          { line: 1, level: "info", message: "one", fields: { rows: 3 } },
          { line: 2, level: "warning", message: "two" },
          {
            line: 3,
            level: "error",
            message: "Bearer [redacted]",
            fields: { token: "[redacted]" },
          },
        ],
      },
    ]);
    expect(attempts[0]?.log).toHaveLength(3);
  });

  it("tells progress, and keeps the lease of work that takes longer", async () => {
    const { promise: finish, resolve } = Promise.withResolvers<void>();
    startLoop(
      async (_, op) => {
        op.progress(10, "first");
        op.progress(40, "half way, almost");
        await finish;
        return [op.kind, op.attempt, op.signal.aborted];
      },
      { lease: "10s" },
    );
    const id = await create({});
    const { body } = await until(
      () => on.client.get(id),
      ({ body: { percentComplete } }) => percentComplete === 40,
    );
    expect(body).toMatchObject({ status: "running", statusMessage: "half way, almost" });
    await sleep(13_000);
    resolve();
    expect(await on.client.ended(id)).toMatchObject({
      status: "succeeded",
      result: [kind, 1, false],
    });
  });

  it("fails with the code, the details and the retryability of what is thrown", async () => {
    let attempts = 0;
    startLoop(() => {
      attempts++;
      throw Object.assign(new Error("No pixels"), {
        code: "no_pixels",
        details: { width: 0 },
        retryable: false,
      });
    });
    const ended = await on.client.ended(await create({}));
    const error = { code: "no_pixels", message: "No pixels", details: { width: 0 } };
    expect(ended).toMatchObject({ status: "failed", error });
    expect(attempts).toBe(1);
  });

  it("is tried again after an error that may pass", async () => {
    startLoop((_, op) => {
      if (op.attempt === 1) throw new Error("Not yet");
      return op.attempt;
    });
    const retry = { maxAttempts: 2, initialInterval: "100ms" };
    expect(await on.client.ended(await create({}, { retry }))).toMatchObject({ result: 2 });
  });

  it.each([
    ["too large", () => "x".repeat(9 * 1024 * 1024), /^result_too_large$/],
    ["no JSON", () => 1n, /^invalid_result$/],
  ])("fails for good where the result is %s", async (_, run, code) => {
    startLoop(run);
    const { status, attempt, error } = await on.client.ended(await create({}));
    expect([status, attempt]).toEqual(["failed", 1]);
    expect(error?.code).toMatch(code);
  });

  it.each([
    ["JSON of more than 1 MiB", () => "x".repeat(2 * 1024 * 1024), "application/json"],
    [
      "a Blob of any media type",
      () => new Blob([new Uint8Array(3 * 1024 * 1024)], { type: "image/png" }),
      "image/png",
    ],
  ])("may return %s", async (_, run, type) => {
    startLoop(run);
    const id = await create({});
    expect(await on.client.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
    const response = await on.client.raw(`/api/v1/operations/${id}/result`);
    expect(response.headers.get("content-type")).toBe(type);
    const result = run();
    const bytes =
      result instanceof Blob ? await result.bytes() : Buffer.from(JSON.stringify(result));
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it("aborts the signal where a client asks to cancel, and ends as canceled", async () => {
    let reason: unknown;
    startLoop(
      async (_, op) => {
        reason = await abortOf(op.signal);
        op.signal.throwIfAborted();
      },
      { lease: "10s" },
    );
    const id = await create({});
    await until(
      () => on.client.get(id),
      ({ body }) => body.status === "running",
    );
    await on.client.cancel(id);
    expect(await on.client.ended(id)).toMatchObject({ status: "canceled", attempt: 1 });
    expect(reason).toMatchObject({ message: "A client asked to cancel" });
  });

  it("aborts the signal where the attempt was taken away", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    startLoop(async (_, op) => resolve(await abortOf(op.signal)), { lease: "2s" });
    const id = await create({});
    await until(
      () => on.client.get(id),
      ({ body }) => body.status === "running",
    );
    const failing = JSON.stringify({ attempt: 1, error: { code: "x", message: "by another" } });
    await on.client.json(`/api/v1/operations/${id}:fail`, { method: "POST", body: failing });
    expect(await promise).toMatchObject({ code: "stale-attempt", status: 409 });
    await on.client.cancel(id);
  });

  it("takes over, once its lease is out, what a killed loop held", async () => {
    const killed = await startProcess();
    const id = await create("whose?");
    await until(
      () => on.client.get(id),
      ({ body }) => body.statusMessage === "held",
    );
    killed.kill("SIGKILL");
    await once(killed, "exit");
    startLoop((input, op) => [input, op.attempt]);
    expect(await on.client.ended(id)).toMatchObject({ status: "succeeded", result: ["whose?", 2] });
  });

  it("stops on its signal: claims no more, and lets work end within the grace", async () => {
    const idle = startLoop(() => null);
    await sleep(200);
    const started = Date.now();
    stop.abort();
    await idle;
    // The claim that it gave up would have waited for 30 s.
    expect(Date.now() - started).toBeLessThan(20_000);

    nextKind();
    stop = new AbortController();
    const loop = startLoop(
      async () => {
        stop.abort();
        await sleep(300);
        return "done";
      },
      { grace: "10s" },
    );
    const [first, second] = [await create(1), await create(2)];
    await loop;
    expect((await on.client.get(first)).body).toMatchObject({
      status: "succeeded",
      result: "done",
    });
    expect((await on.client.get(second)).body.status).toBe("pending");
    await on.client.cancel(second);
  });

  it("gives work back that the grace was too short for", async () => {
    const loop = startLoop(async (_, op) => {
      stop.abort();
      await abortOf(op.signal);
      op.signal.throwIfAborted();
    });
    const id = await create({}, { retry: { maxAttempts: 1 } });
    await loop;
    // Another worker may take it at once, although it may be tried only once.
    expect((await on.client.get(id)).body).toMatchObject({ status: "pending", attempt: 1 });
    await on.client.cancel(id);
  });

  it("ends without work that takes no notice of its signal", async () => {
    const loop = startLoop(
      () => {
        stop.abort();
        return new Promise(() => undefined);
      },
      { lease: "1s" },
    );
    const id = await create({}, { retry: { maxAttempts: 1 } });
    await loop;
    expect(await on.client.ended(id)).toMatchObject({ error: { code: "interrupted" } });
  });

  it("sends again what was answered by trouble, not before Retry-After", async () => {
    const sent: string[] = [];
    const times: number[] = [];
    const flaky = async (url: string, init: RequestInit) => {
      const action = url.replace(/.*\/operations[^:]*/, "").replace(/\?.*/, "");
      sent.push(action);
      times.push(Date.now());
      const tried = sent.filter((other) => other === action).length;
      if (tried === 1 && action === ":claim") {
        return new Response("busy", { status: 503, headers: { "retry-after": "1" } });
      }
      const response = await fetch(url, init);
      // Taken, but the answer is lost.
      if (tried === 1 && action === ":complete") throw new TypeError("reset");
      return response;
    };
    const errors: unknown[] = [];
    const id = await create({});
    startLoop(() => "once", { fetch: flaky, onError: (error) => errors.push(error) });
    expect(await on.client.ended(id)).toMatchObject({ status: "succeeded", attempt: 1 });
    await until(
      async () => sent.filter((sentPath) => sentPath === ":complete").length,
      (completes) => completes === 2,
    );
    expect(sent.slice(0, 2)).toEqual([":claim", ":claim"]);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
    expect(errors).toEqual([]);
  });

  it.each([
    ["a wrong token", { token: "wrong" }, { status: 401, code: "unauthenticated" }],
    ["a kind that nobody knows", { kinds: ["fold"] }, { status: 404, code: "kind-not-found" }],
  ])("rejects with %s", async (_, more, error) => {
    const { url, token } = on.client;
    const { signal } = stop;
    const options = { url, token, kinds: [kind], signal, run: () => null };
    await expect(work({ ...options, ...more })).rejects.toMatchObject(error);
  });

  it.each([{ lease: "1" }, { lease: "500ms" }, { grace: "soon" }, { concurrency: 0 }])(
    "rejects with %j",
    async (more) => {
      const { url, token } = on.client;
      const { signal } = stop;
      const options = { url, token, kinds: [kind], signal, run: () => null };
      await expect(work({ ...options, ...more })).rejects.toThrow(RangeError);
    },
  );
});

/** startProcess starts a loop in a process of its own that holds what it claims for ever. */
async function startProcess(): Promise<ChildProcess> {
  const loop = path.resolve(import.meta.dirname, "../../src/client/worker/worker.ts");
  const code = `
    const { work } = await import(${JSON.stringify(loop)});
    const { signal } = new AbortController();
    const run = (_, op) => new Promise(() => op.progress(1, "held"));
    await work({ url: "${on.client.url}", token: "${on.client.token}", kinds: ["${kind}"], lease: "6s", signal, run });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  return child;
}
