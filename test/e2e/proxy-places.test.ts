import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client, type Monitor, until } from "./client.ts";
import { type Served, startServed } from "./served.ts";

/** An upstream that answers when it is told to, and knows how many wait for that. */
class Patient {
  readonly server: Server;
  #waiting: (() => void)[] = [];
  /** The most that have waited at once. */
  most = 0;

  constructor() {
    this.server = createServer((_, response) => {
      this.#waiting.push(() => response.end("done"));
      this.most = Math.max(this.most, this.#waiting.length);
    }).listen(0, "127.0.0.1");
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** answer ends the oldest of those that wait. */
  answer(): void {
    this.#waiting.shift()?.();
  }

  /** forget leaves those behind whose client is gone, and counts anew. */
  forget(): void {
    this.#waiting = [];
    this.most = 0;
  }
}

let state: string;
let upstream: Patient;
let served: Served | undefined;
let client: Client;

async function serve(maxConcurrent: number): Promise<void> {
  const upstreams = { few: { url: upstream.url, maxConcurrent }, any: upstream.url };
  served = await startServed({ state, env: { UPSTREAMS: JSON.stringify(upstreams) } });
  client = new Client(served.url);
}

beforeEach(async () => {
  state = await mkdtemp(path.join(tmpdir(), "edge-operations-places-"));
  upstream = new Patient();
  await once(upstream.server, "listening");
});

afterEach(async () => {
  await served?.stop();
  upstream.server.closeAllConnections();
  upstream.server.close();
  await rm(state, { recursive: true, force: true });
});

/** Answers what waits until all of some operations have ended. */
async function ended(ids: readonly string[]): Promise<Monitor[]> {
  let isOver = false;
  const all = Promise.all(ids.map((id) => client.ended(id))).finally(() => {
    isOver = true;
  });
  await until(
    async () => upstream.answer(),
    () => isOver,
  );
  return all;
}

async function make(name: string): Promise<string> {
  const { status, body } = await client.json<Monitor>(`/api/proxy/${name}/`);
  expect(status).toBe(202);
  return body.id;
}

describe("an upstream with maxConcurrent", () => {
  it("is never asked more at once, also after a crash and by another configuration", async () => {
    await serve(2);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await make("few"));
    const other = await make("any");
    const places = async () => upstream.waiting;
    await until(places, (count) => count === 3);
    upstream.answer();
    expect((await client.ended(ids[0] ?? "")).status).toBe("succeeded");
    await until(places, (count) => count === 3);
    expect(upstream.most).toBe(3);

    await served?.kill9();
    upstream.forget();
    await serve(1);
    const rest = await ended([...ids, other]);
    // Those under way at the crash are made again, as what waited then is: one after the other.
    expect(rest.map(({ status }) => status)).toEqual(rest.map(() => "succeeded"));
    // One of `few`, and the other.
    expect(upstream.most).toBeLessThanOrEqual(2);
  });
});
