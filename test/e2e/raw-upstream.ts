import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** RawUpstream is a server that answers with any bytes, as no HTTP library would. */
export interface RawUpstream {
  /** The origin, without a slash at its end. */
  readonly url: string;
  /** Heads of the requests so far, as they came. */
  readonly heads: readonly string[];
  /** answer makes a path answer with these bytes, after which the connection ends. */
  answer(path: string, bytes: string | Buffer): void;
  close(): Promise<void>;
}

/** startRawUpstream listens on a free loopback port. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const answers = new Map<string, string | Buffer>();
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let head = "";
    socket.on("data", (part) => {
      if (head.includes("\r\n\r\n")) return;
      head += part.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      heads.push(head);
      const path = head.split(" ")[1] ?? "";
      socket.end(answers.get(path) ?? "HTTP/1.1 404 Unknown\r\nContent-Length: 0\r\n\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heads,
    answer: (path, bytes) => void answers.set(path, bytes),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** rawAnswer is an answer with a length, unless its head names another one. */
export function rawAnswer(head: readonly string[], body: string | Buffer = ""): Buffer {
  const content = Buffer.from(body);
  const isFramed = head.some((line) => /^(content-length|transfer-encoding):/i.test(line));
  const lines = isFramed ? head : [...head, `Content-Length: ${content.byteLength}`];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), content]);
}
