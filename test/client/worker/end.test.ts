import { describe, expect, it, vi } from "vitest";
import { Connection } from "../../../src/client/connection.ts";
import { Attempt, type Run } from "../../../src/client/worker/attempt.ts";
import { largeFrom } from "../../../src/core/limits.ts";

/** Sent is a request as the service gets it. */
interface Sent {
  readonly method: string;
  /** Behind the operation. */
  readonly path: string;
  readonly type: string | undefined;
  readonly content: string;
}

const refusal = (status: number, code: string) => () =>
  Response.json({ error: { code, message: code } }, { status });

/** How an attempt ends against a service that answers its requests one after the other, and then takes all. */
async function ended(run: Run, ...answers: readonly (() => Response)[]) {
  const sent: Sent[] = [];
  const errors: unknown[] = [];
  const left = [...answers];
  const connection = new Connection({
    url: "https://edge.test",
    token: "tested",
    fetch: async (url, { method = "", headers, body }) => {
      const type = (headers as Record<string, string>)["content-type"];
      const content = await new Response(body as string | Blob).text();
      sent.push({ method, path: url.replace(/^.*op1/, ""), type, content });
      const answer = left.shift();
      return answer ? answer() : Response.json({ id: "op1", kind: "resize", attempt: 1 });
    },
  });
  const work = { id: "op1", kind: "resize", attempt: 1 };
  await new Attempt(connection, work, 60_000, (error) => void errors.push(error)).run(run);
  const told = sent.map(({ method, path, type, content }) => {
    const isJson = type === "application/json" && method === "POST";
    return [method, path, isJson ? JSON.parse(content) : [type, content.length]];
  });
  return { told, errors, last: sent.at(-1) };
}

/** What something comes to whose pauses are over as soon as they begin. */
async function soon<T>(act: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    let isOver = false;
    const acting = act().finally(() => {
      isOver = true;
    });
    // A Blob is read beside the timers.
    while (!isOver) {
      await new Promise(setImmediate);
      await vi.advanceTimersToNextTimerAsync();
    }
    return await acting;
  } finally {
    vi.useRealTimers();
  }
}

const large = "x".repeat(largeFrom);
const size = large.length + 2;
const put = ["PUT", "/result?attempt=1", ["application/json", size]];
const complete = (result: unknown) => ["POST", ":complete", { attempt: 1, result }];
const fail = (code: string, retryable: boolean) => [
  "POST",
  ":fail",
  { attempt: 1, error: expect.objectContaining({ code }), retryable },
];

describe("the result of a worker", () => {
  it("is part of the end where it is small, and goes by itself where it is not", async () => {
    const small = "x".repeat(largeFrom - 2);
    expect((await ended(() => small)).told).toEqual([complete(small)]);
    const { told, last } = await ended(() => large);
    expect(told).toEqual([put]);
    expect(last?.content).toBe(JSON.stringify(large));
  });

  it("goes by itself where the service takes less within the end", async () => {
    const { told } = await ended(() => "abc", refusal(413, "payload-too-large"));
    expect(told).toEqual([complete("abc"), ["PUT", "/result?attempt=1", ["application/json", 5]]]);
  });

  it.each([
    ["not-found", 404],
    ["method-not-allowed", 405],
  ])("is part of the end at a service of a version that says %s", async (code, status) => {
    const { told } = await ended(() => large, refusal(status, code));
    expect(told).toEqual([put, complete(large)]);
  });

  it.each([
    ["by itself", [refusal(413, "payload-too-large")], [put]],
    [
      "in any way",
      [refusal(404, "not-found"), refusal(413, "payload-too-large"), refusal(404, "not-found")],
      [put, complete(large), put],
    ],
  ])("fails the operation for good where it is too large %s", async (_, answers, before) => {
    const { told, errors } = await ended(() => large, ...answers);
    expect(told).toEqual([...before, fail("result_too_large", false)]);
    expect(errors).toEqual([]);
  });

  it.each([
    [new Blob(["abc"], { type: "image/png" }), "image/png"],
    [new Blob(["abc"]), "application/octet-stream"],
  ])("may be a Blob, of its own media type", async (blob, type) => {
    const { told, last } = await ended(() => blob);
    expect(told).toEqual([["PUT", "/result?attempt=1", [type, 3]]]);
    expect(last?.content).toBe("abc");
  });

  it("that is a Blob fails the operation at a service that takes none", async () => {
    const { told } = await ended(() => new Blob(["abc"]), refusal(405, "method-not-allowed"));
    expect(told.at(-1)).toEqual(fail("invalid_result", false));
  });

  it("is sent again where its connection broke or the service was busy, and is taken once", async () => {
    const broken = () => {
      throw new TypeError("reset");
    };
    const taken = refusal(409, "already-terminal");
    const busy = Array.from({ length: 6 }, () => refusal(503, "unavailable"));
    const { told, errors } = await soon(() =>
      ended(() => new Blob(["abc"]), broken, ...busy, taken),
    );
    expect(told.filter(([method]) => method === "PUT")).toHaveLength(8);
    expect(told.filter(([method]) => method === "POST")).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("that breaks off on its way, or cannot be read again, is for another attempt", async () => {
    const { told } = await ended(() => new Blob(["abc"]), refusal(400, "malformed-request"));
    expect(told.at(-1)).toEqual(fail("result_not_sent", true));

    const changed = new Blob(["abc"]);
    vi.spyOn(changed, "slice").mockImplementation(() => {
      throw new DOMException("The blob could not be read", "NotReadableError");
    });
    const busy = Array.from({ length: 5 }, () => refusal(503, "unavailable"));
    const again = await soon(() => ended(() => changed, ...busy));
    expect(again.told.at(-1)).toEqual(fail("result_not_sent", true));
  });

  it("that is no longer wanted is told, and nothing else is sent", async () => {
    const { told, errors } = await ended(() => large, refusal(409, "stale-attempt"));
    expect(told).toEqual([put]);
    expect(errors).toMatchObject([{ code: "stale-attempt" }]);
  });
});
