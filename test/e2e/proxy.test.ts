import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { Monitor } from "./client.ts";
import { serving } from "./serving.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

/** maxBody is the default of MAX_BODY. */
const maxBody = 1024 * 1024;

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(async () => {
  await upstream.close();
});
const on = serving(async () => {
  const upstreams = { up: `${upstream.url}/base`, down: `http://127.0.0.1:${await closedPort()}` };
  return { env: { UPSTREAMS: JSON.stringify(upstreams) } };
});

/** Every request here is willing to wait, as a client of a proxy is. */
const wait = { prefer: "wait=20" };

describe("a slow upstream", () => {
  it("is a 202 after wait=1, and later its very answer", async () => {
    const release = upstream.hold();
    const accepted = await on.client.json<Monitor>("/api/proxy/up/held?of=day", {
      headers: { prefer: "wait=1" },
    });
    expect(accepted.status).toBe(202);
    const { id, links, status, kind } = accepted.body;
    expect([kind, status]).toEqual(["http", "running"]);
    expect(accepted.headers.get("operation-location")).toBe(links.self);
    expect(accepted.headers.get("location")).toBe(links.result);
    expect(accepted.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect(accepted.headers.get("preference-applied")).toBe("wait=1");
    expect(links.self).toBe(`${on.served.url}/api/v1/operations/${id}`);

    const early = await on.client.result(id);
    expect(early.status).toBe(202);
    await early.body?.cancel();

    release();
    expect((await on.client.ended(id)).status).toBe("succeeded");
    // It can be read as often as one likes.
    for (let time = 0; time < 2; time++) {
      const result = await on.client.raw(links.result);
      expect(result.status).toBe(203);
      expect(result.headers.get("content-type")).toBe("application/vnd.example.archive; version=2");
      expect(result.headers.get("content-disposition")).toBe('attachment; filename="a.bin"');
      expect(result.headers.get("etag")).toBe('"of-the-upstream"');
      expect(result.headers.get("x-upstream")).toBe("slow one");
      expect(upstream.binary.equals(await bytesOf(result))).toBe(true);
    }
    expect(upstream.seenAt("/base/held?of=day").method).toBe("GET");
  });

  it("answers directly where the client waits long enough", async () => {
    const answer = await on.client.raw("/api/proxy/up/slow?waited", { headers: wait });
    expect(answer.status).toBe(203);
    expect(answer.headers.get("x-upstream")).toBe("slow one");
    expect(answer.headers.get("operation-location")).toContain("/api/v1/operations/");
    expect(upstream.binary.equals(await bytesOf(answer))).toBe(true);
  });

  it("is asked once where its client loses the answer and repeats with the same key", async () => {
    const headers = { "idempotency-key": "once, please", prefer: "wait=20" };
    const release = upstream.hold();
    const client = new AbortController();
    const { signal } = client;
    const lost = expect(
      on.client.raw("/api/proxy/up/held?once", { headers, signal }),
    ).rejects.toThrow();
    await eventually(() => upstream.seenAt("/base/held?once"));
    client.abort();
    await lost;
    const again = on.client.raw("/api/proxy/up/held?once", { headers });
    release();
    const answer = await again;
    expect(answer.status).toBe(203);
    expect(answer.headers.get("idempotency-replayed")).toBe("true");
    expect(upstream.binary.equals(await bytesOf(answer))).toBe(true);
    expect(upstream.seenAt("/base/held?once").headers["idempotency-key"]).toBe("once, please");
  });
});

describe("a fast upstream", () => {
  it("answers directly with Prefer: wait", async () => {
    const answer = await on.client.raw("/api/proxy/up/a/b%20c//d?x=1&y=%2F", { headers: wait });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-upstream")).toBe("fast one");
    expect(answer.headers.get("preference-applied")).toBe("wait=20");
    expect(upstream.seenAt("/base/a/b%20c//d?x=1&y=%2F").method).toBe("GET");
  });

  it("is a 202 without it, however fast", async () => {
    const { status, body } = await on.client.json<Monitor>("/api/proxy/up/at-once");
    expect(status).toBe(202);
    expect((await on.client.ended(body.id)).status).toBe("succeeded");
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])("gets %s with its body", async (method) => {
    const url = `/${method.toLowerCase()}`;
    const body = `body of ${method}`;
    const answer = await on.client.raw(`/api/proxy/up${url}`, {
      method,
      headers: { ...wait, "content-type": "text/x-test" },
      body,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-method")).toBe(method);
    expect(await answer.text()).toBe(body);
    const seen = upstream.seenAt(`/base${url}`);
    expect([seen.method, seen.body.toString()]).toEqual([method, body]);
    expect(seen.headers["content-type"]).toBe("text/x-test");
  });

  it("gets DELETE without a body", async () => {
    const answer = await on.client.raw("/api/proxy/up/bare", { method: "DELETE", headers: wait });
    expect(answer.status).toBe(201);
    expect(await answer.text()).toBe("");
    expect(upstream.seenAt("/base/bare").method).toBe("DELETE");
  });

  it("gets HEAD as HEAD, and its headers come back without a body", async () => {
    const answer = await on.client.raw("/api/proxy/up/head", { method: "HEAD", headers: wait });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("x-upstream")).toBe("fast one");
    expect(await answer.text()).toBe("");
    expect(upstream.seenAt("/base/head").method).toBe("HEAD");
  });

  it("may answer without a body", async () => {
    const answer = await on.client.raw("/api/proxy/up/empty", { method: "PUT", headers: wait });
    expect([answer.status, answer.headers.get("x-upstream")]).toEqual([204, "empty"]);
    expect(await answer.text()).toBe("");
  });
});

describe("what is passed on", () => {
  it("holds no credential, cookie, cf-* or hop-by-hop header", async () => {
    const status = await rawGet("/api/proxy/up/headers", {
      authorization: "Bearer test-token",
      prefer: "wait=20",
      cookie: "session=secret",
      "proxy-authorization": "Basic c2VjcmV0",
      "cf-connecting-ip": "192.0.2.1",
      "cf-access-jwt-assertion": "secret",
      "x-api-key": "secret",
      "api-key": "secret",
      "private-token": "secret",
      forwarded: "for=secret",
      "x-forwarded-for": "secret",
      "x-forwarded-host": "secret",
      "x-real-ip": "secret",
      "x-original-url": "/secret",
      "x-rewrite-url": "/secret",
      "x-http-method-override": "DELETE",
      "true-client-ip": "secret",
      "keep-alive": "timeout=5",
      te: "trailers",
      "x-hop": "named by Connection",
      connection: "close, x-hop",
      "accept-language": "de",
      "user-agent": "a client",
      "x-kept": "yes",
    });
    expect(status).toBe(201);
    const { headers } = upstream.seenAt("/base/headers");
    expect(headers).toMatchObject({
      "accept-language": "de",
      "user-agent": "a client",
      "x-kept": "yes",
    });
    const dropped = ["authorization", "cookie", "proxy-authorization", "prefer", "te", "x-hop"];
    const found = Object.keys(headers).filter(
      (name) => dropped.includes(name) || name.startsWith("cf-") || name === "keep-alive",
    );
    expect(found).toEqual([]);
    expect(JSON.stringify(headers)).not.toMatch(/secret|test-token|DELETE/);
    const [{ id = "" } = {}] = (await on.client.list()).slice(-1);
    const stored = await on.client.raw(`/api/v1/operations/${id}/input`);
    const text = await stored.text();
    expect(text).toContain('"path":"/headers"');
    expect(text).not.toMatch(/secret|test-token|DELETE/);
    expect(headers.host).toBe(new URL(upstream.url).host);
  });

  it("brings no cookie, and nothing about the upstream's own connection, back", async () => {
    const answer = await on.client.raw("/api/proxy/up/cookie", { headers: wait });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-kept")).toBe("yes");
    expect(answer.headers.get("content-type")).toBe("text/html");
    expect(answer.headers.getSetCookie()).toEqual([]);
    const dropped = [
      "access-control-allow-origin",
      "cf-ray",
      "clear-site-data",
      "strict-transport-security",
    ];
    expect(dropped.filter((name) => answer.headers.has(name))).toEqual([]);
    // A page of the upstream's runs nothing in this origin.
    expect(answer.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(await answer.text()).toBe("<h1>hello</h1>");
  });

  it("is the redirect itself, which is not followed", async () => {
    const answer = await on.client.raw("/api/proxy/up/redirect", { headers: wait });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      302,
      `${upstream.url}/landed`,
    ]);
    expect(await answer.text()).toBe("over there");
    expect(upstream.seen.filter(({ url }) => url.includes("landed"))).toEqual([]);
  });

  it("never leaves the base URL of the upstream", async () => {
    const before = upstream.seen.length;
    for (const path of [
      "%2e%2e/out",
      "..%2fout",
      "a/..%5c..%5cout",
      "..;/out",
      "%2e%2e%3b/out",
      "%252e%252e%252fout",
    ]) {
      const answer = await on.client.raw(`/api/proxy/up/${path}`, { headers: wait });
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
      await answer.body?.cancel();
    }
    expect(upstream.seen.slice(before)).toEqual([]);
  });
});

describe("an upload", () => {
  it("of 900 kB arrives byte for byte, and comes back so", async () => {
    const body = randomBytes(900_000);
    const answer = await on.client.raw("/api/proxy/up/large", {
      method: "POST",
      headers: { ...wait, "content-type": "image/x-test" },
      body,
    });
    expect(answer.status).toBe(201);
    const seen = upstream.seenAt("/base/large");
    expect(seen.body.equals(body)).toBe(true);
    expect(seen.headers["content-type"]).toBe("image/x-test");
    expect(body.equals(await bytesOf(answer))).toBe(true);
  });

  it("of MAX_BODY arrives, and one byte more is a 413 that stores and sends nothing", async () => {
    const fits = { method: "PUT", headers: wait, body: randomBytes(maxBody) };
    const taken = await on.client.raw("/api/proxy/up/fits", fits);
    expect(taken.status).toBe(201);
    await taken.body?.cancel();
    expect(upstream.seenAt("/base/fits").body.byteLength).toBe(maxBody);

    const { operations } = await on.client.stats();
    const over = { ...fits, body: randomBytes(maxBody + 1) };
    const refused = await on.client.json<ProblemBody>("/api/proxy/up/over", over);
    expect([refused.status, refused.body.error.code]).toEqual([413, "payload-too-large"]);
    // Without a Content-Length it has to be counted.
    const counted = await on.client.json<ProblemBody>("/api/proxy/up/over", {
      ...over,
      body: streamOf(over.body),
      duplex: "half",
    });
    expect([counted.status, counted.body.error.code]).toEqual([413, "payload-too-large"]);
    expect((await on.client.stats()).operations.total).toBe(operations.total);
    expect(upstream.seen.filter(({ url }) => url === "/base/over")).toEqual([]);
  });
});

describe("an upstream that is not there", () => {
  it("is a 424 that names why, and a failed operation", async () => {
    const answer = await on.client.json<ProblemBody>("/api/proxy/down/x", { headers: wait });
    expect(answer.status).toBe(424);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.error.code).toBe("operation-failed");
    expect(answer.body.operation?.status).toBe("failed");
    expect(answer.body.operation?.error).toEqual({
      code: "upstream_unreachable",
      message: 'Cannot reach upstream "down"',
    });
    const place = answer.headers.get("operation-location") ?? "";
    expect((await on.client.json<Monitor>(place)).body.status).toBe("failed");
    const result = await on.client.json<ProblemBody>(`${place}/result`);
    expect([result.status, result.body.error.code]).toEqual([424, "operation-failed"]);
  });

  it("is a 404 where no upstream has that name", async () => {
    const answer = await on.client.json<ProblemBody>("/api/proxy/nobody/x", { headers: wait });
    expect([answer.status, answer.body.error.code]).toEqual([404, "not-found"]);
  });
});

interface ProblemBody {
  readonly error: { readonly code: string; readonly message: string };
  readonly operation?: Monitor;
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe("a request with very many headers", () => {
  it("is refused, and the service goes on", async () => {
    const headers = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`x-${n}`, "v"]));
    const refused = await on.client.create({ kind: "http", input: { upstream: "up", headers } });
    expect(refused.status).toBe(400);
    expect((await on.client.raw("/api/healthz")).status).toBe(200);
  });
});

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 65_536) {
        controller.enqueue(bytes.subarray(at, at + 65_536));
      }
      controller.close();
    },
  });
}

/** fetch forbids some of these headers to its callers. */
async function rawGet(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const sent = httpRequest(new URL(path, on.served.url), { headers });
  sent.end();
  const [response] = await once(sent, "response");
  response.resume();
  await once(response, "end");
  return response.statusCode;
}

/** A loopback port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 1;
}
