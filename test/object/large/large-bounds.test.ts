import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { expectProblem } from "../../edge/refused.ts";
import { eventually } from "../../eventually.ts";
import {
  answer,
  bucket,
  bytesOf,
  expectNothing,
  isOver,
  keys,
  make,
  mebibyte,
  mostResult,
  mostStored,
  rows,
  storageHits,
  unannounced,
} from "./bucket.ts";

freshTenant();

const ended = (id: string) => tenant.get(`/operations/${id}?wait=10s`);
const remove = (id: string) => tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });

/** begun is the upload that was begun while something was done. */
async function begun(act: () => Promise<unknown>): Promise<R2MultipartUpload> {
  const begins = vi.spyOn(Object.getPrototypeOf(bucket), "createMultipartUpload");
  await act();
  expect(begins).toHaveBeenCalledOnce();
  const made = await (begins.mock.results[0]?.value as Promise<R2MultipartUpload>);
  begins.mockRestore();
  return made;
}

describe("a large result whose upstream lies about its length", () => {
  test.each([
    ["more", 6 * mebibyte + 1],
    ["less", 6 * mebibyte - 1],
  ])("it says %s", async (_, said) => {
    const bytes = bytesOf(6 * mebibyte);
    answer(() => bytes, { headers: { "content-length": String(said) } });
    const id = await make();
    const op = await ended(id);
    const size = (await (await tenant.send(`/api/v1/operations/${id}/result`)).arrayBuffer())
      .byteLength;
    expect([op.status, size]).toEqual(["succeeded", bytes.byteLength]);
    await remove(id);
    await expectNothing();
  });
});

describe("MAX_RESULT with a bucket", () => {
  test("takes as many bytes, and fails what has one more, of which nothing is left", async () => {
    answer(() => unannounced(mostResult));
    const kept = await make();
    expect((await ended(kept)).status).toBe("succeeded");
    await remove(kept);

    answer(() => unannounced(mostResult + 1));
    const { key, uploadId } = await begun(async () => {
      const { status, error } = await ended(await make());
      expect(status).toBe("failed");
      expect(error).toEqual({
        code: "result_too_large",
        message: `The result is larger than ${mostResult} bytes`,
      });
    });
    await expectNothing();
    expect(await isOver(key, uploadId)).toBe(true);
  });
});

describe("MAX_STORAGE with a bucket", () => {
  test("fails a result that there is no room for, of which nothing is left, and takes it once there is", async () => {
    const size = 12 * mebibyte;
    answer(() => unannounced(size));
    const first = await make();
    const second = await make();
    const before = await keys();
    const { key, uploadId } = await begun(async () => {
      const { status, error } = await ended(await make({ retry: { maxAttempts: 3 } }));
      expect([status, error?.code]).toEqual(["failed", "quota_exceeded"]);
      expect(error?.message).toContain("MAX_STORAGE");
    });
    await eventually(async () => expect((await rows()).length).toBe(2));
    expect(await keys()).toEqual(before);
    expect(await isOver(key, uploadId)).toBe(true);
    expect(await storageHits()).toBe(1);

    await remove(first);
    expect((await ended(await make())).status).toBe("succeeded");
    await remove(second);
  });

  test("refuses a create where the bucket alone holds as much, and takes deletes", async () => {
    answer(() => unannounced(mostResult));
    const ids = [await make()];
    const room = await runInDurableObject(
      tenant.object(),
      (_, { storage: { sql } }) => mostStored - mostResult - sql.databaseSize,
    );
    answer(() => unannounced(room - 128 * 1024));
    ids.push(await make());
    // What the map itself needs grows by pages.
    while ((await keys()).length === 2) {
      const response = await tenant.post({ kind: "echo", input: "x".repeat(100_000) });
      if (response.status === 202) continue;
      expect((await expectProblem(response, "quota-exceeded")).detail).toContain("MAX_STORAGE");
      break;
    }
    for (const id of ids) expect((await remove(id)).status).toBe(204);
    expect((await tenant.post({ kind: "echo" })).status).toBe(202);
    await expectNothing();
  });
});
