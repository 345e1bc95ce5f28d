import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { Tenant } from "../../edge/tenant.ts";
import { eventually } from "../../eventually.ts";
import {
  answer,
  brokenOff,
  bucket,
  bytesOf,
  expectNothing,
  isOver,
  isUploading,
  keys,
  make,
  mebibyte,
  rows,
  streamOf,
} from "./bucket.ts";

freshTenant();

const large = 2 * mebibyte;
/** More than one part, so that an upload is under way before the body ends. */
const parts = 6 * mebibyte;

const remove = (id: string) => tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });

/** begin has an operation upload what a test decides, and returns its id and the body. */
async function begin(more: object = {}) {
  const stream = streamOf(parts);
  answer(() => stream.body);
  const { id } = await tenant.create({ kind: "http", input: { upstream: "up" }, ...more });
  await isUploading();
  return { id, stream };
}

const ended = (id: string) => tenant.get(`/operations/${id}?wait=10s`);

describe("a large result goes with its operation", () => {
  test("that is deleted", async () => {
    answer(() => bytesOf(large));
    const id = await make();
    expect(await keys()).toHaveLength(1);
    expect((await remove(id)).status).toBe(204);
    await expectNothing();
  });

  test("that expires, and not before", async () => {
    answer(() => bytesOf(large));
    await make({ ttl: "1h" });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 3_000_000);
    await runDurableObjectAlarm(tenant.object());
    expect(await keys()).toHaveLength(1);
    vi.setSystemTime(Date.now() + 700_000);
    await runDurableObjectAlarm(tenant.object());
    vi.useRealTimers();
    await expectNothing();
  });

  test("that is deleted with many", async () => {
    answer(() => bytesOf(large));
    await make();
    await make();
    expect(await keys()).toHaveLength(2);
    const call = { method: "POST", json: { filter: { kind: ["http"] } } };
    await tenant.send("/api/v1/operations:deleteMany?sync=true", call);
    await expectNothing();
  });

  test("though the bucket fails at first, and the object dies before it does not", async () => {
    answer(() => bytesOf(large));
    const id = await make();
    const failing = vi.spyOn(Object.getPrototypeOf(bucket), "delete");
    failing.mockRejectedValue(new Error("the bucket is down"));
    await remove(id);
    await eventually(async () => {
      expect(failing).toHaveBeenCalled();
      expect((await rows()).map(({ state }) => state)).toEqual(["doomed"]);
    });
    await abortAllDurableObjects();
    failing.mockRestore();
    expect(await keys()).toHaveLength(1);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 120_000);
    await runDurableObjectAlarm(tenant.object());
    vi.useRealTimers();
    await expectNothing();
  });

  test("that is removed with its whole tenant, and with what is being written", async () => {
    answer(() => bytesOf(large));
    await make();
    const stream = streamOf(parts);
    answer(() => stream.body);
    await tenant.create({ kind: "http", input: { upstream: "up" } });
    await eventually(async () => {
      expect((await rows()).map(({ state, upload }) => [state, upload !== null]).sort()).toEqual([
        ["kept", false],
        ["open", true],
      ]);
    });
    const open = (await rows()).find(({ state }) => state === "open");
    const admin = await Tenant.make(["admin"], tenant.name);
    const path = `/api/v1/tenants/${tenant.name}`;
    expect((await admin.send(path, { method: "DELETE" })).status).toBe(200);
    expect(await keys()).toEqual([]);
    expect(await isOver(open?.key ?? "", open?.upload ?? "")).toBe(true);
  });

  test("that code without a bucket has removed, once there is none as old", async () => {
    answer(() => bytesOf(large));
    const id = await make();
    await runInDurableObject(tenant.object(), (_, { storage: { sql } }) => {
      sql.exec("DELETE FROM operations WHERE id = ?", id);
    });
    await tenant.create({ kind: "echo", ttl: "1s" }, "?sync=true");
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 120_000);
    await runDurableObjectAlarm(tenant.object());
    vi.useRealTimers();
    await expectNothing();
  });
});

describe("nothing is left of a large result", () => {
  test("that breaks off", async () => {
    const begun = vi.spyOn(Object.getPrototypeOf(bucket), "createMultipartUpload");
    answer(() => brokenOff(parts));
    const id = await make();
    expect((await ended(id)).error?.code).toBe("upstream_incomplete");
    await expectNothing();
    const made = (await begun.mock.results[0]?.value) as R2MultipartUpload;
    expect(await isOver(made.key, made.uploadId)).toBe(true);
  });

  test("whose operation is canceled", async () => {
    const { id, stream } = await begin();
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    await stream.canceled;
    expect((await ended(id)).status).toBe("canceled");
    await expectNothing();
  });

  test("whose operation meets its deadline", async () => {
    const { id, stream } = await begin({ deadline: "10m" });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 700_000);
    await runDurableObjectAlarm(tenant.object());
    vi.useRealTimers();
    await stream.canceled;
    expect((await ended(id)).error?.code).toBe("deadline_exceeded");
    await expectNothing();
  });

  test("whose object dies: its attempt is made again under another key", async () => {
    const { id } = await begin({ input: { upstream: "up", method: "GET" } });
    const [{ key, upload } = { key: "", upload: "" }] = await rows();
    answer(() => bytesOf(large));
    await abortAllDurableObjects();
    await eventually(async () => expect((await ended(id)).status).toBe("succeeded"));
    const [kept = ""] = await keys();
    expect(kept).not.toBe(key);
    await eventually(async () => {
      expect((await rows()).map((row) => [row.key, row.state])).toEqual([[kept, "kept"]]);
    });
    expect(await isOver(key, upload)).toBe(true);
  });

  test("whose last part was written as the bucket failed", async () => {
    const failing = vi.spyOn(Object.getPrototypeOf(bucket), "resumeMultipartUpload");
    failing.mockImplementation(() => ({
      uploadPart: async () => ({ partNumber: 1, etag: "x" }),
      complete: async () => {
        throw new Error("the bucket is down");
      },
      abort: async () => {
        throw new Error("the bucket is down");
      },
    }));
    answer(() => bytesOf(large));
    const id = await make();
    expect((await ended(id)).error?.code).toBe("result_not_stored");
    failing.mockRestore();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 120_000);
    await runDurableObjectAlarm(tenant.object());
    vi.useRealTimers();
    await expectNothing();
  });
});
