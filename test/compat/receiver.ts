import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { answering } from "../e2e/answering.ts";

/** Received is a request as the receiver got it. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Receiver is the upstream and the webhook target of every run. */
export interface Receiver {
  /** The origin, without a slash at its end. */
  readonly url: string;
  /** at answers what came to a path. */
  at(path: string): readonly Received[];
  close(): Promise<void>;
}

/**
 * startReceiver listens on a free loopback port. `/bytes/N` answers N bytes of a type of their own,
 * any path that has `refuse` in it refuses what comes first, and the rest is 204.
 */
export async function startReceiver(): Promise<Receiver> {
  const received = new Map<string, Received[]>();
  const server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const path = request.url ?? "";
      const before = received.get(path) ?? [];
      received.set(path, [
        ...before,
        { headers: request.headers, body: Buffer.concat(parts).toString() },
      ]);
      const size = /^\/bytes\/(\d+)/.exec(path)?.[1];
      if (size !== undefined) {
        response.writeHead(203, {
          "content-type": "application/x-compat",
          "x-upstream": "receiver",
        });
        response.end(bytes(Number(size)));
      } else response.writeHead(path.includes("refuse") && before.length === 0 ? 503 : 204).end();
    }),
  );
  // On a busy machine a request meets the end of a connection that was idle for five seconds.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    at: (path) => received.get(path) ?? [],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** bytes are the same each time and are no UTF-8. */
export function bytes(size: number): Buffer {
  return Buffer.alloc(size, pattern);
}

const pattern = Uint8Array.from({ length: 65_521 }, (_, index) => (index * 7 + (index >> 8)) & 255);
