import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { problemOf, type Refusal } from "./refusal.ts";

/** answer sends a Refusal as problem+json. */
export function answer(
  response: Pick<ServerResponse, "writeHead" | "end">,
  refused: Refusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = problemOf(refused);
  response.writeHead(refused.status, {
    "content-type": "application/problem+json",
    "content-length": String(Buffer.byteLength(body)),
    // An unread body would be parsed as the next request.
    connection: "close",
    ...headers,
  });
  response.end(body);
}

/** endSocket responds to an upgrade with a Refusal. */
export function endSocket(socket: Duplex, refused: Refusal): void {
  const body = problemOf(refused);
  const head = [
    `HTTP/1.1 ${refused.status} Refused`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  if (socket.writable) socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  else socket.destroy();
}
