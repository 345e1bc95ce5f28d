import { describe, expect, test } from "vitest";
import { encodeParsed } from "../../../../src/base/json-text.ts";
import type { Operation, ResultHead } from "../../../../src/core/operation/operation.ts";
import type { Payload, Snapshot } from "../../../../src/core/reply.ts";
import { callResult } from "../../../../src/dialects/mcp/tools/call-result.ts";
import type { Asked } from "../../../../src/edge/exchange.ts";

const url = "https://edge.test/api/v1/operations/01m8/result";

/** What a snapshot is as the result of a tool, read back from its JSON. */
async function told(
  more: object,
  {
    result,
    body,
    era = "legacy" as const,
  }: { result?: string; body?: Payload; era?: "legacy" | "modern" } = {},
) {
  const op = { id: "01m8", kind: "draw", ...more } as unknown as Operation;
  const asked: (number | undefined)[] = [];
  const map = {
    result: async (_: string, atMost?: number) => {
      asked.push(atMost);
      return { op, ...(body !== undefined && { body }) };
    },
  } as unknown as Asked["map"];
  const snapshot: Snapshot = result === undefined ? { op } : { op, result };
  const made = await callResult({ map, base: "https://edge.test/api" }, snapshot, era);
  return { ...(JSON.parse(encodeParsed(made) ?? "") as object), asked };
}

const succeeded = (result: Partial<ResultHead>) => ({ status: "succeeded", result });
const link = (mimeType: string, size: number) => ({
  asked: [],
  content: [
    { type: "text", text: JSON.stringify({ resultUrl: url, mediaType: mimeType }) },
    { type: "resource_link", uri: url, name: "draw result", mimeType, size },
  ],
  structuredContent: { resultUrl: url, mediaType: mimeType },
});

describe("callResult", () => {
  test.each([
    ['{"a":9007199254740993}', "legacy", '{"a":9007199254740993}', true],
    ['"a\\nb"', "legacy", "a\nb", false],
    ['"a\\nb"', "modern", "a\nb", true],
    [" [1]", "legacy", " [1]", false],
    [" [1]", "modern", " [1]", true],
    ["null", "legacy", "null", false],
  ] as const)(
    "of the JSON %j in %s is the text %j, structured: %j",
    async (result, era, text, is) => {
      const made = await told(succeeded({ mediaType: "application/json", size: 9 }), {
        result,
        era,
      });
      expect(made).toMatchObject({ content: [{ type: "text", text }] });
      if (is) expect(made).toHaveProperty("structuredContent", JSON.parse(result));
      else expect(made).not.toHaveProperty("structuredContent");
    },
  );

  test("numbers stand in it as they came", async () => {
    const op = { status: "succeeded", result: { mediaType: "application/json", size: 9 } };
    const snapshot = { op, result: '{"a":9007199254740993}' } as unknown as Snapshot;
    const made = await callResult({} as never, snapshot, "modern");
    expect(encodeParsed(made)).toContain('"structuredContent":{"a":9007199254740993}');
  });

  test("an image and a sound are blocks of their own", async () => {
    const body = Uint8Array.of(1, 2, 3).buffer;
    expect(await told(succeeded({ mediaType: "image/png", size: 3 }), { body })).toEqual({
      content: [{ type: "image", data: "AQID", mimeType: "image/png" }],
      asked: [1024 * 1024],
    });
    expect(await told(succeeded({ mediaType: "audio/ogg", size: 3 }), { body })).toMatchObject({
      content: [{ type: "audio", data: "AQID", mimeType: "audio/ogg" }],
    });
  });

  test("text is text, whatever is in it", async () => {
    const text = "<script>alert(1)</script>\r\ndata: x";
    for (const body of [text, new TextEncoder().encode(text).buffer as ArrayBuffer]) {
      const made = await told(succeeded({ mediaType: "text/html; charset=utf-8", size: 40 }), {
        body,
      });
      expect(made).toMatchObject({ content: [{ type: "text", text }] });
    }
  });

  test.each([
    ["image/png", 1024 * 1024 + 1],
    ["text/plain", 64 * 1024 + 1],
    ["application/json", 64 * 1024 + 1],
    ["application/zip", 1],
  ])("%s of %i bytes is a link, and is not read", async (mediaType, size) => {
    expect(await told(succeeded({ mediaType, size }))).toEqual(link(mediaType, size));
  });

  test.each([
    ["failed", { code: "teapot", message: "No coffee" }, "teapot: No coffee"],
    ["canceled", { code: "canceled", message: "Canceled" }, "canceled: Canceled"],
  ])("%s is an error that says why", async (status, error, text) => {
    expect(await told({ status, error })).toEqual({
      content: [{ type: "text", text }],
      isError: true,
      asked: [],
    });
  });

  test.each([
    [{ status: "pending" }, "Still running: operation 01m8. Call operation_wait with this id."],
    [
      { status: "running", percentComplete: 40 },
      "Still running: operation 01m8, 40 %. Call operation_wait with this id.",
    ],
    [
      { status: "input_required", inputRequest: { schema: "{}", message: "Why?" } },
      "Waiting for input: operation 01m8 asks: Why?",
    ],
  ])("of %j is no error, and says how to go on", async (op, text) => {
    expect(await told(op)).toEqual({
      content: [{ type: "text", text }],
      structuredContent: { operationId: "01m8", status: op.status },
      asked: [],
    });
  });
});
