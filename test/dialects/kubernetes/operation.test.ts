import { describe, expect, it } from "vitest";
import { apply } from "../../../src/core/operation/apply.ts";
import { createOperation } from "../../../src/core/operation/create.ts";
import type { Outcome } from "../../../src/core/operation/event.ts";
import type { Operation } from "../../../src/core/operation/operation.ts";
import type { Payload } from "../../../src/core/reply.ts";
import { once } from "../../../src/core/retry.ts";
import { encodeResult, encodeWorking } from "../../../src/dialects/kubernetes/operation.ts";
import { encodeFailure, encodeStatus } from "../../../src/dialects/kubernetes/status.ts";

const base = "https://edge.test/api";
const id = "0".repeat(30);

function running(): Operation {
  const spec = { id, kind: "echo", ttl: 1_000, deadline: 1_000, retry: once, labels: {} };
  return createOperation(spec, 1);
}

function ended(outcome: Outcome): Operation {
  return apply(running(), { type: "finish", attempt: 1, outcome, jitter: 0 }, 2);
}

function succeeded(mediaType: string): Operation {
  return ended({ type: "succeeded", result: { mediaType, size: 1 } });
}

/** What a client reads of a result that is not given as it is. */
function details(op: Operation, body: Payload | undefined): unknown {
  const encoded = encodeResult(op, body, base);
  if (encoded === "working" || !encoded.ok) throw new Error("There is no result");
  const { details: told, ...rest } = JSON.parse(encoded.value);
  expect(rest).toEqual({ kind: "Status", status: "success" });
  return told;
}

describe("encodeStatus", () => {
  it.each([
    ["success", undefined, '{"kind":"Status","status":"success"}'],
    ["working", "7", '{"kind":"Status","status":"working","details":"7"}'],
    ["failure", 'a "b"', '{"kind":"Status","status":"failure","details":"a \\"b\\""}'],
  ] as const)("writes %s with %j", (status, told, text) => {
    expect(encodeStatus(status, told)).toBe(text);
  });
});

describe("encodeFailure", () => {
  it("tells in one text all that is wrong", () => {
    const errors = [
      { path: "id", message: "is empty" },
      { path: "kind", message: "is bad" },
    ];
    const failure = { code: "validation-failed", message: "id: is empty", errors } as const;
    expect(JSON.parse(encodeFailure(failure)).details).toBe("id: is empty; kind: is bad");
  });
});

describe("encodeWorking", () => {
  it("tells the id as a text, which clients poll", () => {
    expect(encodeWorking({ id: "7" })).toBe('{"kind":"Status","status":"working","details":"7"}');
  });
});

describe("encodeResult", () => {
  const pending = createOperation({ ...running(), deadline: 5, startAfter: 5 }, 1);
  const asking = apply(
    running(),
    { type: "ask", attempt: 1, index: 0, request: { schema: "{}" } },
    2,
  );

  it.each([
    ["pending", pending],
    ["running", running()],
    ["input_required", asking],
  ])("%s is working", (status, op) => {
    expect(op.status).toBe(status);
    expect(encodeResult(op, undefined, base)).toBe("working");
  });

  it.each([
    '{"kind":"Service","id":"a"}',
    '{"kind":"Pod","status":"Running"}',
    '{"free":[1]}',
    '{"kind":"Status","status":"success"}',
    "{}",
    ' {"a" : 1e2}',
  ])("the object %s is given as it came", (text) => {
    expect(encodeResult(succeeded("application/json"), text, base)).toEqual({
      ok: true,
      value: text,
    });
  });

  it("an object that came as bytes is given as text", () => {
    const body = new TextEncoder().encode('{"a":"é"}').buffer as ArrayBuffer;
    const op = succeeded("application/problem+json; charset=utf-8");
    expect(encodeResult(op, body, base)).toEqual({ ok: true, value: '{"a":"é"}' });
  });

  it.each([
    "null",
    "7",
    '"text"',
    "[1,2]",
    '{"status":"working","details":"1"}',
    '{"kind":"","status":"failure"}',
    '{"kind":"Status","status":"working"}',
    '{"Kind":"Status","STATUS":"working"}',
  ])("%s, which is no object or could be mistaken for a Status, is the details of one", (text) => {
    expect(details(succeeded("application/json"), text)).toBe(text);
  });

  it.each([
    ["text/plain", "text"],
    ["image/png", new ArrayBuffer(3)],
    ["application/jsonlines", "{}"],
    ["application/json", undefined],
    ["application/json", JSON.stringify("x".repeat(64 * 1024))],
  ])("a result of %s that is not told says where it is", (type, body) => {
    expect(details(succeeded(type), body)).toBe(`${base}/v1/operations/${id}/result`);
  });

  it.each([
    ["not_found", "not-found"],
    ["already_exists", "already-exists"],
    ["document_changed", "document-changed"],
    ["internal", "internal"],
    ["deadline_exceeded", "operation-failed"],
    ["interrupted", "operation-failed"],
    ["unauthenticated", "operation-failed"],
    ["constructor", "operation-failed"],
    ["of_its_own", "operation-failed"],
  ])("failed with %s is the failure %s", (code, expected) => {
    const error = { code, message: "Why" };
    const op = ended({ type: "failed", error, retryable: false });
    const failure = { code: expected, message: "Why" };
    expect(encodeResult(op, undefined, base)).toEqual({ ok: false, failure });
  });

  it("canceled is a failure", () => {
    const encoded = encodeResult(ended({ type: "canceled" }), undefined, base);
    expect(encoded).toMatchObject({ failure: { code: "operation-failed" } });
  });
});
