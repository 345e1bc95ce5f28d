import { describe, expect, it } from "vitest";
import { Connection } from "../../../src/client/connection.ts";
import { Attempt, type Run } from "../../../src/client/worker/attempt.ts";
import { maxOutput } from "../../../src/core/limits.ts";

/** One attempt, against a service that takes everything; what it was sent. */
async function made(run: Run, more: object = {}) {
  const sent: (readonly [string, Record<string, unknown>])[] = [];
  const connection = new Connection({
    url: "https://edge.test",
    token: "tested",
    fetch: async (url, { body }) => {
      sent.push([url.replace(/^.*op1/, ""), JSON.parse(String(body))]);
      return Response.json({ id: "op1", kind: "resize", attempt: 1 });
    },
  });
  const work = { id: "op1", kind: "resize", attempt: 1, ...more };
  await new Attempt(connection, work, 60_000, () => undefined).run(run);
  return sent;
}

describe("op.trace of a worker", () => {
  it.each([
    [{}, {}],
    [{ traceparent: "00-a-b-01" }, { traceparent: "00-a-b-01" }],
    [
      { traceparent: "00-a-b-01", tracestate: "a=1", labels: {} },
      { traceparent: "00-a-b-01", tracestate: "a=1" },
    ],
  ])("is what %j was claimed with, as headers", async (claimed, headers) => {
    let seen: unknown;
    await made((_, op) => {
      seen = op.trace;
    }, claimed);
    expect(seen).toEqual(headers);
  });
});

describe("op.write of a worker", () => {
  it("is sent before the end, text as text and other bytes as base64, each at its offset", async () => {
    const sent = await made(async (_, op) => {
      await op.write("é");
      op.write(new Uint8Array([0xff]));
      await new Promise((resolve) => setTimeout(resolve));
      op.write("later");
      return "done";
    });
    const bodies = sent.map(([verb, body]) => [verb, body]);
    expect(bodies.at(-1)).toEqual([":complete", { attempt: 1, result: "done" }]);
    expect(bodies.slice(0, -1)).toEqual([
      ["", { attempt: 1, output: { base64: "w6n/" }, outputOffset: 0 }],
      ["", { attempt: 1, output: "later", outputOffset: 3 }],
    ]);
  });

  it("is sent too where the work fails", async () => {
    const sent = await made((_, op) => {
      op.write("so far");
      throw new Error("broken");
    });
    expect(sent.map(([verb, { output }]) => [verb, output])).toEqual([
      ["", "so far"],
      [":fail", undefined],
    ]);
  });

  it("past 10 MiB fails the operation for good", async () => {
    const sent = await made((_, op) => {
      op.write(new Uint8Array(maxOutput + 1));
      return "never";
    });
    const error = expect.objectContaining({ code: "output_too_large" });
    expect(sent).toEqual([[":fail", { attempt: 1, error, retryable: false }]]);
  });
});
