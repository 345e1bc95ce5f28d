import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import zlib from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OperationsClient } from "../../src/client/index.ts";
import { answering } from "./answering.ts";
import { type Monitor, until } from "./client.ts";
import { type RawUpstream, rawAnswer, startRawUpstream } from "./raw-upstream.ts";
import { serving } from "./serving.ts";

let raw: RawUpstream;
/** What was told to the alert webhook. */
const alerts: string[] = [];
const alerted = createServer(
  answering(async (request, response) => {
    for await (const part of request) alerts.push(String(part));
    response.end();
  }),
);
beforeAll(async () => {
  raw = await startRawUpstream();
  alerted.listen(0, "127.0.0.1");
  await once(alerted, "listening");
});
afterAll(async () => {
  await raw.close();
  alerted.close();
});
const on = serving(() => ({
  env: {
    UPSTREAMS: JSON.stringify({ raw: raw.url }),
    ALERT_WEBHOOK: `http://127.0.0.1:${(alerted.address() as AddressInfo).port}/`,
  },
}));

let count = 0;

/** What a request is answered whose upstream answers so. */
async function proxied(bytes: Buffer | string, init: RequestInit = {}): Promise<Response> {
  const path = `/answer-${count++}`;
  raw.answer(path, bytes);
  return on.client.raw(`/api/proxy/raw${path}`, { ...init, headers: { prefer: "wait=20" } });
}

/** The error of the operation whose upstream answers so. */
async function failure(bytes: Buffer | string, method = "GET") {
  const answer = await proxied(bytes, { method });
  await answer.body?.cancel();
  const place = answer.headers.get("operation-location") ?? "";
  // It is no better later.
  const later = await on.client.raw(`${place}/result`);
  await later.body?.cancel();
  expect([answer.status, later.status]).toEqual([424, 424]);
  return (await on.client.json<Monitor>(place)).body.error;
}

const ok = "HTTP/1.1 200 OK";
const text = "hello, hello, hello, hello, hello, hello";

function encoded(coding: string, body: Buffer | string, ...more: string[]): Buffer {
  return rawAnswer([ok, "Content-Type: text/plain", `Content-Encoding: ${coding}`, ...more], body);
}

const gzip = zlib.gzipSync(text);
const deflated = zlib.deflateSync(text);

describe("an answer in a coding that nobody asked for", () => {
  it.each<[string, Buffer]>([
    ["gzip", encoded("gzip", gzip)],
    ["GZip", encoded("GZip", gzip)],
    ["x-gzip", encoded("x-gzip", gzip)],
    ["br", encoded("br", zlib.brotliCompressSync(text))],
    ["deflate in zlib's format", encoded("deflate", deflated)],
    ["deflate without a format", encoded("deflate", zlib.deflateRawSync(text))],
    ["DEFLATE", encoded("DEFLATE", deflated)],
    ["identity", encoded("identity", text)],
    ["identity, gzip", encoded("identity, gzip", gzip)],
    ["deflate, gzip", encoded("deflate, gzip", zlib.gzipSync(deflated))],
    ["gzip, deflate", encoded("gzip, deflate", zlib.deflateRawSync(gzip))],
    ["gzip and gzip, in two lines", encoded("gzip", zlib.gzipSync(gzip), "Content-Encoding: gzip")],
    ["an empty list", encoded(" , ", text)],
    [
      "gzip as a coding of the transfer",
      rawAnswer([ok, "Transfer-Encoding: gzip, chunked"], chunked(gzip)),
    ],
  ])("%s is decoded, and has no label", async (_, bytes) => {
    const answer = await proxied(bytes);
    expect([answer.status, await answer.text()]).toEqual([200, text]);
    expect(answer.headers.get("content-encoding")).toBeNull();
  });

  it.each<[string, Buffer]>([
    ["zstd", encoded("zstd", zlib.zstdCompressSync(text))],
    ["compress", encoded("compress", "\u001f\u009d")],
    ["one that nobody knows", encoded("x-odd", text)],
    ["constructor", encoded("constructor", text)],
    ["gzip, br", encoded("gzip, br", zlib.brotliCompressSync(gzip))],
    ["gzip, but is not", encoded("gzip", text)],
    ["br, but is not", encoded("br", text)],
    ["deflate, but is not", encoded("deflate", text)],
    ["deflate, but is gzip", encoded("deflate", gzip)],
    ["x-gzip, but ends early", encoded("x-gzip", gzip.subarray(0, 20))],
    ["deflate, but ends early", encoded("deflate", deflated.subarray(0, 10))],
    ["deflate, and more follows", encoded("deflate", Buffer.concat([deflated, gzip]))],
    ["five codings", encoded("gzip, gzip, gzip, gzip, x-gzip", gzip)],
    ["gzip, gzip with too much between", encoded("gzip, gzip", zlib.gzipSync(emptyMembers()))],
  ])("%s fails with a code of its own", async (_, bytes) => {
    const error = await failure(bytes);
    expect(error?.code).toBe("upstream_encoding");
  });

  it("a body of nothing has no coding, whatever its label", async () => {
    for (const coding of ["gzip", "deflate", "zstd"]) {
      const answer = await proxied(encoded(coding, ""));
      expect([answer.status, await answer.text()]).toEqual([200, ""]);
    }
  });

  it("what decodes to more than 8 MiB is too large", async () => {
    const zeros = Buffer.alloc(8 * 1024 * 1024 + 1);
    for (const bytes of [
      encoded("gzip", zlib.gzipSync(zeros)),
      encoded("deflate", zlib.deflateSync(zeros)),
    ]) {
      expect((await failure(bytes))?.code).toBe("result_too_large");
    }
  });

  it("digests of what was encoded are not told of what is decoded", async () => {
    const digest = "Content-Digest: sha-256=:AAAA:";
    const decoded = await proxied(encoded("deflate", deflated, digest));
    const plain = await proxied(rawAnswer([ok, digest], text));
    expect(decoded.headers.get("content-digest")).toBeNull();
    expect(plain.headers.get("content-digest")).toBe("sha-256=:AAAA:");
  });
});

describe("an answer that cannot be played back", () => {
  it.each([
    ["a status of 999", ["HTTP/1.1 999 Odd"]],
    ["a status of 600", ["HTTP/1.1 600 Odd"]],
    ["a status of 101", ["HTTP/1.1 101 Switching Protocols"]],
    ["101 and another protocol", ["HTTP/1.1 101 Odd", "Connection: upgrade", "Upgrade: websocket"]],
    ["a control character in a header", [ok, "X-Odd: a\u0001b"]],
    ["a control character in its type", [ok, "Content-Type: text/\u007f"]],
    ["more headers than clients read", [ok, `X-Odd: ${"a".repeat(9_000)}`]],
  ])("%s fails when it arrives", async (_, head) => {
    for (const method of ["GET", "HEAD"]) {
      const error = await failure(rawAnswer(head, method === "HEAD" ? "" : "x"), method);
      expect(error?.code).toBe("upstream_invalid");
    }
  });

  it.each([
    ["a status of 099", "HTTP/1.1 099 Odd\r\n\r\n"],
    ["a status of 1000", "HTTP/1.1 1000 Odd\r\n\r\n"],
    ["a status of 199", "HTTP/1.1 199 Odd\r\n\r\n"],
    ["two lengths", `${ok}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ["a header that is no line of one", `${ok}\r\nX Odd\r\n\r\n`],
    ["what is no HTTP", "hello\r\n\r\n"],
    ["nothing", ""],
  ])("%s is no answer at all", async (_, bytes) => {
    expect((await failure(bytes))?.code).toBe("upstream_unreachable");
  });

  it.each([204, 205, 304])("%i has no body, also where one follows", async (status) => {
    const answer = await proxied(rawAnswer([`HTTP/1.1 ${status} None`, 'ETag: "a"'], "body"));
    expect([answer.status, await answer.text()]).toEqual([status, ""]);
    expect(answer.headers.get("etag")).toBe('"a"');
  });

  it("an answer to HEAD has no body, whatever its length and coding say", async () => {
    const head = rawAnswer([ok, "Content-Encoding: deflate", "Content-Length: 99", "X-Kept: yes"]);
    const answer = await proxied(head, { method: "HEAD" });
    expect([answer.status, answer.headers.get("x-kept")]).toEqual([200, "yes"]);
  });

  it("what is informational comes before an answer and is none", async () => {
    const early = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    const answer = await proxied(Buffer.concat([Buffer.from(early), rawAnswer([ok], text)]));
    expect([answer.status, await answer.text()]).toEqual([200, text]);
  });
});

describe("a body that does not arrive", () => {
  const chunks = [ok, "Transfer-Encoding: chunked"];
  it.each<[string, Buffer]>([
    ["ends before its length", rawAnswer([ok, "Content-Length: 200"], text)],
    ["ends in a chunk", rawAnswer(chunks, "ff\r\nhello")],
    ["ends between chunks", rawAnswer(chunks, "5\r\nhello\r\n")],
    ["has a chunk without a size", rawAnswer(chunks, "zz\r\nhello\r\n0\r\n\r\n")],
    ["has a chunk of another size", rawAnswer(chunks, "3\r\nhello\r\n0\r\n\r\n")],
    [
      "ends in a coding",
      encoded("deflate", deflated.subarray(0, 10), `Content-Length: ${deflated.byteLength}`),
    ],
  ])("%s is the upstream's fault", async (_, bytes) => {
    expect(await failure(bytes)).toEqual({
      code: "upstream_incomplete",
      message: "The upstream's response was cut off",
    });
  });

  it("goes until the connection ends where it has no length", async () => {
    const answer = await proxied(`${ok}\r\nContent-Type: text/plain\r\n\r\n${text}`);
    expect([answer.status, await answer.text()]).toEqual([200, text]);
  });

  it("is tried again where the operation may, and can be whole then", async () => {
    const path = "/later";
    raw.answer(path, rawAnswer([ok, "Content-Length: 200"], text));
    const { body: made } = await on.client.create({
      kind: "http",
      input: { upstream: "raw", path },
      retry: { maxAttempts: 3, initialInterval: "1s" },
    });
    const waiting = await until(
      async () => (await on.client.get(made.id)).body,
      ({ status }) => status === "pending",
    );
    expect(waiting.statusMessage).toBe("Attempt 1 failed: The upstream's response was cut off");
    raw.answer(path, rawAnswer([ok], text));
    expect(await on.client.ended(made.id)).toMatchObject({ status: "succeeded", attempt: 2 });
  });
});

describe("what an answer points to", () => {
  const elsewhere = "https://other.test/x";
  it("is found through the proxy where it is the upstream's, and is left where it is not", async () => {
    for (const [location, found] of [
      ["/elsewhere?a=1", `${on.served.url}/api/proxy/raw/elsewhere?a=1`],
      [`${raw.url}/absolute`, `${on.served.url}/api/proxy/raw/absolute`],
      ["?next", `${on.served.url}/api/proxy/raw{here}?next`],
      [elsewhere, elsewhere],
    ] as const) {
      const head = ["HTTP/1.1 201 Created", `Location: ${location}`];
      const all = [...head, `Content-Location: ${location}`, `Operation-Location: ${location}`];
      const path = `/answer-${count}`;
      const answer = await proxied(rawAnswer(all));
      const meant = found.replace("{here}", path);
      const { id = "" } = (await on.client.list()).at(-1) ?? {};
      const later = await on.client.result(id);
      for (const name of ["location", "content-location", "operation-location"]) {
        expect([path, name, later.headers.get(name)]).toEqual([path, name, meant]);
        expect([path, name, answer.headers.get(name)]).toEqual([path, name, meant]);
      }
    }
  });

  it("leads there", async () => {
    raw.answer("/there", rawAnswer([ok], text));
    const moved = await proxied(rawAnswer(["HTTP/1.1 303 See Other", "Location: /there"]));
    const there = await on.client.raw(moved.headers.get("location") ?? "", {
      headers: { prefer: "wait=20" },
    });
    expect(await there.text()).toBe(text);
  });
});

describe("whose answer it is", () => {
  it("is told by Upstream-Status: an upstream's 202 is a result, ours is not finished", async () => {
    const theirs = await proxied(rawAnswer(["HTTP/1.1 202 Accepted", "Retry-After: 5"], "theirs"));
    expect([theirs.status, theirs.headers.get("upstream-status")]).toEqual([202, "202"]);
    const place = theirs.headers.get("operation-location") ?? "";
    const later = await on.client.raw(`${place}/result`);
    expect([later.status, later.headers.get("upstream-status")]).toEqual([202, "202"]);
    expect(await later.text()).toBe("theirs");

    const { body } = await on.client.create({ kind: "simulate", input: { outcome: "hang" } });
    const ours = await on.client.result(body.id);
    expect([ours.status, ours.headers.get("upstream-status")]).toEqual([202, null]);
    await on.client.cancel(body.id);

    const typed = new OperationsClient({ url: on.served.url, token: on.client.token });
    const id = place.split("/").at(-1) ?? "";
    expect(await (await typed.result(id)).text()).toBe("theirs");
    await expect(typed.result(body.id)).rejects.toThrow();
  });

  it.each([200, 304, 404, 503])("%i is named too, and cannot be claimed", async (status) => {
    const answer = await proxied(rawAnswer([`HTTP/1.1 ${status} Odd`, "Upstream-Status: 299"]));
    expect([answer.status, answer.headers.get("upstream-status")]).toEqual([status, `${status}`]);
  });
});

describe("what an upstream says of caching, signing in, and to browsers", () => {
  it("is not played back", async () => {
    const said = [
      "Cache-Control: public, max-age=86400",
      "Expires: Fri, 01 Jan 2100 00:00:00 GMT",
      "Refresh: 0; url=https://other.test/",
      "Link: </sw.js>; rel=serviceworker",
      'WWW-Authenticate: Basic realm="theirs"',
      "Proxy-Authenticate: Basic",
      "Set-Cookie: a=b",
      "Set-Cookie2: a=b",
      "X-Accel-Redirect: /etc/passwd",
      "X-Frame-Options: ALLOWALL",
      "Speculation-Rules: /x",
      "Access-Control-Allow-Origin: *",
      "Vary: *",
    ];
    const kept = ["ETag: W/1", "X-Total-Count: 7", "Content-Disposition: attachment"];
    const answer = await proxied(rawAnswer(["HTTP/1.1 401 No", ...said, ...kept], text));
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([
      401,
      "private, no-cache",
    ]);
    const names = said.map((line) => line.split(":")[0] ?? "");
    const played = names.filter((name) => answer.headers.has(name) && name !== "Cache-Control");
    expect(played).toEqual([]);
    expect(answer.headers.get("x-total-count")).toBe("7");
    expect(answer.headers.get("content-disposition")).toBe("attachment");
  });

  it("JSON that nests too deep for others stands in no list", async () => {
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    const answer = await proxied(rawAnswer([ok, "Content-Type: application/json"], deep));
    expect(await answer.text()).toBe(deep);
    const listed = await on.client.raw("/api/v1/operations?limit=1");
    expect(await listed.text()).not.toContain("[[[");
  });
});

it("none of this was told as a fault of this service", async () => {
  // The line of a request says the status that was played back.
  const lines = on.served.stderr.filter((line) => !line.includes('"message":"request"'));
  const panics = lines.filter((line) => /panic|"level":"error"/.test(line));
  expect([panics, alerts]).toEqual([[], []]);
});

function chunked(body: Buffer): Buffer {
  const size = `${body.byteLength.toString(16)}\r\n`;
  return Buffer.concat([Buffer.from(size), body, Buffer.from("\r\n0\r\n\r\n")]);
}

/** A gzip of nothing, so many times that they are more than a result may be. */
function emptyMembers(): Buffer {
  const member = zlib.gzipSync("");
  return Buffer.concat(Array.from({ length: 450_000 }, () => member));
}
