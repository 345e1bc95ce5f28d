import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { answering } from "../e2e/answering.ts";

/** large is JSON of 1 MB. */
export const large = { rows: Array.from({ length: 34_000 }, (_, at) => ({ at, text: "grüße" })) };

/** OtherService is an upstream, and what webhooks go to. */
export interface OtherService {
  /** The origin, without a slash at its end. */
  readonly url: string;
  /** What was posted, in order. */
  readonly received: readonly { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  close(): void;
}

/** startOtherService answers `/picture` with a picture, `/pretty` with JSON on several lines, and all else with `large`. */
export async function startOtherService(): Promise<OtherService> {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      if (request.method === "POST") {
        received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      }
      const isPicture = request.url === "/picture";
      response.setHeader("content-type", isPicture ? "image/png" : "application/json");
      const isPretty = request.url === "/pretty";
      const json = isPretty ? JSON.stringify({ a: "two\nlines" }, null, 2) : JSON.stringify(large);
      response.end(isPicture ? "a picture" : json);
    }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received, close: () => void server.close() };
}
