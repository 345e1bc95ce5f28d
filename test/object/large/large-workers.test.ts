import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { expectProblem } from "../../edge/refused.ts";
import { type Call, type Monitor, Tenant } from "../../edge/tenant.ts";
import { eventually } from "../../eventually.ts";
import {
  brokenOff,
  bucket,
  bytesOf,
  expectNothing,
  isUploading,
  keys,
  mebibyte,
  mostResult,
  mostStored,
  rows,
  storageHits,
  unannounced,
} from "./bucket.ts";

freshTenant();

const bytes = bytesOf(6 * mebibyte + 7);

/** The worker of the test that runs. */
let worker: Tenant;

/** claimed makes an operation, and claims it for a minute. */
async function claimed(): Promise<{ readonly id: string; readonly attempt: number }> {
  worker = await Tenant.make(["work"], tenant.name);
  await tenant.create({ kind: "resize" });
  const claim = { method: "POST", json: { kinds: ["resize"], lease: "1m" } };
  const response = await worker.send("/api/v1/operations:claim", claim);
  const { operations } = (await response.json()) as { operations: Monitor[] };
  return operations[0] as Monitor;
}

const put = ({ id, attempt }: { id: string; attempt: number }, body: BodyInit, more: Call = {}) =>
  worker.send(`/api/v1/operations/${id}/result?attempt=${attempt}`, {
    method: "PUT",
    body,
    ...more,
  });

const result = (id: string) => tenant.send(`/api/v1/operations/${id}/result`);

/** halting is a stream of so many bytes that ends when it is told to. */
function halting(size: number) {
  const end = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(bytesOf(size));
      await end.promise;
      controller.enqueue(new Uint8Array([1]));
      controller.close();
    },
  });
  return { body, end: end.resolve };
}

describe("PUT of a worker's result", () => {
  test("streams a large one into the bucket, and ends the attempt", async () => {
    const held = await claimed();
    const headers = { "content-type": "image/png" };
    const response = await put(held, bytes, { headers });
    expect([response.status, (await tenant.get(`/operations/${held.id}`)).status]).toEqual([
      200,
      "succeeded",
    ]);
    const [key = ""] = await keys();
    expect(key).toMatch(new RegExp(`^${tenant.name}/0/${held.id}/1\\.[0-9a-f-]{36}$`));
    expect(await rows()).toMatchObject([{ key, state: "kept", size: bytes.byteLength }]);
    const read = await result(held.id);
    expect(read.headers.get("content-type")).toBe("image/png");
    expect(Buffer.from(await read.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);

    await expectProblem(await put(held, bytes), "already-terminal");
    expect(await keys()).toEqual([key]);
    await tenant.send(`/api/v1/operations/${held.id}`, { method: "DELETE" });
    await expectNothing();
  });

  test("keeps a small one with its operation, in its own media type", async () => {
    const held = await claimed();
    expect((await put(held, bytesOf(1_000))).status).toBe(200);
    const read = await result(held.id);
    expect(read.headers.get("content-type")).toBe("application/octet-stream");
    expect((await read.arrayBuffer()).byteLength).toBe(1_000);
    const other = await claimed();
    const headers = { "content-type": "application/json" };
    await put(other, '{"pages": 12}', { headers });
    expect(await tenant.get(`/operations/${other.id}`)).toMatchObject({ result: { pages: 12 } });
    expect([await rows(), await keys()]).toEqual([[], []]);
  });

  test.each([
    ["of another attempt", (held: { id: string }) => ({ ...held, attempt: 2 }), "stale-attempt"],
    [
      "of no operation",
      () => ({ id: "01hzzzzzzzzzzzzzzzzzzzzzzzzzzz", attempt: 1 }),
      "operation-not-found",
    ],
    [
      "without an attempt",
      (held: { id: string }) => ({ ...held, attempt: 0 }),
      "validation-failed",
    ],
  ] as const)("is refused before anything is written: one %s", async (_, of, code) => {
    const held = await claimed();
    await expectProblem(await put(of(held), bytes), code);
    await expectProblem(await put(of(held), "small"), code);
    expect([await rows(), await keys()]).toEqual([[], []]);
    expect((await tenant.get(`/operations/${held.id}`)).status).toBe("running");
  });

  test("leaves nothing where the lease is lost before all has arrived", async () => {
    const held = await claimed();
    const { body, end } = halting(6 * mebibyte);
    const putting = put(held, body);
    await isUploading();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(tenant.object());
    vi.useRealTimers();
    end();
    await expectProblem(await putting, "stale-attempt");
    await expectNothing();
    expect((await tenant.get(`/operations/${held.id}`)).status).toBe("pending");
  });

  test("leaves nothing where the lease has lapsed, and the alarm has not come round to it", async () => {
    const held = await claimed();
    const { body, end } = halting(6 * mebibyte);
    const putting = put(held, body);
    await isUploading();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 61_000);
    end();
    await expectProblem(await putting, "stale-attempt");
    vi.useRealTimers();
    await expectNothing();
  });

  test("with a media type that is too long is refused, and the attempt may be ended again", async () => {
    const held = await claimed();
    const typed = (length: number) => ({
      headers: { "content-type": "image/png".padEnd(length, "x") },
    });
    await expectProblem(await put(held, "x", typed(1_025)), "validation-failed");
    expect((await put(held, "x", typed(1_024))).status).toBe(200);
  });

  test.each([
    ["a Content-Encoding", { "content-encoding": "gzip" }, "unsupported-media-type"],
    ["a Content-Range", { "content-range": "bytes 0-0/2" }, "validation-failed"],
  ] as const)(
    "with %s is refused: what is stored is the whole result, as it is",
    async (_, headers, code) => {
      const held = await claimed();
      await expectProblem(await put(held, "x", { headers }), code);
      await expectProblem(await put(held, bytes, { headers }), code);
      expect((await tenant.get(`/operations/${held.id}`)).status).toBe("running");
      expect((await put(held, "x", { headers: { "content-encoding": "identity" } })).status).toBe(
        200,
      );
    },
  );

  test.each(['text/plain; a="é"', 'text/plain; a="\u2713"', "", " "])(
    "comes back with the media type %j, or is refused",
    async (type) => {
      const held = await claimed();
      const stored = await put(held, "x", { headers: { "content-type": type } });
      if (stored.status === 400) return;
      const read = await result(held.id);
      expect([stored.status, read.status, await read.text()]).toEqual([200, 200, "x"]);
      expect(read.headers.get("content-type")).toBe(type.trim() || "application/octet-stream");
    },
  );

  test("is too large, whatever the bucket does with what it has been sent", async () => {
    const held = await claimed();
    const abort = vi.spyOn(Object.getPrototypeOf(bucket.resumeMultipartUpload("x", "y")), "abort");
    abort.mockRejectedValueOnce(new Error("it is down"));
    const response = await put(held, unannounced(mostResult + 1));
    await expectProblem(response, "payload-too-large");
    abort.mockRestore();
    await expectNothing();
  });

  test("that breaks off leaves nothing, and the attempt may be ended again", async () => {
    const held = await claimed();
    await expectProblem(await put(held, brokenOff(6 * mebibyte)), "malformed-request");
    await expectNothing();
    expect((await put(held, bytes)).status).toBe(200);
    expect(await keys()).toHaveLength(1);
  });

  test("that is larger than MAX_RESULT leaves nothing, and gives its turn back", async () => {
    const held = await claimed();
    for (let n = 0; n < 5; n++) {
      const response = await put(held, unannounced(mostResult + 1));
      const { detail } = await expectProblem(response, "payload-too-large");
      expect(detail).toBe(`The result is larger than ${mostResult} bytes`);
    }
    await expectNothing();
  });

  test("that there is no room for in MAX_STORAGE leaves nothing", async () => {
    for (let left = mostStored; left > 14 * mebibyte; left -= 14 * mebibyte) {
      expect((await put(await claimed(), unannounced(14 * mebibyte))).status).toBe(200);
    }
    const before = await keys();
    const response = await put(await claimed(), unannounced(14 * mebibyte));
    await expectProblem(response, "quota-exceeded");
    await eventually(async () => expect(await rows()).toHaveLength(before.length));
    expect(await keys()).toEqual(before);
    expect(await storageHits()).toBe(1);
  });

  test("is for workers alone", async () => {
    const held = await claimed();
    worker = tenant;
    await expectProblem(await put(held, bytes), "forbidden");
  });
});
