import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { lacking } from "../../../edge/altered-objects.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Monitor, monitorOf, Tenant } from "../../../edge/tenant.ts";

/** Work is a monitor as its worker gets it. */
interface Work extends Monitor {
  readonly input?: unknown;
  readonly lease?: { readonly expiresAt: string };
}

const operations = "/api/v1/operations";
let tenant: Tenant;

beforeAll(() => {
  captureLog();
});

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write", "work"]);
});

afterAll(() => {
  vi.restoreAllMocks();
});

function ask(body: unknown, query = "", headers = {}, of = tenant): Promise<Response> {
  return of.send(`${operations}:claim${query}`, { method: "POST", json: body, headers });
}

async function worksOf(response: Response): Promise<readonly Work[]> {
  expect(response.status).toBe(200);
  return ((await response.json()) as { operations: readonly Work[] }).operations;
}

async function claimed(input: unknown = null): Promise<Work> {
  await tenant.create({ kind: "resize", input });
  const [work] = await worksOf(await ask({ kinds: ["resize"] }));
  if (!work) throw new Error("Nothing to claim");
  return work;
}

function tell(id: string, verb: string, json: unknown, of = tenant): Promise<Response> {
  const method = verb === "" ? "PATCH" : "POST";
  return of.send(`${operations}/${id}${verb}`, { method, json });
}

describe("an external kind", () => {
  test("takes any JSON, waits as pending, and allows three attempts", async () => {
    for (const input of [{ a: [1, null] }, "text", 0, false, null]) {
      const made = await tenant.create({ kind: "resize", input });
      expect(made).toMatchObject({ status: "pending", attempt: 0 });
    }
    const works = await worksOf(await ask({ kinds: ["resize"], max: 100 }));
    expect(works.map(({ input }) => input)).toEqual([{ a: [1, null] }, "text", 0, false, null]);
  });

  test("without an input is claimed without one", async () => {
    await tenant.create({ kind: "resize" });
    const [work] = await worksOf(await ask({ kinds: ["resize"] }));
    expect(work).not.toHaveProperty("input");
  });

  test("is listed among the kinds, as external", async () => {
    const { kinds } = await tenant.get<{ kinds: { kind: string; engine: string }[] }>("/kinds");
    expect(kinds.filter(({ engine }) => engine === "external").map(({ kind }) => kind)).toEqual([
      "charge",
      "print",
      "resize",
    ]);
  });

  test("that has the name of a kind in the code is a bad configuration", async () => {
    const config = { EXTERNAL_KINDS: "resize,echo" };
    const response = await tenant.send("/api/v1/kinds", { config });
    const { detail } = await expectProblem(response, "unavailable");
    expect(detail).toBe("The configuration is invalid: EXTERNAL_KINDS");
  });

  test("gets what the configuration says of it, where a create says nothing else", async () => {
    const said = { deadline: "1h", ttl: "48h", priority: 2, retry: { maxAttempts: 1 } };
    const config = { EXTERNAL_KINDS: JSON.stringify({ resize: said }) };
    const after = ({ createdAt, deadlineAt }: Monitor) =>
      Date.parse(deadlineAt) - Date.parse(createdAt);
    const made = await tenant.create({ kind: "resize" }, "", { config });
    expect([made.priority, after(made)]).toEqual([2, 3_600_000]);
    const more = { deadline: "1m", priority: 5 };
    const other = await tenant.create({ kind: "resize", ...more }, "", { config });
    expect([other.priority, after(other)]).toEqual([undefined, 60_000]);
    const [work] = await worksOf(await ask({ kinds: ["resize"] }));
    const error = { code: "broken", message: "It broke" };
    const failed = await monitorOf(await tell(work?.id ?? "", ":fail", { attempt: 1, error }));
    expect([failed.id, failed.status]).toEqual([made.id, "failed"]);
    expect(Date.parse(failed.expiresAt ?? "") - Date.parse(failed.finishedAt ?? "")).toBe(
      172_800_000,
    );
  });

  test("that a create waits for answers when its worker completes it", async () => {
    const waiting = tenant.post({ kind: "resize", input: 3 }, "?sync=true&timeout=20s");
    const [work] = await worksOf(await ask({ kinds: ["resize"] }, "?wait=20s"));
    await tell(work?.id ?? "", ":complete", { attempt: 1, result: { width: 3 } });
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(await monitorOf(answer)).toMatchObject({ status: "succeeded", result: { width: 3 } });
  });
});

describe("claim", () => {
  test("answers monitors with input and lease, and an empty list when there is nothing", async () => {
    expect(await worksOf(await ask({ kinds: ["resize", "print"] }))).toEqual([]);
    const before = Date.now();
    const work = await claimed({ n: 1 });
    expect(work).toMatchObject({ kind: "resize", status: "running", attempt: 1, input: { n: 1 } });
    const left = Date.parse(work.lease?.expiresAt ?? "") - before;
    expect(left).toBeGreaterThanOrEqual(60_000);
    expect(left).toBeLessThan(120_000);
    expect(await tenant.get(`/operations/${work.id}`)).not.toHaveProperty("input");
  });

  test("waits for work, as Prefer: wait asks, and says so", async () => {
    const answer = ask({ kinds: ["resize"] }, "", { prefer: "wait=30" });
    await tenant.create({ kind: "resize", input: 1 });
    const response = await answer;
    expect(response.headers.get("preference-applied")).toBe("wait=30");
    expect(await worksOf(response)).toHaveLength(1);
  });

  test("is empty when the time is up", async () => {
    expect(await worksOf(await ask({ kinds: ["resize"] }, "?wait=50ms"))).toEqual([]);
  });

  test("keeps to the limit of a kind", async () => {
    await tenant.create({ kind: "print" });
    await tenant.create({ kind: "print" });
    const [first, ...more] = await worksOf(await ask({ kinds: ["print"], max: 9 }));
    expect(more).toEqual([]);
    const next = ask({ kinds: ["print"], max: 9 }, "?wait=20s");
    await tell(first?.id ?? "", ":fail", {
      attempt: 1,
      error: { code: "x", message: "" },
      retryable: false,
    });
    expect(await worksOf(await next)).toHaveLength(1);
  });

  test("gathers over the shards until it has as many as were asked for", async () => {
    const config = { SHARDS: "4" };
    const create = () => tenant.create({ kind: "resize" }, "", { config });
    await Promise.all(Array.from({ length: 40 }, create));
    const take = (max: number) =>
      tenant.send(`${operations}:claim`, { json: { kinds: ["resize"], max }, config });
    const works = [...(await worksOf(await take(25))), ...(await worksOf(await take(100)))];
    expect(works).toHaveLength(40);
    expect(new Set(works.map(({ id }) => id)).size).toBe(40);
    const late = tenant.send(`${operations}:claim?wait=20s`, {
      json: { kinds: ["resize"] },
      config,
    });
    await create();
    expect(await worksOf(await late)).toHaveLength(1);
  });

  test("sees no other tenant's work", async () => {
    const other = await Tenant.make(["read", "write", "work"]);
    const work = await claimed();
    await tenant.create({ kind: "resize" });
    expect(await worksOf(await ask({ kinds: ["resize"] }, "", {}, other))).toEqual([]);
    await expectProblem(
      await tell(work.id, ":complete", { attempt: 1 }, other),
      "operation-not-found",
    );
  });

  test.each([
    [{}, "kinds"],
    [{ kinds: [] }, "kinds"],
    [{ kinds: Array(10).fill("resize") }, "kinds"],
    [{ kinds: ["resize"], max: 0 }, "max"],
    [{ kinds: ["resize"], max: 101 }, "max"],
    [{ kinds: ["resize"], lease: "999ms" }, "lease"],
    [{ kinds: ["resize"], lease: "25h" }, "lease"],
    [{ kinds: ["resize"], lease: 30 }, "lease"],
    [{ kinds: ["resize"], more: 1 }, "more"],
  ])("refuses %j", async (body, path) => {
    const { errors } = await expectProblem(await ask(body), "validation-failed");
    expect(errors?.map((error) => error.path)).toEqual([path]);
  });

  test.each(["echo", "none", "__proto__", "constructor"])(
    "does not know the kind %s",
    async (kind) => {
      await expectProblem(await ask({ kinds: ["resize", kind] }), "kind-not-found");
    },
  );
});

describe("a worker's reports", () => {
  test("PATCH tells progress, a message and metadata, and extends the lease", async () => {
    const { id, lease } = await claimed();
    const response = await tell(id, "", {
      attempt: 1,
      percentComplete: 40,
      statusMessage: "half way",
      metadata: { page: 3 },
      lease: "1h",
    });
    expect(response.status).toBe(200);
    const monitor = (await response.json()) as Work;
    expect(monitor).toMatchObject({
      percentComplete: 40,
      statusMessage: "half way",
      metadata: { page: 3 },
      version: 3,
    });
    // The lease ends with the deadline, 15 minutes after the creation.
    expect(monitor.lease?.expiresAt).toBe(monitor.deadlineAt);
    expect(lease?.expiresAt).not.toBe(monitor.deadlineAt);
  });

  test(":complete gives the result as it came, and null where there is none", async () => {
    const [first, second] = [await claimed(), await claimed()];
    const done = await tell(first.id, ":complete", { attempt: 1, result: [1, { a: "ü" }] });
    expect([done.status, await monitorOf(done)]).toMatchObject([
      200,
      { status: "succeeded", result: [1, { a: "ü" }] },
    ]);
    const result = await tenant.send(`${operations}/${first.id}/result`);
    expect(await result.text()).toBe('[1,{"a":"ü"}]');
    const none = await monitorOf(await tell(second.id, ":complete", { attempt: 1 }));
    expect(none).toMatchObject({ status: "succeeded", result: null });
    expect(none).not.toHaveProperty("lease");
  });

  test(":fail is tried again, unless it is not retryable", async () => {
    const [again, never] = [await claimed(), await claimed()];
    const error = { code: "bad_image", message: "Cannot read it", details: { at: [1] } };
    expect(await monitorOf(await tell(again.id, ":fail", { attempt: 1, error }))).toMatchObject({
      status: "pending",
      statusMessage: "Attempt 1 failed: Cannot read it",
    });
    const end = { attempt: 1, error, retryable: false };
    expect(await monitorOf(await tell(never.id, ":fail", end))).toMatchObject({
      status: "failed",
      error,
    });
  });

  test("learns from a report that a client wants it to stop, and ends as canceled", async () => {
    const { id } = await claimed();
    await tenant.send(`${operations}/${id}:cancel`, { method: "POST" });
    const told = await monitorOf(await tell(id, "", { attempt: 1 }));
    expect(told.cancelRequestedAt).toBeDefined();
    const error = { code: "canceled", message: "Stopped" };
    expect(await monitorOf(await tell(id, ":fail", { attempt: 1, error }))).toMatchObject({
      status: "canceled",
    });
  });

  const error = { code: "x", message: "x" };
  const verbs = [
    ["", {}],
    [":complete", { result: 1 }],
    [":fail", { error }],
  ] as const;

  test.each(verbs)(
    "%s of another attempt is 409 stale-attempt, of ended work already-terminal",
    async (verb, body) => {
      const { id } = await claimed();
      for (const attempt of [2, 99]) {
        const response = await tell(id, verb, { attempt, ...body });
        expect(response.headers.get("x-should-retry")).toBe("false");
        await expectProblem(response, "stale-attempt");
      }
      await tell(id, ":complete", { attempt: 1 });
      await expectProblem(await tell(id, verb, { attempt: 1, ...body }), "already-terminal");
      await expectProblem(await tell(id, verb, { attempt: 2, ...body }), "stale-attempt");
    },
  );

  test.each(verbs)(
    "%s reaches neither work that nobody claimed nor work of this Worker",
    async (verb, body) => {
      const open = await tenant.create({ kind: "resize" });
      const here = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
      for (const { id } of [open, here]) {
        await expectProblem(await tell(id, verb, { attempt: 1, ...body }), "stale-attempt");
      }
      await tenant.send(`${operations}/${here.id}:cancel`, { method: "POST" });
    },
  );

  test.each(verbs)("%s needs the scope work, and an operation that exists", async (verb, body) => {
    const { id } = await claimed();
    const client = await Tenant.make(["read", "write"], tenant.name);
    await expectProblem(await tell(id, verb, { attempt: 1, ...body }, client), "forbidden");
    await expectProblem(await ask({ kinds: ["resize"] }, "", {}, client), "forbidden");
    await expectProblem(await tell("none", verb, { attempt: 1, ...body }), "operation-not-found");
  });

  test.each([
    ["", {}, "attempt"],
    ["", { attempt: 0 }, "attempt"],
    ["", { attempt: 1, percentComplete: 101 }, "percentComplete"],
    ["", { attempt: 1, statusMessage: "x".repeat(1_025) }, "statusMessage"],
    ["", { attempt: 1, metadata: [] }, "metadata"],
    ["", { attempt: 1, metadata: { a: "x".repeat(16_384) } }, "metadata"],
    ["", { attempt: 1, lease: "0s" }, "lease"],
    [":complete", { attempt: "1" }, "attempt"],
    [":complete", { attempt: 1, more: 1 }, "more"],
    [":fail", { attempt: 1 }, "error"],
    [":fail", { attempt: 1, error: { code: "", message: "" } }, "error.code"],
    [":fail", { attempt: 1, error: { ...error, details: "x".repeat(16_384) } }, "error.details"],
    [":fail", { attempt: 1, error, retryable: "no" }, "retryable"],
  ])("%s refuses %.80j", async (verb, body, path) => {
    const { id } = await claimed();
    const { errors } = await expectProblem(await tell(id, verb, body), "validation-failed");
    expect(errors?.map((wrong) => wrong.path)).toEqual([path]);
  });
});

describe("release", () => {
  const once = { maxAttempts: 1 };

  test("gives an attempt back: claimable at once, and not counted", async () => {
    await tenant.create({ kind: "resize", retry: once });
    for (const attempt of [1, 2, 3]) {
      const [work] = await worksOf(await ask({ kinds: ["resize"] }));
      expect(work?.attempt).toBe(attempt);
      const response = await tell(work?.id ?? "", ":release", { attempt });
      expect(response.status).toBe(200);
      expect(await monitorOf(response)).toMatchObject({ status: "pending", attempt });
      // Twice is once too often: it may be another's by now.
      await expectProblem(await tell(work?.id ?? "", ":release", { attempt }), "stale-attempt");
    }
  });

  test("wakes a worker that waits", async () => {
    const work = await claimed();
    const waiting = ask({ kinds: ["resize"] }, "?wait=20s");
    await tell(work.id, ":release", { attempt: 1 });
    expect((await worksOf(await waiting))[0]).toMatchObject({ id: work.id, attempt: 2 });
  });

  test("ends what a client wants canceled", async () => {
    const { id } = await claimed();
    await tenant.send(`${operations}/${id}:cancel`, { method: "POST" });
    expect(await monitorOf(await tell(id, ":release", { attempt: 1 }))).toMatchObject({
      status: "canceled",
    });
  });

  test("of work that nobody has claimed, and of a kind in code, is stale", async () => {
    for (const body of [{ kind: "resize" }, { kind: "simulate", input: { outcome: "hang" } }]) {
      const { id } = await tenant.create(body);
      await expectProblem(await tell(id, ":release", { attempt: 1 }), "stale-attempt");
      await tenant.send(`${operations}/${id}:cancel`, { json: { force: true } });
    }
  });

  test("of an object of older code does the same", async () => {
    const { id } = await claimed();
    const config = { OPERATIONS: lacking("giveBack") };
    const release = (attempt: number) =>
      tenant.send(`${operations}/${id}:release`, { json: { attempt }, config });
    await expectProblem(await release(2), "stale-attempt");
    expect(await monitorOf(await release(1))).toMatchObject({ status: "pending", attempt: 1 });
    await expectProblem(await release(1), "stale-attempt");
  });

  test.each([{}, { attempt: 0 }, { attempt: "1" }, { attempt: 1, result: 1 }])(
    "refuses %j",
    async (body) => {
      const { id } = await claimed();
      await expectProblem(await tell(id, ":release", body), "validation-failed");
    },
  );
});

describe("PATCH with lines of a log, and a claim with a name", () => {
  interface Told {
    readonly attempts: readonly {
      readonly worker?: string;
      readonly outcome?: string;
      readonly log: readonly { readonly line: number; readonly message: string }[];
    }[];
  }

  const attemptsOf = async (id: string) =>
    (await tenant.get<Told>(`/operations/${id}/attempts`)).attempts;

  test("the lines are kept with the attempt, each once however often they are sent", async () => {
    await tenant.create({ kind: "resize" });
    const [work] = await worksOf(await ask({ kinds: ["resize"], worker: "gpu-7" }));
    const id = work?.id ?? "";
    const time = "2026-11-26T09:00:00.000Z";
    const fields = { rows: 3, ok: true, note: "x".repeat(600), token: "abc" };
    const log = [
      { line: 1, message: "one", time, level: "warning", fields },
      { line: 2, message: "two" },
    ];
    for (let again = 0; again < 2; again++) {
      expect((await tell(id, "", { attempt: 1, log })).status).toBe(200);
    }
    await tell(id, "", { attempt: 1, log: [{ message: "three" }] });
    const [attempt] = await attemptsOf(id);
    expect(attempt).toMatchObject({ worker: "gpu-7" });
    expect(attempt?.log).toMatchObject([
      {
        line: 1,
        time,
        level: "warning",
        fields: { ...fields, note: `${"x".repeat(511)}…`, token: "[redacted]" },
      },
      { line: 2, level: "info", message: "two" },
      { line: 3, message: "three" },
    ]);
    const { version } = await tenant.get(`/operations/${id}`);
    await tell(id, "", { attempt: 1, log: [{ message: "four" }] });
    expect((await tenant.get(`/operations/${id}`)).version).toBe(version);
    // A late worker keeps nothing.
    await tell(id, ":fail", { attempt: 1, error: { code: "a", message: "b" }, retryable: false });
    const late = await tell(id, "", { attempt: 1, log: [{ message: "late" }] });
    await expectProblem(late, "already-terminal");
    expect((await attemptsOf(id))[0]?.log).toHaveLength(4);
  });

  test.each([
    ["log", "line"],
    ["log[0].message", [{}]],
    ["log[0].message", [{ message: "x".repeat(2_049) }]],
    ["log[0].level", [{ message: "a", level: "debug" }]],
    ["log[0].time", [{ message: "a", time: "2026-02-31T00:00:00Z" }]],
    ["log[0].line", [{ message: "a", line: 0 }]],
    ["log[0].fields.a", [{ message: "a", fields: { a: {} } }]],
    ["log[0].more", [{ message: "a", more: 1 }]],
    ["log", Array.from({ length: 201 }, () => ({ message: "a" }))],
  ])("%s that can be none is refused", async (path, log) => {
    const { id } = await claimed();
    const response = await tell(id, "", { attempt: 1, log });
    const { errors } = await expectProblem(response, "validation-failed");
    expect(errors?.map((error) => error.path)).toContain(path);
  });

  test("more text than is kept is 413, and a name that is too long 400", async () => {
    const { id } = await claimed();
    const log = Array.from({ length: 40 }, () => ({ message: "x".repeat(2_000) }));
    await expectProblem(await tell(id, "", { attempt: 1, log }), "payload-too-large");
    const wrong = await ask({ kinds: ["resize"], worker: "x".repeat(129) });
    await expectProblem(wrong, "validation-failed");
  });
});
