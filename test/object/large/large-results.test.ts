import { describe, expect, test, vi } from "vitest";
import { unsendable } from "../../../src/kinds/playable.ts";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { expectProblem } from "../../edge/refused.ts";
import { answer, bucket, bytesOf, keys, make, mebibyte, rows, unannounced } from "./bucket.ts";

freshTenant();

const size = 12 * mebibyte + 345;
const bytes = bytesOf(size);
const type = { "content-type": "video/mp4", "x-custom": "kept" };

const result = (id: string, headers: Record<string, string> = {}, method = "GET") =>
  tenant.send(`/api/v1/operations/${id}/result`, { headers, method });

/** The place from which on two runs of bytes differ, or -1. */
function differ(sent: ArrayBuffer, start = 0): number {
  return new Uint8Array(sent).findIndex((byte, index) => byte !== bytes[start + index]);
}

describe("a result of more than 1 MiB", () => {
  test("goes to the bucket, of which the map keeps the key, and comes back as it was", async () => {
    answer(() => bytes, { status: 203, headers: type });
    const id = await make();
    const [key = ""] = await keys();
    expect(key).toMatch(new RegExp(`^${tenant.name}/0/${id}/1\\.[0-9a-f-]{36}$`));
    expect(await rows()).toEqual([{ key, state: "kept", size, upload: null }]);
    expect((await bucket.head(key))?.httpMetadata?.contentType).toBe("video/mp4");

    const response = await result(id);
    expect(response.status).toBe(203);
    expect(response.headers.get("x-custom")).toBe("kept");
    expect(response.headers.get("upstream-status")).toBe("203");
    expect(response.headers.get("content-type")).toBe("video/mp4");
    const body = await response.arrayBuffer();
    expect([body.byteLength, differ(body)]).toEqual([size, -1]);
  });

  test.each([
    ["once", 1, 200],
    ["again and again", 4, 503],
  ])("is read again where the bucket fails %s", async (_, times, status) => {
    answer(() => bytes, { headers: type });
    const id = await make();
    const get = vi.spyOn(Object.getPrototypeOf(bucket), "get");
    for (let left = times; left > 0; left--) get.mockRejectedValueOnce(new Error("it is down"));
    const response = await result(id);
    if (status === 200) expect(differ(await response.arrayBuffer())).toBe(-1);
    else await expectProblem(response, "unavailable");
    get.mockRestore();
  });

  test("is told by the monitor, without its key, and not inlined where it is JSON", async () => {
    const text = JSON.stringify({ text: "x".repeat(2 * mebibyte) });
    answer(() => text, { headers: { "content-type": "application/json" } });
    const monitor = await tenant.get(`/operations/${await make()}`);
    expect(monitor).toMatchObject({
      status: "succeeded",
      largeResult: { mediaType: "application/json", size: text.length, storage: "bucket" },
      upstream: { status: 200 },
    });
    expect(monitor).not.toHaveProperty("result");
    expect(JSON.stringify(monitor)).not.toContain((await keys())[0]);
    expect(await (await result(monitor.id)).text()).toBe(text);
  });

  test.each([
    ["bytes=0-0", 0, 1],
    ["bytes=5242870-5242890", 5_242_870, 5_242_891],
    ["bytes=-7", size - 7, size],
    ["bytes=1048576-", mebibyte, size],
  ])("is read in ranges: %s", async (range, start, end) => {
    answer(() => bytes, { headers: type });
    const id = await make();
    const response = await result(id, { range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/${size}`);
    const body = await response.arrayBuffer();
    expect([body.byteLength, differ(body, start)]).toEqual([end - start, -1]);
  });

  test("is asked of the bucket 16 MiB at a time, from which it is put together", async () => {
    const asked = vi.spyOn(Object.getPrototypeOf(bucket), "get");
    answer(() => unannounced(18 * mebibyte), { headers: type });
    const id = await make();
    const whole = new Uint8Array(await (await result(id)).arrayBuffer());
    const piece = bytesOf(mebibyte);
    expect(whole.byteLength).toBe(18 * mebibyte);
    expect(whole.findIndex((byte, index) => byte !== piece[index % mebibyte])).toBe(-1);
    const range = `bytes=${mebibyte}-${18 * mebibyte - 2}`;
    const part = new Uint8Array(await (await result(id, { range })).arrayBuffer());
    expect(part.byteLength).toBe(17 * mebibyte - 1);
    expect(part.findIndex((byte, index) => byte !== piece[index % mebibyte])).toBe(-1);
    const ranges = asked.mock.calls.map(([, options]) => (options as R2GetOptions).range);
    expect(ranges).toEqual([
      { offset: 0, length: 16 * mebibyte },
      { offset: 16 * mebibyte, length: 2 * mebibyte },
      { offset: mebibyte, length: 16 * mebibyte },
      { offset: 17 * mebibyte, length: mebibyte - 1 },
    ]);
  });

  test("keeps to ETag, If-Range, If-None-Match, HEAD and 416", async () => {
    answer(() => bytes, { headers: type });
    const id = await make();
    const etag = `"${id}"`;
    const head = await result(id, {}, "HEAD");
    expect([head.status, head.headers.get("etag")]).toEqual([200, etag]);
    expect((await result(id, { "if-none-match": etag })).status).toBe(304);
    const range = "bytes=0-3";
    expect((await result(id, { range, "if-range": etag })).status).toBe(206);
    const changed = await result(id, { range, "if-range": '"other"' });
    expect([changed.status, (await changed.arrayBuffer()).byteLength]).toEqual([200, size]);
    const outside = await result(id, { range: `bytes=${size}-` });
    expect(outside.headers.get("content-range")).toBe(`bytes */${size}`);
    await expectProblem(outside, "range-not-satisfiable");
  });

  test("is answered to a proxied request that waits, and is no answer to HEAD's upstream", async () => {
    answer(() => bytes, { headers: type });
    const headers = { prefer: "wait=30" };
    const response = await tenant.send("/api/proxy/up/video", { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("upstream-status")).toBe("200");
    expect(differ(await response.arrayBuffer())).toBe(-1);
  });

  test("that the bucket has lost is not found, and no panic", async () => {
    answer(() => bytes, { headers: type });
    const id = await make();
    await bucket.delete(await keys());
    await expectProblem(await result(id), "operation-not-found");
    await expectProblem(await result(id, { range: "bytes=0-3" }), "operation-not-found");
  });

  test("has a head for which code without a bucket begins no answer", async () => {
    answer(() => bytes, { status: 203, headers: type });
    const id = await make();
    const reply = JSON.parse(await tenant.object().read(id));
    const { status, headers } = reply.op.result;
    expect(unsendable({ status, headers })?.code).toBe("upstream_invalid");
    expect(reply.op.result.stored.status).toBe(203);
  });
});

describe("a result of at most 1 MiB", () => {
  test.each([0, 1, mebibyte - 1, mebibyte])("stays in the map: %i bytes", async (length) => {
    answer(() => bytesOf(length), { headers: type });
    const id = await make();
    expect([await keys(), await rows()]).toEqual([[], []]);
    expect((await (await result(id)).arrayBuffer()).byteLength).toBe(length);
    expect(await tenant.get(`/operations/${id}`)).not.toHaveProperty("largeResult");
  });
});
