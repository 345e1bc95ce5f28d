import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Answer is one HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** WrongAnswer says that a Worker did not do what it was asked; the run ends with status 1. */
export class WrongAnswer extends Error {
  override readonly name = "WrongAnswer";
}

/** patience is how long an answer may take, in milliseconds. */
const patience = 60_000;

/** requestText writes a request as it goes over the wire. */
export function requestText(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const size = body === "" ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nhost: bench.test\r\n${lines.join("")}${size}\r\n${body}`;
}

/**
 * Connection is one HTTP/1.1 connection that stays open, with one request at a time. It knows only
 * answers with a Content-Length, which is all that workerd sends for text, and costs a fraction of
 * Node's own client: what is measured should not be the measuring.
 */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer | undefined;
  #waiting: PromiseWithResolvers<Answer> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(patience, () => socket.destroy(new Error(`No answer in ${patience} ms`)));
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(new Error("The connection was closed")));
  }

  static async open({ hostname, port }: URL): Promise<Connection> {
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new Connection(socket);
  }

  send(request: string): Promise<Answer> {
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting = waiting;
    // workerd closes one that has been idle for some seconds.
    if (this.#socket.destroyed) waiting.reject(new Error("The connection is closed"));
    else this.#socket.write(request);
    return waiting.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const received = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    this.#received = received;
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = received.toString("latin1", 0, end);
    const size = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (size === undefined) {
      this.#waiting?.reject(new WrongAnswer(`Cannot read an answer without a length:\n${head}`));
      return;
    }
    const body = end + 4;
    if (received.length < body + Number(size)) return;
    this.#received = undefined;
    this.#waiting?.resolve({
      status: Number(head.slice(9, 12)),
      body: received.toString("utf8", body, body + Number(size)),
    });
  }
}

/** withConnections opens several connections for as long as `use` takes. */
export async function withConnections<T>(
  origin: URL,
  count: number,
  use: (connections: readonly Connection[]) => Promise<T>,
): Promise<T> {
  const connections = await Promise.all(
    Array.from({ length: count }, () => Connection.open(origin)),
  );
  try {
    return await use(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}
