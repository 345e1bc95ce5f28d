import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../src/core/errors.ts";
import { sharedTenant, tenant } from "../../edge/fresh-tenant.ts";
import { expectRefused } from "../../edge/refused.ts";
import type { Call } from "../../edge/tenant.ts";

sharedTenant();

const json = { "content-type": "application/json" };

function post(body: BodyInit, call: Call = {}): Promise<Response> {
  return tenant.send("/api/v1/operations", { method: "POST", headers: json, body, ...call });
}

function refused(response: Response, code: ErrorCode, where?: string) {
  return expectRefused(tenant, response, code, where);
}

describe("POST /operations refuses what is not JSON", () => {
  const whole = '{"kind":"echo","input":{"a":[1,"é\\n",null]},"ttl":"1h"}';

  test("a body that is cut off at any character", async () => {
    for (let length = 0; length < whole.length; length++) {
      await refused(await post(whole.slice(0, length)), "malformed-json");
    }
  });

  test.each([
    ["only space", " \n\t "],
    ["a comment", '{"kind":"echo"/* why */}'],
    ["a comma too many", '{"kind":"echo",}'],
    ["single quotes", "{'kind':'echo'}"],
    ["a bare name", '{kind:"echo"}'],
    ["NaN", '{"kind":"echo","input":NaN}'],
    ["Infinity", '{"kind":"echo","input":-Infinity}'],
    ["a leading zero", '{"kind":"echo","input":01}'],
    ["a control character", '{"kind":"ec\u0001ho"}'],
    ["a bad escape", '{"kind":"\\x41"}'],
    ["two documents", '{"kind":"echo"}{"kind":"echo"}'],
    ["a byte order mark", '\ufeff{"kind":"echo"}'],
    ["HTML", "<html></html>"],
    ["a form", "kind=echo&input=1"],
    ["a hundred thousand open arrays", "[".repeat(100_000)],
    ["a hundred thousand open objects", '{"a":'.repeat(100_000)],
  ])("%s", async (_, body) => {
    const problem = await refused(await post(body), "malformed-json");
    expect(problem.detail.length).toBeLessThan(300);
  });

  test.each([
    ["a stray byte", [0x22, 0xff, 0x22]],
    ["a lone continuation", [0x22, 0x80, 0x22]],
    ["a sequence that is cut off", [0x22, 0xc3, 0x22]],
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["a surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["beyond Unicode", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
    ["gzip", [0x1f, 0x8b, 0x08, 0x00]],
    ["NUL", [0]],
  ])("bytes that are not UTF-8 text: %s", async (_, bytes) => {
    await refused(await post(new Uint8Array(bytes)), "malformed-json");
  });
});

describe("POST /operations refuses what nests too deep", () => {
  const arrays = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

  test.each([63, 64, 1_000, 100_000])("an input of %i arrays in one another", async (depth) => {
    const response = await post(`{"kind":"echo","input":${arrays(depth)}}`);
    if (depth === 63) {
      expect(response.status).toBe(202);
      const { id } = (await response.json()) as { id: string };
      await tenant.get(`/operations/${id}?wait=30s`);
      await tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });
      return;
    }
    const problem = await refused(response, "validation-failed");
    expect(problem.detail).toMatch(/^input\[0\].*nests deeper than 64 levels$/);
    expect(problem.detail.length).toBeLessThan(300);
  });

  test("ten thousand objects in one another, in labels", async () => {
    const deep = '{"a":'.repeat(10_000) + 1 + "}".repeat(10_000);
    await refused(await post(`{"kind":"echo","labels":${deep}}`), "validation-failed");
  });
});

describe("POST /operations refuses members called __proto__, wherever they stand", () => {
  test.each([
    ['{"kind":"echo","__proto__":{}}', "__proto__"],
    ['{"__proto__":{"kind":"echo"}}', "__proto__"],
    ['{"kind":"echo","input":{"a":[{"__proto__":{"admin":true}}]}}', "input.a[0].__proto__"],
    ['{"kind":"echo","labels":{"__proto__":"x"}}', "labels.__proto__"],
    ['{"kind":"echo","metadata":{"__proto__":null}}', "metadata.__proto__"],
    ['{"kind":"echo","retry":{"__proto__":{"maxAttempts":9}}}', "retry.__proto__"],
    ['{"kind":"echo","input":{"\\u005f_proto__":1}}', "input.__proto__"],
  ])("%s", async (body, where) => {
    await refused(await post(body), "validation-failed", where);
  });

  test.each(["constructor", "prototype", "toString", "hasOwnProperty", "valueOf"])(
    "%s is an unknown field like any other, and a kind that is not there",
    async (name) => {
      const unknown = await post(JSON.stringify({ kind: "echo", [name]: {} }));
      await refused(unknown, "validation-failed", name);
      await refused(await post(JSON.stringify({ kind: name })), "kind-not-found");
    },
  );
});

describe("POST /operations refuses another media type, charset or encoding", () => {
  const body = '{"kind":"echo"}';

  test.each([
    "text/plain",
    "text/json",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/octet-stream",
    "application/jsonx",
    "application/json; charset=latin1",
    "application/json; charset=utf-16",
    "application/json, text/plain",
    "json",
    "*/*",
    "application/+json",
  ])("Content-Type: %s", async (type) => {
    const response = await post(body, { headers: { "content-type": type } });
    await refused(response, "unsupported-media-type");
  });

  test.each(["gzip", "br", "deflate", "identity, gzip", "GZIP", "none"])(
    "Content-Encoding: %s",
    async (encoding) => {
      const response = await post(body, { headers: { ...json, "content-encoding": encoding } });
      await refused(response, "unsupported-media-type");
    },
  );

  test.each([
    "application/json",
    "APPLICATION/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json;",
    "application/vnd.acme+json",
  ])("but takes %s", async (type) => {
    const response = await post('{"kind":""}', { headers: { "content-type": type } });
    await refused(response, "validation-failed", "kind");
  });

  test("but takes bytes without a Content-Type, and Content-Encoding: identity", async () => {
    const bytes = new TextEncoder().encode('{"kind":""}');
    await refused(await post(bytes, { headers: {} }), "validation-failed", "kind");
    const headers = { ...json, "content-encoding": "Identity" };
    await refused(await post(bytes, { headers }), "validation-failed", "kind");
  });
});

describe("POST /operations refuses what is too large", () => {
  const large = `{"kind":"echo","input":"${"x".repeat(10_000_000)}"}`;

  test("a body of 10 MB, and one that does not say how large it is", async () => {
    const problem = await refused(await post(large), "payload-too-large");
    expect(problem.detail).toContain("1048576");

    let isCanceled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(0x20)),
      cancel: () => {
        isCanceled = true;
      },
    });
    await refused(await post(endless as unknown as BodyInit), "payload-too-large");
    expect(isCanceled).toBe(true);
  });

  test("one byte more than MAX_BODY, and takes as many as that", async () => {
    const body = '{"kind":""}';
    const over = await post(body, { config: { MAX_BODY: String(body.length - 1) } });
    await refused(over, "payload-too-large");
    const just = await post(body, { config: { MAX_BODY: String(body.length) } });
    await refused(just, "validation-failed", "kind");
  });

  test("a Content-Length that is no number is not believed", async () => {
    const headers = { ...json, "content-length": "x" };
    await refused(await post(large, { headers }), "payload-too-large");
  });
});
