import type { Call, Monitor, Tenant } from "../../../edge/tenant.ts";

/** Told is one frame of a WebSocket. */
export interface Told {
  readonly type: string;
  readonly position?: string;
  readonly operation: Monitor;
  readonly id?: string;
  readonly error?: { readonly code: string };
}

/** Watch is a WebSocket that watches, and what it was told. */
export interface Watch {
  readonly socket: WebSocket;
  readonly frames: Told[];
  readonly texts: string[];
  /** Resolves with the code and the reason that it was closed with. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly response: Response;
}

/** upgrade is a request's headers for a WebSocket. */
export const upgrade = { upgrade: "websocket" };

/** watch opens a WebSocket at a path under `/api/v1`. */
export async function watch(tenant: Tenant, path: string, call: Call = {}): Promise<Watch> {
  const headers = { ...upgrade, ...call.headers };
  const response = await tenant.send(`/api/v1${path}`, { ...call, headers });
  const socket = response.webSocket;
  if (!socket) throw new Error(`${response.status} ${await response.text()}`);
  return { ...listen(socket), response };
}

/** listen collects what a socket is told. */
export function listen(socket: WebSocket): Omit<Watch, "response"> {
  const frames: Told[] = [];
  const texts: string[] = [];
  socket.addEventListener("message", ({ data }) => {
    const text = String(data);
    texts.push(text);
    if (!text.startsWith("{")) return;
    const frame = JSON.parse(text) as Told;
    // What a tenant's watch begins with is not about an operation.
    if (frame.type !== "position") frames.push(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
  });
  socket.accept();
  return { socket, frames, texts, closed };
}

/** Sent is one server-sent event, or a comment. */
export interface Sent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
}

/** Stream reads server-sent events as they come. */
export class Stream {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response) {
    if (!response.body) throw new Error(`${response.status} without a body`);
    this.response = response;
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(tenant: Tenant, path: string, call: Call = {}): Promise<Stream> {
    return new Stream(await tenant.send(`/api/v1${path}`, call));
  }

  /** block is the next event or comment, or undefined at the end. */
  async block(): Promise<Sent | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        // Any of the three ends a line (HTML standard, 9.2.5).
        const fields = block.split(/\r\n|\r|\n/).map((line) => {
          const colon = line.indexOf(":");
          const field = colon === 0 ? "comment" : line.slice(0, colon);
          return [field, line.slice(colon + 1).replace(/^ /, "")] as const;
        });
        // Lines of data are one text.
        const data = fields.filter(([name]) => name === "data").map(([, line]) => line);
        return {
          ...Object.fromEntries(fields),
          ...(data.length > 0 && { data: data.join("\n") }),
        } as Sent;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
  }

  /** next is the next operation that is told, with its event's id, or undefined at the end. */
  async next(): Promise<(Sent & { readonly operation: Monitor }) | undefined> {
    for (;;) {
      const block = await this.block();
      if (!block) return undefined;
      if (block.event !== "operation") continue;
      return { ...block, operation: JSON.parse(block.data ?? "") as Monitor };
    }
  }

  /** rest is every operation that is told until the end. */
  async rest(): Promise<Monitor[]> {
    const all: Monitor[] = [];
    for (let next = await this.next(); next; next = await this.next()) all.push(next.operation);
    return all;
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}
