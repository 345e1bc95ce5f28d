import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { piece } from "../../src/map/result-body.ts";
import { OperationsObject } from "../../src/object/operations-object.ts";
import { Chunks } from "../../src/object/storage/chunks.ts";
import { alteredObjects } from "../edge/altered-objects.ts";
import { captureLog } from "../edge/log-lines.ts";
import { expectProblem } from "../edge/refused.ts";
import { Tenant } from "../edge/tenant.ts";

const size = 3 * piece + 12_345;
const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) % 251);
const type = { "content-type": "application/octet-stream" };

let tenant: Tenant;
let path: string;

beforeEach(async () => {
  tenant = await Tenant.make();
  captureLog();
  vi.spyOn(globalThis, "fetch").mockImplementation(
    async () => new Response(bytes, { headers: type }),
  );
  await tenant.post({ kind: "http", input: { upstream: "up" } }, "?sync=true");
  const [id] = await tenant.ids();
  path = `/api/v1/operations/${id}/result`;
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Sees that no payload is read or sent whole, and how much each part has. */
function watched(): { readonly parts: number[] } {
  const parts: number[] = [];
  vi.spyOn(Chunks.prototype, "join").mockImplementation(() => {
    throw new Error("A payload was read whole");
  });
  const { readPart } = OperationsObject.prototype;
  vi.spyOn(OperationsObject.prototype, "readPart").mockImplementation(function (
    this: OperationsObject,
    ...args
  ) {
    const reply = readPart.apply(this, args);
    parts.push(reply.error ? -1 : reply.bytes.byteLength);
    return reply;
  });
  return { parts };
}

async function expectBytes(response: Response, start: number, end: number): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  expect(body.byteLength).toBe(end - start);
  const other = body.findIndex((byte, index) => byte !== bytes[start + index]);
  expect(other).toBe(-1);
}

describe("a large result", () => {
  test.each([
    ["bytes=0-0", 0, 1],
    ["bytes=-1", size - 1, size],
    [`bytes=${256 * 1024 - 3}-${512 * 1024 + 2}`, 256 * 1024 - 3, 512 * 1024 + 3],
    [`bytes=${size - 5}-`, size - 5, size],
    [`bytes=7-${7 + piece - 1}`, 7, 7 + piece],
    [`bytes=7-${2 * piece + 9}`, 7, 2 * piece + 10],
    ["bytes=0-", 0, size],
  ])("is read as far as %s asks, and no further", async (range, start, end) => {
    const seen = watched();
    const response = await tenant.send(path, { headers: { range } });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/${size}`);
    await expectBytes(response, start, end);
    expect(seen.parts.reduce((sum, part) => sum + part, 0)).toBe(end - start);
    expect(Math.max(...seen.parts)).toBeLessThanOrEqual(piece);
  });

  test("is not read for HEAD, for what the client has, or for a range outside of it", async () => {
    const seen = watched();
    const head = await tenant.send(path, { method: "HEAD" });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, type["content-type"]]);
    const etag = head.headers.get("etag") ?? "";
    const known = await tenant.send(path, { headers: { "if-none-match": etag } });
    expect(known.status).toBe(304);
    const outside = await tenant.send(path, { headers: { range: `bytes=${size}-` } });
    expect(outside.headers.get("content-range")).toBe(`bytes */${size}`);
    await expectProblem(outside, "range-not-satisfiable");
    expect(seen.parts).toEqual([]);
  });

  test.each([
    ["whole", {}],
    ["with several ranges", { range: "bytes=0-0,5-9" }],
    ["with another If-Range", { range: "bytes=0-0", "if-range": '"other"' }],
    ["with another If-None-Match", { "if-none-match": '"other"' }],
  ])("is sent %s piece by piece, with its length", async (_, headers) => {
    const seen = watched();
    const response = await tenant.send(path, { headers });
    expect(response.status).toBe(200);
    await expectBytes(response, 0, size);
    expect(seen.parts).toEqual([piece, piece, piece, size - 3 * piece]);
  });

  test("is read no further than its client reads", async () => {
    const seen = watched();
    const response = await tenant.send(path);
    const reader = response.body?.getReader();
    await reader?.read();
    await scheduler.wait(50);
    expect(seen.parts.length).toBeLessThan(4);
    await reader?.cancel();
  });

  test("is sent by an object of older code, which sends it whole", async () => {
    const older = alteredObjects((_, method, call) =>
      method === "readResult" ? (id) => call(id) : undefined,
    );
    const config = { OPERATIONS: older };
    const part = await tenant.send(path, { headers: { range: "bytes=5-9" }, config });
    expect(part.status).toBe(206);
    await expectBytes(part, 5, 10);
    await expectBytes(await tenant.send(path, { config }), 0, size);
  });
});

describe("a small result", () => {
  test("is read with its operation, in one call", async () => {
    const parts = vi.spyOn(OperationsObject.prototype, "readPart");
    const { id } = await tenant.create({ kind: "echo", input: "äöü" }, "?sync=true");
    const small = `/api/v1/operations/${id}/result`;
    expect(await (await tenant.send(small)).text()).toBe('"äöü"');
    expect(parts).not.toHaveBeenCalled();
    const part = await tenant.send(small, { headers: { range: "bytes=1-2" } });
    expect([part.status, await part.text()]).toEqual([206, "ä"]);
  });
});
