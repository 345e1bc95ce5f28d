import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { longestSilence, renewEvery } from "../../../src/core/operation/large.ts";
import type { OperationsStub } from "../../../src/object/address.ts";
import { OperationsObject } from "../../../src/object/operations-object.ts";
import { setback } from "../../../src/object/schedule/schedule.ts";
import { freshTenant, log, tenant } from "../../edge/fresh-tenant.ts";
import { expectProblem } from "../../edge/refused.ts";
import { type Call, Tenant } from "../../edge/tenant.ts";
import { eventually } from "../../eventually.ts";
import { command } from "../commands.ts";
import {
  brokenOff,
  bucket,
  bytesOf,
  expectNothing,
  isOver,
  keys,
  mebibyte,
  mostStored,
  mostUpload,
  rows,
  storageHits,
  unannounced,
} from "./bucket.ts";

freshTenant();

const size = 6 * mebibyte + 345;
const bytes = bytesOf(size);
const wait = { prefer: "wait=30" };

/** What an upstream was sent. */
interface Sent {
  readonly method: string;
  readonly size: number;
  readonly sha256: string;
}

/** upstream stands in for one, and returns what it is sent. */
function upstream(answer = () => new Response("taken")): Sent[] {
  const sent: Sent[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    const request = new Request(url as string, init as RequestInit);
    const body = new Uint8Array(await request.arrayBuffer());
    const { method } = request;
    sent.push({ method, size: body.byteLength, sha256: await digestOf(body) });
    return answer();
  });
  return sent;
}

const proxy = (call: Call) =>
  tenant.send("/api/proxy/up/videos", {
    method: "POST",
    ...call,
    headers: { ...wait, ...call.headers },
  });

const object = () => tenant.object() as unknown as OperationsStub;
const digestOf = async (body: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", body)).toHex();

const remove = (id: string) => tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });

describe("a body to the proxy of more than MAX_BODY", () => {
  test.each([
    ["that says how long it is", { "content-length": String(size) }],
    ["that does not", {}],
  ])("goes to the bucket, and from there to the upstream: one %s", async (_, headers) => {
    const sent = upstream();
    const response = await proxy({ body: bytes, headers });
    expect([response.status, await response.text()]).toEqual([200, "taken"]);
    expect(sent.map(({ method }) => method)).toEqual(["POST"]);
    const sha256 = await digestOf(bytes);
    expect(sent.map((one) => one.sha256)).toEqual([sha256]);

    const [id = ""] = await tenant.ids();
    const [key = ""] = await keys();
    expect(key).toMatch(new RegExp(`^${tenant.name}/0/bodies/[0-9a-f-]{36}$`));
    expect(await rows()).toEqual([{ key, state: "kept", size, upload: null }]);
    const { input } = await tenant.get<{ input: object }>(`/operations/${id}/input`);
    expect(input).toMatchObject({ method: "POST", largeBody: { size, sha256 } });
    expect(JSON.stringify([input, await tenant.get(`/operations/${id}`)])).not.toContain(key);

    expect((await remove(id)).status).toBe(204);
    await expectNothing();
  });

  test("stays with its operation where it is not more, though it does not say so before", async () => {
    const sent = upstream();
    expect((await proxy({ body: unannounced(mebibyte) })).status).toBe(200);
    expect(sent[0]?.size).toBe(mebibyte);
    expect([await rows(), await keys()]).toEqual([[], []]);
  });

  test("is read from the bucket in ranges, from which it is put together", async () => {
    const sent = upstream();
    expect((await proxy({ body: unannounced(18 * mebibyte) })).status).toBe(200);
    const whole = new Uint8Array(await new Response(unannounced(18 * mebibyte)).arrayBuffer());
    expect(sent.map((one) => one.sha256)).toEqual([await digestOf(whole)]);
  });

  test("is sent again by an attempt that follows one that was lost", async () => {
    let calls = 0;
    const sent = upstream(() => {
      calls += 1;
      if (calls > 1) return new Response("taken");
      void abortAllDurableObjects();
      return new Response(new ReadableStream({}));
    });
    const response = await proxy({
      method: "PUT",
      body: bytes,
      headers: { prefer: "respond-async" },
    });
    expect(response.status).toBe(202);
    const [id = ""] = await tenant.ids();
    await eventually(async () => {
      expect((await tenant.get(`/operations/${id}?wait=10s`)).status).toBe("succeeded");
    });
    const sha256 = await digestOf(bytes);
    expect(sent.map((one) => one.sha256)).toEqual([sha256, sha256]);
  });

  test("makes one operation with an Idempotency-Key, and nothing is left of what is sent again", async () => {
    upstream();
    const headers = { "idempotency-key": "once" };
    await proxy({ body: bytes, headers });
    const kept = await keys();
    const again = await proxy({ body: bytes, headers });
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
    const other = await proxy({ body: bytes.slice(1), headers });
    await expectProblem(other, "idempotency-key-reused");
    await eventually(async () => expect([(await rows()).length, await keys()]).toEqual([1, kept]));
    expect(await tenant.ids()).toHaveLength(1);
  });

  test("is asked for again where the bucket fails once", async () => {
    const sent = upstream();
    const get = vi.spyOn(Object.getPrototypeOf(bucket), "get");
    get.mockRejectedValueOnce(new Error("it is down"));
    expect((await proxy({ body: bytes })).status).toBe(200);
    expect(sent).toHaveLength(1);
  });

  test("is sent once the bucket is back, for as long as it fails nothing is: a POST too", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const sent = upstream();
    const get = vi.spyOn(Object.getPrototypeOf(bucket), "get");
    get.mockRejectedValue(new Error("it is down"));
    expect((await proxy({ body: bytes, headers: { prefer: "respond-async" } })).status).toBe(202);
    const [id = ""] = await tenant.ids();
    const stands = (attempt: number) =>
      eventually(async () => {
        expect(await tenant.get(`/operations/${id}`)).toMatchObject({
          status: "pending",
          statusMessage: "The bucket failed to return the body of the request",
          attempt,
        });
      });
    await stands(1);
    vi.setSystemTime(Date.now() + setback);
    await runDurableObjectAlarm(tenant.object());
    await stands(2);
    expect(sent).toEqual([]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ message: "attempt postponed", reason: "Error: it is down" }),
    );

    get.mockRestore();
    vi.setSystemTime(Date.now() + setback);
    await runDurableObjectAlarm(tenant.object());
    await eventually(async () => {
      expect((await tenant.get(`/operations/${id}`)).status).toBe("succeeded");
    });
    expect(sent.map((one) => one.sha256)).toEqual([await digestOf(bytes)]);
  });

  test("keeps its place while the bucket is slow to store it", async () => {
    upstream();
    const { readable, writable } = new FixedLengthStream(6 * mebibyte);
    const writer = writable.getWriter();
    const arrival = vi.spyOn(OperationsObject.prototype, "arrival");
    const { setInterval } = globalThis;
    vi.spyOn(globalThis, "setInterval").mockImplementation(((act: () => void, every: number) =>
      setInterval(act, every === renewEvery ? 20 : every)) as never);
    void writer.write(bytesOf(2 * mebibyte)).catch(() => {});
    const answered = proxy({ body: readable });
    // Nothing more comes, and its place is renewed all the same.
    await eventually(() => {
      const renewals = arrival.mock.calls.filter(([{ type }]) => type === "renew");
      expect(renewals.length).toBeGreaterThan(3);
    });
    await writer.write(bytesOf(4 * mebibyte));
    await writer.close();
    expect((await answered).status).toBe(200);
    vi.mocked(globalThis.setInterval).mockRestore();
    arrival.mockRestore();
  });

  test("is not found by an attempt once the bucket has lost it", async () => {
    const sent = upstream();
    const begun = await object().arrival({ type: "begin", patience: 0 });
    if (begun.error || !begun.key) throw new Error("there is no place");
    const asked = command({
      kind: "http",
      input: JSON.stringify({ upstream: "up", method: "POST", largeBody: { size, sha256: "" } }),
    });
    const upload = { key: begun.key, size };
    const made = await object().createUploaded(asked, upload, 5_000);
    expect(made).toMatchObject({ op: { status: "failed", error: { code: "upload_not_found" } } });
    expect(sent).toEqual([]);
  });
});

describe("nothing is left of a body to the proxy", () => {
  test.each([
    ["and says so", { "content-length": String(mostUpload + 1) }],
    ["and does not say so", {}],
  ])("that is larger than MAX_UPLOAD %s", async (_, headers) => {
    upstream();
    const { detail } = await expectProblem(
      await proxy({ body: unannounced(mostUpload + 1), headers }),
      "payload-too-large",
    );
    expect(detail).toContain(`larger than ${mostUpload} bytes`);
    await expectNothing();
  });

  test("that there is no room for in MAX_STORAGE", async () => {
    upstream();
    for (let left = mostStored; left > mostUpload; left -= 14 * mebibyte) {
      expect((await proxy({ body: unannounced(14 * mebibyte) })).status).toBe(200);
    }
    const before = await keys();
    const response = await proxy({ body: unannounced(19 * mebibyte) });
    expect((await expectProblem(response, "quota-exceeded")).detail).toContain("MAX_STORAGE");
    await eventually(async () => expect(await rows()).toHaveLength(before.length));
    expect(await keys()).toEqual(before);
    expect(await storageHits()).toBe(1);
  });

  test("that breaks off", async () => {
    upstream();
    await expectProblem(await proxy({ body: brokenOff(6 * mebibyte) }), "malformed-request");
    await expectNothing();
    expect(await tenant.ids()).toEqual([]);
  });

  test("of which nothing more arrives for a minute", async () => {
    upstream();
    const { readable, writable } = new FixedLengthStream(6 * mebibyte);
    const writer = writable.getWriter();
    void writer.write(bytesOf(2 * mebibyte)).catch(() => {});
    const { setTimeout } = globalThis;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void, after: number) =>
      setTimeout(act, after === longestSilence ? 100 : after)) as never);
    const response = await proxy({ body: readable });
    expect((await expectProblem(response, "malformed-request")).detail).toContain("too slowly");
    vi.mocked(globalThis.setTimeout).mockRestore();
    await expectNothing();
    expect(readable.locked).toBe(false);
  });

  test("of which nothing arrives for a minute, also where its Worker and its object are gone", async () => {
    const begun = await object().arrival({ type: "begin", patience: 0 });
    const { key = "", upload = "" } = begun.error ? {} : begun;
    await abortAllDurableObjects();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 50_000);
    expect(await object().arrival({ type: "renew", key })).toEqual({});
    vi.setSystemTime(Date.now() + 50_000);
    await runDurableObjectAlarm(tenant.object());
    expect(await rows()).toMatchObject([{ key, state: "arriving" }]);
    vi.setSystemTime(Date.now() + 11_000);
    expect(await runDurableObjectAlarm(tenant.object())).toBe(true);
    vi.useRealTimers();
    await expectNothing();
    expect(await isOver(key, upload)).toBe(true);
    expect((await object().arrival({ type: "renew", key })).error?.code).toBe("unavailable");
  });

  test("that arrives while its whole tenant is removed", async () => {
    await tenant.create({ kind: "echo" }, "?sync=true");
    const begun = await object().arrival({ type: "begin", patience: 0 });
    const { key = "", upload = "" } = begun.error ? {} : begun;
    const admin = await Tenant.make(["admin"], tenant.name);
    const response = await admin.send(`/api/v1/tenants/${tenant.name}`, { method: "DELETE" });
    expect(response.status).toBe(200);
    expect([await keys(), await isOver(key, upload)]).toEqual([[], true]);
  });

  test("at most four at once arrive in an object", async () => {
    const begun = await Promise.all(
      Array.from({ length: 5 }, () => object().arrival({ type: "begin", patience: 50 })),
    );
    expect(begun.map(({ error }) => error?.code ?? "begun").sort()).toEqual([
      ...Array(4).fill("begun"),
      "unavailable",
    ]);
    for (const { key = "" } of begun as { key?: string }[]) {
      if (key) await object().arrival({ type: "abandon", key });
    }
    await expectNothing();
    expect((await object().arrival({ type: "begin", patience: 50 })).error).toBeUndefined();
  });
});

describe("where a large body is refused", () => {
  test("without MAX_UPLOAD", async () => {
    const response = await proxy({ body: bytes, config: { MAX_UPLOAD: "" } });
    expect((await expectProblem(response, "payload-too-large")).detail).toContain("1048576 bytes");
    expect([await rows(), await keys()]).toEqual([[], []]);
  });

  test("as the input of a create or a rerun, and in a file from another deployment", async () => {
    upstream();
    await proxy({ body: bytes });
    const [id = ""] = await tenant.ids();
    const { input } = await tenant.get<{ input: object }>(`/operations/${id}/input`);
    for (const response of [
      await tenant.post({ kind: "http", input }),
      await tenant.send(`/api/v1/operations/${id}:rerun`, { method: "POST" }),
    ]) {
      expect((await expectProblem(response, "validation-failed")).detail).toContain("largeBody");
    }
    const admin = await Tenant.make(["admin"], tenant.name);
    const file = await (await admin.send("/api/v1/operations:export")).text();
    expect(file).not.toContain((await keys())[0]);
  });
});
