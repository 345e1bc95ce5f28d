import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Client } from "../e2e/client.ts";
import { type Body, digestOf, LargeUpstream, mebibyte, pieces } from "../e2e/large/bodies.ts";
import { startServed } from "../e2e/served.ts";
import { residentSize } from "./measuring/process-facts.ts";

// npm run large: how much memory workerd holds while large bodies go through it, and how fast they are. Its
// figures include Miniflare's R2, which runs in the same process.

/** every is how long it is until the memory is looked at again, in milliseconds. */
const every = 50;

/** Passage is what a body's way through the Worker took. */
export interface Passage {
  readonly what: string;
  /** Bytes in all. */
  readonly size: number;
  readonly seconds: number;
  /** What workerd held in memory before, and at most meanwhile, in bytes. */
  readonly before: number;
  readonly most: number;
}

/** measureLarge sends bodies of a size through a served Worker: one after the other, and then four at once. */
export async function measureLarge(
  size: number,
  log: (passage: Passage) => void,
): Promise<Passage[]> {
  const state = await mkdtemp(path.join(tmpdir(), "edge-operations-large-"));
  const upstream = new LargeUpstream(pieces);
  await upstream.start();
  const env = {
    RESULTS: "true",
    MAX_UPLOAD: String(5 * 1024 * mebibyte),
    EXTERNAL_KINDS: "render",
    UPSTREAMS: JSON.stringify({ up: upstream.url }),
  };
  const served = await startServed({ state, env });
  const client = new Client(served.url);
  const found: Passage[] = [];
  const measured = async <T>(what: string, bytes: number, act: () => Promise<T>): Promise<T> => {
    const before = await residentSize(served.pid);
    let most = before;
    const timer = setInterval(async () => {
      most = Math.max(most, await residentSize(served.pid).catch(() => 0));
    }, every);
    const began = performance.now();
    try {
      return await act();
    } finally {
      clearInterval(timer);
      const seconds = (performance.now() - began) / 1_000;
      const passage = { what, size: bytes, seconds, before, most };
      found.push(passage);
      log(passage);
    }
  };
  try {
    // What a Worker has once it is warm is not what a body costs.
    await fetched(client, { seed: 0, size: 8 * mebibyte });
    const body = { seed: 1, size };
    const id = await measured("result of an upstream, into the bucket", size, () =>
      fetched(client, body),
    );
    await measured("result, out of it", size, () => read(client, id, body));
    await measured("body to the proxy, into it and to the upstream", size, () =>
      sent(client, body),
    );
    await measured("result of a worker, into it", size, () => put(client, body));
    const quarter = Math.ceil(size / 4);
    await measured("four results of upstreams at once, a quarter each", size, () =>
      Promise.all([2, 3, 4, 5].map((seed) => fetched(client, { seed, size: quarter }))),
    );
    return found;
  } finally {
    await served.stop();
    await upstream.stop();
    await rm(state, { recursive: true, force: true });
  }
}

/** The id of an operation whose result is a body. */
async function fetched(client: Client, { seed, size }: Body): Promise<string> {
  const response = await client.raw(`/api/proxy/up/${seed}/${size}`);
  const { id } = (await response.json()) as { id: string };
  return ended(client, id);
}

async function read(client: Client, id: string, body: Body): Promise<void> {
  const response = await client.result(id);
  same(await digestOf(response.body ?? []), await digestOf(pieces(body)));
}

async function sent(client: Client, body: Body): Promise<void> {
  const response = await client.raw(`/api/proxy/up/${body.seed}/${body.size}`, {
    method: "PUT",
    body: ReadableStream.from(pieces(body)),
    duplex: "half",
  });
  const { id } = (await response.json()) as { id: string };
  same(await (await client.result(await ended(client, id))).json(), await digestOf(pieces(body)));
}

async function put(client: Client, body: Body): Promise<void> {
  const { body: made } = await client.create({ kind: "render" });
  const claim = JSON.stringify({ kinds: ["render"], lease: "1h" });
  await client.json("/api/v1/operations:claim", { method: "POST", body: claim });
  const response = await client.raw(`/api/v1/operations/${made.id}/result?attempt=1`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: ReadableStream.from(pieces(body)),
    duplex: "half",
  });
  if (response.status !== 200) throw new Error(`Not taken: ${await response.text()}`);
}

async function ended(client: Client, id: string): Promise<string> {
  const { status, error } = await client.ended(id);
  if (status !== "succeeded") throw new Error(`It is ${status}: ${JSON.stringify(error)}`);
  return id;
}

function same(found: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`Another body came: ${one}, not ${other}`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { mebibytes: { type: "string", default: "1024" } } });
  const shown = (bytes: number) => `${Math.round(bytes / mebibyte)} MiB`;
  await measureLarge(
    Number(values.mebibytes) * mebibyte,
    ({ what, size, seconds, before, most }) => {
      const rate = shown(size / seconds);
      console.log(
        `${what}: ${shown(size)} in ${seconds.toFixed(1)} s, ${rate}/s; memory ${shown(before)}, at most ${shown(most)}`,
      );
    },
  );
}
