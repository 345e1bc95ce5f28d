import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { tenant } from "../../edge/fresh-tenant.ts";
import { eventually } from "../../eventually.ts";

/** bucket is the one that the tests of the project `bucket` have. */
export const bucket = (env as unknown as { readonly RESULTS: R2Bucket }).RESULTS;

/** mebibyte is so many bytes. */
export const mebibyte = 1024 * 1024;

/** mostResult, mostUpload and mostStored are the bounds of the project `bucket`, in bytes. */
export const mostResult = 20 * mebibyte;
export const mostUpload = 20 * mebibyte;
export const mostStored = 32 * mebibyte;

/** bytesOf are bytes that differ from place to place. */
export function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) % 251);
}

/** keys are the keys of the bucket that are the tenant's. */
export async function keys(): Promise<string[]> {
  const { objects } = await bucket.list({ prefix: `${tenant.name}/` });
  return objects.map(({ key }) => key);
}

/** Row is a row of the table `large`. */
export interface Row {
  readonly key: string;
  readonly state: string;
  readonly size: number;
  readonly upload: string | null;
}

/** rows are those of the tenant's object; none where nothing has been written. */
export function rows(): Promise<Row[]> {
  return runInDurableObject(tenant.object(), (_, { storage: { sql } }) => {
    const made = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'large'").toArray();
    return made.length === 0
      ? []
      : sql.exec("SELECT key, state, size, upload FROM large ORDER BY key").toArray();
  }) as unknown as Promise<Row[]>;
}

/** expectNothing waits until there is nothing of the tenant's in the bucket, nor of the bucket in its map. */
export async function expectNothing(): Promise<void> {
  await eventually(async () => expect([await rows(), await keys()]).toEqual([[], []]));
}

/** storageHits is how often MAX_STORAGE has refused something of the tenant's. */
export async function storageHits(): Promise<number> {
  const { totals } = await tenant.object().measures();
  return totals?.counts["limit.storage"] ?? 0;
}

/** answer has upstreams answer with something, until the test is over. */
export function answer(body: () => BodyInit | null, init: ResponseInit = {}): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(body(), init));
}

/** make makes an operation that asks the upstream, and returns its id once it has ended. */
export async function make(more: object = {}): Promise<string> {
  const request = { kind: "http", input: { upstream: "up" }, ...more };
  const { id } = await tenant.create(request, "?sync=true");
  return id ?? (await tenant.ids())[0];
}

/** Stream is a body that does not end. */
export interface Stream {
  readonly body: ReadableStream<Uint8Array>;
  /** Resolves once whoever reads it has lost interest. */
  readonly canceled: Promise<unknown>;
}

/** streamOf is a stream of so many bytes that goes on without any. */
export function streamOf(size: number): Stream {
  const canceled = Promise.withResolvers<unknown>();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytesOf(size)),
    cancel: (reason) => canceled.resolve(reason),
  });
  return { body, canceled: canceled.promise };
}

/** brokenOff is a stream of so many bytes that breaks off before its end. */
export function brokenOff(size: number): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isSent) controller.error(new Error("The connection was lost"));
      else controller.enqueue(bytesOf(size));
      isSent = true;
    },
  });
}

/** isUploading waits until an upload has begun in the tenant's object. */
export async function isUploading(): Promise<void> {
  await eventually(async () => {
    expect((await rows()).map(({ state, upload }) => [state, upload !== null])).toEqual([
      ["open", true],
    ]);
  });
}

/** isOver says whether an upload cannot be completed any more. */
export function isOver(key: string, upload: string | null): Promise<boolean> {
  const part = bucket.resumeMultipartUpload(key, upload ?? "").uploadPart(1, "x");
  return part.then(
    () => false,
    () => true,
  );
}

/** unannounced is a stream of so many bytes, a mebibyte at a time: it does not say how long it is. */
export function unannounced(size: number): ReadableStream<Uint8Array> {
  const piece = bytesOf(mebibyte);
  let left = size;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left > 0) controller.enqueue(piece.slice(0, left));
      else controller.close();
      left -= piece.byteLength;
    },
  });
}
