import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answering } from "./answering.ts";

/** Seen is a request as the upstream got it. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Upstream is a server of the tests' own, as a slow API would be. */
export interface Upstream {
  /** The origin, without a slash at its end. */
  readonly url: string;
  /** Every request so far. */
  readonly seen: readonly Seen[];
  /** What `/slow` answers. */
  readonly binary: Buffer;
  /** hold has `/held` wait from now on, until what this returns is called. */
  hold(): () => void;
  /** seenAt answers the only request with this path and query. */
  seenAt(url: string): Seen;
  close(): Promise<void>;
}

/** slowness is how long `/slow` takes, in milliseconds. */
const slowness = 3_000;

/**
 * startUpstream listens on a free loopback port. Its last path segment says what it does: `slow`
 * takes 3 s for 200 kB of random bytes, `held` as long as a test holds it for the same, `silent` never
 * answers, `redirect` sends elsewhere, `cookie` says what no client of a proxy should hear, `empty` is a
 * 204; anything else answers 201 at once with what it was sent.
 */
export async function startUpstream(): Promise<Upstream> {
  const binary = randomBytes(200_000);
  const seen: Seen[] = [];
  let held = Promise.resolve();
  const server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { method = "", url = "", headers } = request;
      const body = Buffer.concat(parts);
      seen.push({ method, url, headers, body });
      const { pathname } = new URL(url, "http://upstream");
      switch (pathname.split("/").at(-1)) {
        case "silent":
          return;
        case "slow":
        case "held":
          await (pathname.endsWith("/slow") ? sleep(slowness) : held);
          response.writeHead(203, {
            "content-type": "application/vnd.example.archive; version=2",
            "content-disposition": 'attachment; filename="a.bin"',
            etag: '"of-the-upstream"',
            "x-upstream": "slow one",
          });
          response.end(binary);
          return;
        case "redirect":
          response.writeHead(302, { location: "/landed" }).end("over there");
          return;
        case "cookie":
          response.writeHead(200, {
            "content-type": "text/html",
            "set-cookie": ["session=secret", "other=secret"],
            "access-control-allow-origin": "*",
            "clear-site-data": '"*"',
            "strict-transport-security": "max-age=1",
            "keep-alive": "timeout=5",
            "cf-ray": "1",
            "x-kept": "yes",
          });
          response.end("<h1>hello</h1>");
          return;
        case "empty":
          response.writeHead(204, { "x-upstream": "empty" }).end();
          return;
        case "stalls":
          response.writeHead(200, { "content-length": 2 }).write("a");
          return;
        default:
          response.writeHead(201, {
            "content-type": "application/octet-stream",
            "x-upstream": "fast one",
            "x-method": method,
          });
          response.end(body);
      }
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    binary,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    seenAt(url) {
      const found = seen.filter((request) => request.url === url);
      if (found.length !== 1 || !found[0]) throw new Error(`${url} was seen ${found.length} times`);
      return found[0];
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
