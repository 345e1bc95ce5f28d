import { once } from "node:events";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { kubecfg, start } from "../cli/kubecfg.ts";
import { until } from "./client.ts";
import { type Served, startServed } from "./served.ts";

const token = "tok-s3cret";

interface Proxy {
  readonly port: number;
  readonly url: string;
  /** What it wrote on standard error so far. */
  readonly log: () => string;
  readonly pid: number;
  stop(): Promise<number | null>;
}

async function startProxy(service: string, args: readonly string[] = [], secret = token) {
  const child = start(["proxy", "--port", "0", "-o", "json", ...args], {
    env: { KUBECFG_HOST: service, KUBECFG_TOKEN: secret },
  });
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  let json = "";
  for await (const line of createInterface({ input: child.stdout })) {
    json += line;
    if (line === "}") break;
  }
  if (json === "") throw new Error(`The proxy did not start: ${log}`);
  const { url } = JSON.parse(json);
  const proxy: Proxy = {
    port: Number(new URL(url).port),
    url,
    log: () => log,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode === null) {
        child.kill("SIGINT");
        await once(child, "close");
      }
      return child.exitCode;
    },
  };
  return proxy;
}

/** An upstream of our own, which does what each test says. */
let act: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
let upstream: Server;
let host: string;
let www: string;
let proxy: Proxy;
beforeAll(async () => {
  upstream = createServer((incoming, response) => act(incoming, response)).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  host = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const folder = await mkdtemp(path.join(tmpdir(), "kubecfg-www-"));
  www = path.join(folder, "www");
  await mkdir(path.join(www, "sub"), { recursive: true });
  await writeFile(path.join(folder, "outside.txt"), "outside");
  await writeFile(path.join(www, "index.html"), "<p>index");
  await writeFile(path.join(www, "app.js"), "app()");
  await writeFile(path.join(www, ".env"), "hidden");
  await writeFile(path.join(www, "empty.css"), "");
  await symlink(path.join(folder, "outside.txt"), path.join(www, "link.txt"));
  await symlink(path.join(www, ".env"), path.join(www, "env.txt"));
  await symlink(path.join(www, "app.js"), path.join(www, "inside.js"));
  proxy = await startProxy(host, ["--www", www]);
});
afterAll(async () => {
  expect(await proxy.stop()).toBe(130);
  upstream.closeAllConnections();
  upstream.close();
});

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a path as it is: fetch would resolve its dots. */
async function get(target: string, options: RequestOptions = {}): Promise<Got> {
  const outgoing = request({ host: "127.0.0.1", port: proxy.port, path: target, ...options });
  outgoing.setHeader(
    "host",
    options.headers && "host" in options.headers
      ? String(options.headers.host)
      : `localhost:${proxy.port}`,
  );
  outgoing.end();
  const [response]: IncomingMessage[] = await once(outgoing, "response");
  if (!response) throw new Error("No answer");
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await text(response),
  };
}

describe("kubecfg proxy", () => {
  it("passes method, path, query, headers and body on, with the token in the place of others", async () => {
    const seen: { method?: string; url?: string; headers: IncomingHttpHeaders; body: string }[] =
      [];
    act = async (incoming, reply) => {
      const { method = "", url = "", headers } = incoming;
      seen.push({ method, url, headers, body: await text(incoming) });
      reply.writeHead(207, {
        "content-type": "application/x-made-up",
        "set-cookie": "a=b",
        etag: '"e"',
      });
      reply.end("made up");
    };
    const target = "/api/v1/x%2Fy?a=1&a=%20&ticket=t-s3cret";
    const response = await fetch(proxy.url + target, {
      method: "PATCH",
      headers: { authorization: "Bearer other", cookie: "c=d", "x-own": "kept" },
      body: "body",
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([
      207,
      "application/x-made-up",
    ]);
    expect([response.headers.get("etag"), response.headers.get("set-cookie")]).toEqual([
      '"e"',
      null,
    ]);
    expect(await response.text()).toBe("made up");
    expect(seen).toMatchObject([{ method: "PATCH", url: target, body: "body" }]);
    const { headers } = seen[0] ?? { headers: {} };
    expect(headers).toMatchObject({
      authorization: `Bearer ${token}`,
      "x-own": "kept",
      host: new URL(host).host,
    });
    expect(headers).not.toHaveProperty("cookie");
    await until(
      async () => proxy.log(),
      (log) => log.includes("PATCH"),
    );
    expect(proxy.log()).toMatch(/^I\d{4} .* proxy\] PATCH \/api\/v1\/x%2Fy\?a=1&a=\S* 207 \d+ms$/m);
    expect(proxy.log()).not.toMatch(/s3cret/);
  });

  it("passes a redirect back as it came", async () => {
    act = (_, reply) => reply.writeHead(303, { location: "https://x.example.com/y" }).end();
    const { status, headers } = await get("/api/v1/r");
    expect([status, headers.location]).toEqual([303, "https://x.example.com/y"]);
  });

  it("streams a large upload, and does not hold it", async () => {
    const chunk = Buffer.alloc(1024 * 1024, 1);
    const chunks = 64;
    let arrived = 0;
    let most = 0;
    let sent = 0;
    act = (incoming, reply) => {
      incoming.on("data", (data: Buffer) => {
        arrived += data.length;
        most = Math.max(most, sent - arrived);
      });
      incoming.on("end", () => reply.end(String(arrived)));
    };
    const outgoing = request(`${proxy.url}/api/v1/upload`, { method: "POST" });
    const answered = once(outgoing, "response");
    for (let index = 0; index < chunks; index++) {
      sent += chunk.length;
      if (!outgoing.write(chunk)) await once(outgoing, "drain");
      await turn();
    }
    outgoing.end();
    const [response]: IncomingMessage[] = await answered;
    if (!response) throw new Error("No answer");
    expect(await text(response)).toBe(String(chunks * chunk.length));
    // Half of it would be on its way if it were gathered; what is, is in sockets' buffers.
    expect(most).toBeLessThan((chunks * chunk.length) / 2);
  });

  it("stops reading an upload where the service does", async () => {
    let proceed: () => void = () => undefined;
    act = (incoming, reply) => {
      incoming.pause();
      incoming.on("end", () => reply.end("done"));
      proceed = () => incoming.resume();
    };
    const outgoing = request(`${proxy.url}/api/v1/slow`, { method: "POST" });
    const answered = once(outgoing, "response");
    const chunk = Buffer.alloc(1024 * 1024);
    let isStuck = false;
    // More than buffers of sockets hold; a proxy that gathers would take all of it.
    for (let written = 0; written < 64 && !isStuck; written++) {
      if (outgoing.write(chunk)) continue;
      const drained = once(outgoing, "drain").then(() => false);
      isStuck = await Promise.race([drained, quiet(outgoing).then(() => true)]);
    }
    expect(isStuck).toBe(true);
    proceed();
    outgoing.end();
    const [response]: IncomingMessage[] = await answered;
    if (!response) throw new Error("No answer");
    expect(await text(response)).toBe("done");
  });

  it("streams an answer event by event, and ends it where the client goes", async () => {
    let stream: ServerResponse | undefined;
    act = (_, reply) => {
      stream = reply.writeHead(200, { "content-type": "text/event-stream" });
      stream.write("data: 1\n\n");
    };
    const gone = new AbortController();
    const response = await fetch(`${proxy.url}/api/v1/events`, { signal: gone.signal });
    const reader = response.body?.getReader();
    const next = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(await next()).toBe("data: 1\n\n");
    stream?.write("data: 2\n\n");
    expect(await next()).toBe("data: 2\n\n");
    const closed = once(stream as ServerResponse, "close");
    gone.abort();
    await closed;
  });

  it("passes an upgrade, its subprotocol and both directions", async () => {
    const sockets = new WebSocketServer({ server: upstream, path: "/api/v1/watch" });
    onTestFinished(() => sockets.close());
    const seen: IncomingHttpHeaders[] = [];
    sockets.on("connection", (peer, { headers }) => {
      seen.push(headers);
      peer.on("message", (data) => peer.send(`heard ${data}`));
    });
    const socket = new WebSocket(
      `ws://localhost:${proxy.port}/api/v1/watch?q=1`,
      ["operations.v1"],
      {
        headers: { origin: proxy.url, authorization: "Bearer other" },
      },
    );
    await once(socket, "open");
    expect(socket.protocol).toBe("operations.v1");
    socket.send("this");
    expect(String((await once(socket, "message"))[0])).toBe("heard this");
    expect(seen[0]).toMatchObject({ authorization: `Bearer ${token}` });
    expect(seen[0]).not.toHaveProperty("origin");
    socket.close(4000);
    expect((await once(socket, "close"))[0]).toBe(4000);
  });

  it("refuses upgrades from elsewhere, and to elsewhere", async () => {
    const refused = async (target: string, headers = {}) => {
      const socket = new WebSocket(`ws://localhost:${proxy.port}${target}`, { headers });
      socket.on("error", () => undefined);
      const [, response]: [unknown, IncomingMessage] = (await once(
        socket,
        "unexpected-response",
      )) as never;
      return response.statusCode;
    };
    expect(await refused("/api/v1/watch", { origin: "https://evil.example.com" })).toBe(403);
    expect(await refused("/static/x")).toBe(404);
  });

  it("refuses what is not from here: another Host, another Origin, dot segments, other forms", async () => {
    let count = 0;
    act = (_, reply) => {
      count++;
      reply.end();
    };
    const evil = "evil.example.com";
    expect((await get("/api/v1/x", { headers: { host: evil } })).status).toBe(421);
    expect((await get("/static/", { headers: { host: `${evil}:${proxy.port}` } })).status).toBe(
      421,
    );
    expect((await get("/api/v1/x", { headers: { origin: `https://${evil}` } })).status).toBe(403);
    expect((await get("/api/v1/x", { headers: { "sec-fetch-site": "cross-site" } })).status).toBe(
      403,
    );
    expect((await get("/api/../static/app.js")).status).toBe(400);
    expect((await get("/api/%2e%2e/x")).status).toBe(400);
    expect((await get(`http://${evil}/api/v1/x`)).status).toBe(400);
    expect((await get("/problems/internal")).status).toBe(404);
    expect((await get("/apix")).status).toBe(404);
    expect(count).toBe(0);
  });

  it("listens on loopback alone", async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const outer = addresses.filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of outer) {
      const socket = connect(proxy.port, address);
      const [error] = await once(socket, "error");
      expect(error).toMatchObject({ code: "ECONNREFUSED" });
    }
    expect((await get("/static/", { host: "127.0.0.1" })).status).toBe(200);
  });
});

describe("kubecfg proxy --www", () => {
  it("serves files with type and ETag, and 304 to who knows them", async () => {
    const file = await get("/static/app.js");
    expect([file.status, file.body, file.headers["content-type"]]).toEqual([
      200,
      "app()",
      "text/javascript; charset=utf-8",
    ]);
    expect(file.headers["x-content-type-options"]).toBe("nosniff");
    const again = { "if-none-match": file.headers.etag };
    expect(await get("/static/app.js", { headers: again })).toMatchObject({
      status: 304,
      body: "",
    });
    const head = await get("/static/app.js", { method: "HEAD" });
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "5"]);
    expect(await get("/static/empty.css")).toMatchObject({ status: 200, body: "" });
    expect((await get("/static/inside.js")).body).toBe("app()");
    expect((await get("/static/")).body).toBe("<p>index");
    expect(await get("/")).toMatchObject({ status: 307, headers: { location: "/static/" } });
    expect(await get("/static/sub")).toMatchObject({
      status: 307,
      headers: { location: "/static/sub/" },
    });
  });

  it.each([
    "/static/../outside.txt",
    "/static/..%2foutside.txt",
    "/static/..%2f..%2fetc/passwd",
    "/static/%2e%2e/outside.txt",
    "/static/sub/..%2f..%2foutside.txt",
    "/static/sub/..%2fapp.js",
    "/static/sub/../app.js",
    "/static//app.js",
    "/static/..%5coutside.txt",
    "/static/%252e%252e/outside.txt",
    "/static//etc/passwd",
    "/static/%2fetc/passwd",
    "/static/app.js%00.html",
    "/static/%ff",
    "/static/link.txt",
    "/static/.env",
    "/static/env.txt",
    "/static/sub/",
    "/static/app.js/",
    "/static/app.js/x",
    "/static/nope",
  ])("answers %s with 404, and nothing of what is there", async (target) => {
    const { status, body } = await get(target);
    expect(status).toBe(404);
    expect(body).not.toMatch(/outside|hidden|root:/);
  });

  it("takes no other method", async () => {
    const { status, headers } = await get("/static/app.js", { method: "POST" });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });
});

describe("kubecfg proxy, where the service is not there", () => {
  it("answers 502 as problem+json without a secret, to requests and to upgrades", async () => {
    const dead = await startProxy("http://127.0.0.1:9");
    onTestFinished(async () => void (await dead.stop()));
    const response = await fetch(`${dead.url}/api/v1/x`, { method: "POST", body: "x".repeat(1e6) });
    expect([response.status, response.headers.get("content-type")]).toEqual([
      502,
      "application/problem+json",
    ]);
    const problem = await response.text();
    expect(JSON.parse(problem)).toMatchObject({ error: { code: "unreachable" } });
    const socket = new WebSocket(`ws://localhost:${dead.port}/api/v1/watch`);
    socket.on("error", () => undefined);
    const [, refused] = await once(socket, "unexpected-response");
    expect(refused.statusCode).toBe(502);
    expect(problem + dead.log()).not.toContain("s3cret");
    // Without --www there are no files.
    expect((await fetch(`${dead.url}/static/`)).status).toBe(404);
  });

  it("cuts an answer that breaks off, and lives on", async () => {
    act = (_, reply) => {
      reply.writeHead(200, { "content-length": "100" });
      reply.write("part");
      setImmediate(() => reply.destroy());
    };
    const response = await fetch(`${proxy.url}/api/v1/breaks`);
    await expect(response.text()).rejects.toThrow();
    act = (_, answer) => answer.end("fine");
    expect((await get("/api/v1/x")).body).toBe("fine");
  });
});

describe("kubecfg proxy, started", () => {
  it("says where as a table, ends with 3 where its port is taken, and with 2 for what cannot be", async () => {
    const env = { KUBECFG_HOST: host, KUBECFG_TOKEN: token };
    const child = start(["proxy", "--port", "0"], { env });
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    await until(
      async () => stdout,
      (shown) => /\nhttp:.*\n/.test(shown),
    );
    expect(stdout).toMatch(
      /^SERVING +FROM\nhttp:\/\/localhost:\d+\/api\/v1 +http:\/\/127\S+\/api\/v1\n$/,
    );
    child.kill("SIGINT");
    await once(child, "close");
    expect(child.exitCode).toBe(130);
    const taken = await kubecfg(["proxy", "--port", String(proxy.port)], { env });
    expect([taken.status, taken.stdout]).toEqual([3, ""]);
    expect(taken.stderr).toBe(
      `kubecfg: Cannot listen on port ${proxy.port}: it is in use; choose another with --port\n`,
    );
    for (const args of [
      ["--port", "x"],
      ["--www", "/nowhere"],
    ]) {
      expect(await kubecfg(["proxy", ...args], { env })).toMatchObject({ status: 2, stdout: "" });
    }
    expect(await kubecfg(["proxy"], {})).toMatchObject({ status: 3, stdout: "" });
  });
});

describe("kubecfg proxy before the served Worker", () => {
  let served: Served;
  beforeAll(async () => {
    served = await startServed();
  });
  afterAll(async () => {
    await served.stop();
  });

  it("creates, waits and watches without a token of the client's own", async () => {
    const own = await startProxy(served.url, [], "test-token");
    onTestFinished(async () => void (await own.stop()));
    const created = await fetch(`${own.url}/api/v1/operations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ kind: "simulate", input: { duration: "500ms", steps: 2, value: 7 } }),
    });
    expect(created.status).toBe(202);
    const { id } = (await created.json()) as { id: string };
    const socket = new WebSocket(`ws://localhost:${own.port}/api/v1/operations/${id}/watch`, {
      headers: { origin: own.url },
    });
    const statuses: string[] = [];
    socket.on("message", (data) => statuses.push(JSON.parse(String(data)).operation.status));
    onTestFinished(() => socket.terminate());
    // Its close comes later: workerd keeps the connection itself open for a while.
    await until(
      async () => statuses,
      (seen) => seen.includes("succeeded"),
    );
    const result = await fetch(`${own.url}/api/v1/operations/${id}/result`);
    expect(await result.text()).toBe("7");
  });
});

/** Resolves once nothing more has been taken of what was written for a while. */
async function quiet(outgoing: { readonly writableLength: number }): Promise<void> {
  for (let still = 0, length = -1; still < 20; ) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    still = outgoing.writableLength === length ? still + 1 : 0;
    length = outgoing.writableLength;
  }
}
