import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { WebSocket } from "ws";
import type { Monitor } from "../e2e/client.ts";
import type { Place } from "./scenario.ts";

/** Told is one state of one operation as a watcher heard it, with what it resumes by. */
interface Told {
  readonly operation: Monitor;
  readonly resume: string;
}

/** Opened is one connection of a watcher; what is told comes until `over` resolves. */
interface Opened {
  readonly over: Promise<void>;
  close(): void;
}

type Open = (
  place: Place,
  path: string,
  after: string,
  tell: (told: Told) => void,
) => Promise<Opened>;

/**
 * Follower watches across deploys, as a client does: where its connection is lost it opens another
 * and resumes by the last that it was told.
 */
export class Follower {
  readonly told: Monitor[] = [];
  readonly #open: Open;
  readonly #path: string;
  #after: string;
  #phase = -1;
  #opened: Opened | undefined;

  /** @param after where to begin, where that is not the present state */
  constructor(open: Open, path: string, after = "") {
    this.#open = open;
    this.#path = path;
    this.#after = after;
  }

  /** What a next connection resumes by. */
  get after(): string {
    return this.#after;
  }

  /** at goes on where there has been a deploy since, and opens the first connection. */
  async at(place: Place): Promise<this> {
    if (place.phase === this.#phase) return this;
    this.#phase = place.phase;
    this.#opened = await this.#open(place, this.#path, this.#after, (told) => this.#tell(told));
    return this;
  }

  /** until resolves once a state was told that is good. */
  async until(isGood: (operation: Monitor) => boolean): Promise<Monitor> {
    for (let tries = 0; tries < 400; tries++) {
      const found = this.told.find(isGood);
      if (found) return found;
      await sleep(50);
    }
    throw new Error(`Not told in time; told were ${JSON.stringify(this.told)}`);
  }

  /** over resolves when the service has closed the connection. */
  over(): Promise<void> | undefined {
    return this.#opened?.over;
  }

  close(): void {
    this.#opened?.close();
  }

  #tell({ operation, resume }: Told): void {
    const known = this.told.findLast(({ id }) => id === operation.id);
    if (known && known.version >= operation.version && known.finishedAt !== undefined) {
      throw new Error(`${operation.id} was told at ${known.version}, then ${operation.version}`);
    }
    this.told.push(operation);
    this.#after = resume;
  }
}

/** events is a watcher by server-sent events. */
export const events: Open = async ({ client }, path, after, tell) => {
  const controller = new AbortController();
  const headers = after === "" ? {} : { "last-event-id": after };
  const response = await client.raw(path, { headers, signal: controller.signal });
  if (response.status === 204) return { over: Promise.resolve(), close: () => {} };
  if (response.status !== 200 || !response.body) throw new Error(`${path}: ${response.status}`);
  const stream = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const read = async () => {
    for await (const { event, data, id = "" } of stream) {
      if (event === "operation") tell({ operation: JSON.parse(data), resume: id });
    }
  };
  // A deploy cuts it off.
  return { over: read().catch(() => {}), close: () => controller.abort() };
};

/** socket is a watcher by a WebSocket; what a whole tenant's is told has a position. */
export const socket: Open = async ({ client }, path, after, tell) => {
  const url = new URL(path, client.url.replace("http", "ws"));
  if (after !== "") url.searchParams.set("after", after);
  const headers = { authorization: `Bearer ${client.token}` };
  const ws = new WebSocket(url, "operations.v1", { headers });
  ws.on("message", (data) => {
    const text = String(data);
    if (!text.startsWith('{"type":"operation"')) return;
    const frame = JSON.parse(text);
    const { operation, position = String(operation.version) } = frame;
    tell({ operation, resume: position });
  });
  ws.on("error", () => {});
  const over = once(ws, "close").then(() => {});
  await once(ws, "open");
  // Of a client that never said anything the connection ends only at the object's eviction.
  ws.send("ping");
  return { over, close: () => ws.terminate() };
};
