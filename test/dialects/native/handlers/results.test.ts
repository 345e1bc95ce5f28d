import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, monitorOf } from "../../../edge/tenant.ts";

freshTenant();

/** Makes an operation whose result is an upstream's answer, and answers the path of its result. */
async function resultOf(body: BodyInit | null, init: ResponseInit = {}): Promise<string> {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(body, init));
  await tenant.post({ kind: "http", input: { upstream: "up" } }, "?sync=true");
  const [id] = await tenant.ids();
  return `/api/v1/operations/${id}/result`;
}

const get = (path: string, headers: Call["headers"] = {}) => tenant.send(path, { headers });
const text = { headers: { "content-type": "text/plain" } };

describe("GET /operations/{id}/result", () => {
  test("is JSON where the work gave JSON, byte for byte as it was written", async () => {
    const input = { text: "é\u2028", number: 1e21, list: [null, true] };
    const { id } = await tenant.create({ kind: "echo", input }, "?sync=true");
    const response = await get(`/api/v1/operations/${id}/result`);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe(JSON.stringify(input));
  });

  test.each([
    ["text/html; charset=utf-8", "<script>alert(1)</script>"],
    ["image/svg+xml", "<svg/>"],
    ["text/plain", ""],
    ["application/problem+json", '{ "status" : 500 }'],
  ])("plays back %s, and lets no browser run it", async (type, body) => {
    const path = await resultOf(body, { headers: { "content-type": type } });
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, body]);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(response.headers.get("cache-control")).toBe("private, no-cache");
  });

  test.each([
    ["$.result.status", 999, "has status 999"],
    ["$.result.headers[0]", ["x-odd", "a\u0001b"], "has control characters"],
    ["$.result.mediaType", "text/\u007f", "has control characters in its header content-type"],
  ])(
    "of older code that nobody can be sent says why, and is no panic: %s",
    async (member, value, why) => {
      const path = await resultOf("made", { headers: { "x-odd": "ab" } });
      await runInDurableObject(tenant.object(), (_, { storage: { sql } }) => {
        const json = JSON.stringify(value);
        sql.exec("UPDATE operations SET doc = json_set(doc, ?, json(?))", member, json);
      });
      const { detail } = await expectProblem(await get(path), "operation-failed");
      expect(detail).toContain(why);
    },
  );

  test("plays back an upstream's status and headers, but not those of its connection", async () => {
    const path = await resultOf("made", {
      status: 201,
      headers: {
        "content-type": "text/plain",
        location: "https://up.test/base/made",
        "x-custom": "kept",
        "set-cookie": "a=b",
        "cf-ray": "x",
        connection: "x-hop",
        "x-hop": "dropped",
        "access-control-allow-origin": "*",
        "strict-transport-security": "max-age=1",
      },
    });
    const response = await get(path);
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("https://edge.test/api/proxy/up/made");
    expect(response.headers.get("x-custom")).toBe("kept");
    for (const name of ["set-cookie", "cf-ray", "x-hop", "access-control-allow-origin"]) {
      expect([name, response.headers.has(name)]).toEqual([name, false]);
    }
    expect(response.headers.has("strict-transport-security")).toBe(false);
  });

  test.each([204, 205, 304, 404, 503])("plays back the status %i", async (status) => {
    const body = [204, 205, 304].includes(status) ? null : "sorry";
    const response = await get(await resultOf(body, { status }));
    expect([response.status, await response.text()]).toEqual([status, body ?? ""]);
    expect(response.headers.get("upstream-status")).toBe(String(status));
  });

  test.each([64 * 1024 + 1, 1_500_000, 8 * 1024 * 1024])(
    "plays back %i random bytes, also after its object restarts",
    async (size) => {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += 65_536) {
        crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65_536)));
      }
      const path = await resultOf(bytes, { headers: { "content-type": "image/png" } });
      await abortAllDurableObjects();
      const response = await get(path);
      expect(response.headers.get("content-type")).toBe("image/png");
      const read = await response.bytes();
      expect(read.byteLength).toBe(size);
      expect(await digest(read)).toBe(await digest(bytes));

      const part = await get(path, { range: `bytes=${size - 1_000}-` });
      expect(await digest(await part.bytes())).toBe(await digest(bytes.slice(size - 1_000)));
    },
  );

  test("refuses to keep more than 8 MiB: the operation fails", async () => {
    const response = await get(await resultOf(new Uint8Array(8 * 1024 * 1024 + 1)));
    const { operation } = await expectProblem(response, "operation-failed");
    expect(operation?.error?.code).toBe("result_too_large");
  });

  test("JSON stands in the monitor up to 64 KiB, and only in /result beyond", async () => {
    for (const [length, isInline] of [
      [64 * 1024 - 2, true],
      [64 * 1024 - 1, false],
    ] as const) {
      const body = { kind: "echo", input: "x".repeat(length) };
      const monitor = await tenant.create(body, "?sync=true");
      expect(["result" in monitor, monitor.status]).toEqual([isInline, "succeeded"]);
      const response = await get(`/api/v1/operations/${monitor.id}/result`);
      expect(await response.json()).toBe(body.input);
    }
  });

  test("is 202 with the monitor while unfinished, and waits when asked to", async () => {
    const body = { kind: "simulate", input: { value: 1 }, startAfter: "1h" };
    const { id } = await tenant.create(body);
    for (const query of ["", "?wait=20ms"]) {
      const response = await get(`/api/v1/operations/${id}/result${query}`);
      expect(response.status).toBe(202);
      expect(response.headers.get("location")).toContain(`${id}/result`);
      expect(response.headers.get("retry-after")).toBe("1");
      expect((await monitorOf(response)).status).toBe("pending");
    }
    const soon = await tenant.create({ ...body, startAfter: "50ms" });
    const call = { prefer: "wait=30" };
    const response = await get(`/api/v1/operations/${soon.id}/result`, call);
    expect([response.status, await response.text()]).toEqual([200, "1"]);
    expect(response.headers.get("preference-applied")).toBe("wait=30");
  });

  test("is 424 with the monitor when failed or canceled", async () => {
    const input = { outcome: "fail", code: "broken", message: "It broke" };
    await tenant.post({ kind: "simulate", input }, "?sync=true");
    const [failed] = await tenant.ids();
    const problem = await expectProblem(
      await get(`/api/v1/operations/${failed}/result`),
      "operation-failed",
    );
    expect(problem.operation?.error).toEqual({ code: "broken", message: "It broke" });

    const { id } = await tenant.create({ kind: "simulate", input: {}, startAfter: "1h" });
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    const canceled = await get(`/api/v1/operations/${id}/result`);
    await expectProblem(canceled, "operation-canceled");
  });
});

describe("GET /operations/{id}/result with conditions and ranges", () => {
  test("HEAD has the headers of GET and no body", async () => {
    const path = await resultOf("0123456789", text);
    const [whole, head] = [await get(path), await tenant.send(path, { method: "HEAD" })];
    expect([head.status, await head.text()]).toEqual([200, ""]);
    for (const name of ["etag", "content-type", "accept-ranges", "cache-control"]) {
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    }
  });

  test("the ETag that is known is 304, any other 200", async () => {
    const path = await resultOf("0123456789", text);
    const etag = (await get(path)).headers.get("etag") ?? "";
    expect(etag).toMatch(/^"\w+"$/);
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const response = await get(path, { "if-none-match": known, range: "bytes=0-1" });
      expect([response.status, await response.text()]).toEqual([304, ""]);
      expect(response.headers.get("etag")).toBe(etag);
    }
    expect((await get(path, { "if-none-match": '"x"' })).status).toBe(200);
  });

  test("an upstream's own ETag is the result's", async () => {
    const headers = { ...text.headers, etag: 'W/"theirs"', "cache-control": "max-age=5" };
    const path = await resultOf("x", { headers });
    const response = await get(path);
    expect(response.headers.get("etag")).toBe('W/"theirs"');
    expect(response.headers.get("cache-control")).toBe("private, no-cache");
    expect((await get(path, { "if-none-match": '"theirs"' })).status).toBe(304);
  });

  test("a comma within an ETag does not end it", async () => {
    const path = await resultOf("x", { headers: { ...text.headers, etag: '"a,b"' } });
    for (const [known, status] of [
      ['"a,b"', 304],
      ['"c", W/"a,b"', 304],
      ['"a", "b"', 200],
    ] as const) {
      const response = await get(path, { "if-none-match": known });
      await response.body?.cancel();
      expect([known, response.status]).toEqual([known, status]);
    }
  });

  test.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=4-", "456789", "bytes 4-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=-99", "0123456789", "bytes 0-9/10"],
    ["bytes=9-99", "9", "bytes 9-9/10"],
    ["bytes=0-1,2-4", "01234", "bytes 0-4/10"],
  ])("Range: %s is 206", async (range, part, contentRange) => {
    const response = await get(await resultOf("0123456789", text), { range });
    expect([response.status, await response.text()]).toEqual([206, part]);
    expect(response.headers.get("content-range")).toBe(contentRange);
  });

  test.each(["bytes=0-1,8-9", "lines=0-1", "bytes", ""])(
    "Range: %s is 200 with all of it",
    async (range) => {
      const response = await get(await resultOf("0123456789", text), { range });
      expect([response.status, await response.text()]).toEqual([200, "0123456789"]);
    },
  );

  test.each(["bytes=10-", "bytes=99-100", "bytes=-0", "bytes=x-y", "bytes=5-2"])(
    "Range: %s is 416",
    async (range) => {
      const response = await get(await resultOf("0123456789", text), { range });
      await expectProblem(response, "range-not-satisfiable");
      expect(response.headers.get("content-range")).toBe("bytes */10");
    },
  );

  test("If-Range counts only with the very ETag", async () => {
    const path = await resultOf("0123456789", text);
    const etag = (await get(path)).headers.get("etag") ?? "";
    const range = "bytes=0-1";
    expect((await get(path, { range, "if-range": etag })).status).toBe(206);
    expect((await get(path, { range, "if-range": '"x"' })).status).toBe(200);
    expect((await get(path, { range, "if-range": new Date().toUTCString() })).status).toBe(200);
  });

  test("a result that is no 200 has no ranges and no 304", async () => {
    const path = await resultOf("0123456789", { status: 404, headers: { etag: '"x"' } });
    expect((await get(path, { range: "bytes=0-1", "if-none-match": '"x"' })).status).toBe(404);
  });
});

async function digest(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
