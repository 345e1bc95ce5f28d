import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";
import { eventually } from "../eventually.ts";
import { connect, type Gax } from "./google/gax.ts";
import { claimed } from "./worker-elsewhere.ts";

// The operations client that every generated client of Google's has in it, unmodified, over HTTP and JSON,
// as one with protos of its own uses it: with rules that say where the operations are.

/** JSON of 1 MB, and a text that is none. */
const large = { rows: Array.from({ length: 34_000 }, (_, at) => ({ at, text: "grüße" })) };
let upstream: Server;

const on = serving(async () => {
  upstream = createServer((request, response) => {
    const isText = request.url === "/text";
    response.setHeader("content-type", isText ? "text/plain" : "application/json");
    response.end(isText ? "no JSON" : JSON.stringify(large));
  }).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const UPSTREAMS = JSON.stringify({ up: url });
  const env = {
    SHARDS: "3",
    DEVELOPMENT: "true",
    AT_ROOT: "google",
    EXTERNAL_KINDS: "resize",
    UPSTREAMS,
  };
  return { restarts: true, env };
});

afterAll(() => void upstream.close());

const below = "projects/p/locations/eu";
let gax: Gax;
beforeAll(() => {
  gax = connect(on.served.url, "/api/google/v1");
});

/** Creates an operation below a parent, as a method of an API does, and returns its name. */
async function create(kind: string, input: unknown, parent = below): Promise<string> {
  const response = await fetch(`${on.served.url}/api/google/v1/${parent}/operations`, {
    method: "POST",
    headers: { authorization: "Bearer test-token", "content-type": "application/json" },
    body: JSON.stringify({ kind, input }),
  });
  expect(response.status).toBe(200);
  const { name } = (await response.json()) as { name: string };
  expect(name).toMatch(new RegExp(`^${parent}/operations/\\w{30}$`));
  return name;
}

const simulate = (input: object) => create("simulate", input);

/** What the client throws. */
function thrown(promise: Promise<unknown>): Promise<Error & { code?: number }> {
  return promise.then(
    () => {
      throw new Error("It did not throw");
    },
    (error) => error,
  );
}

describe("google-gax", () => {
  it("is told of progress, and of what came of it", async () => {
    const value = { text: "grüße", list: [1, null, true, { a: [] }], exact: 0.1 };
    const name = await create("resize", {});
    const work = await claimed(on.served.url, "resize");
    const op = await gax.followed(name);
    const heard: unknown[] = [];
    op.on("progress", (metadata) => heard.push(gax.plain(metadata)));
    const over = op.promise();
    // The work goes on once the client has heard, whenever that is.
    for (const percentComplete of [25, 50, 100]) {
      const at = `/api/v1/operations/${work.id}`;
      const body = JSON.stringify({ attempt: 1, percentComplete });
      expect((await on.client.json(at, { method: "PATCH", body })).status).toBe(200);
      await eventually(() => expect(heard.at(-1)).toMatchObject({ percentComplete }));
    }
    await work.complete(value);
    const [result, last] = (await over) as unknown[];
    expect(gax.plain(result)).toEqual(value);
    expect(heard.length).toBeGreaterThan(1);
    expect(heard[0]).toMatchObject({ kind: "resize", status: "running", cancelRequested: false });
    const end = gax.plain(last);
    expect(end).toMatchObject({ status: "succeeded", percentComplete: 100, labels: {} });
    expect(Date.parse(String(end.createTime))).toBeLessThan(Date.parse(String(end.updateTime)));
  });

  it.each([[["a", 1]], ["text"], [3], [null], [false]])(
    "reads the result %j, which is no object, as the value of one",
    async (value) => {
      const op = await gax.followed(await create("echo", value));
      const [result] = (await op.promise()) as unknown[];
      expect(gax.plain(result)).toEqual({ value });
    },
  );

  it.each([
    ["card_declined", 2],
    ["not_found", 5],
    ["validation", 3],
    ["interrupted", 14],
  ])("throws a failure: %s is code %i, and its message is what the work said", async (code, is) => {
    const name = await simulate({ outcome: "fail", code, message: "No funds" });
    const op = await gax.followed(name);
    expect(await thrown(op.promise())).toMatchObject({ message: "No funds", code: is });
    const { metadata } = await gax.get(name);
    expect(gax.plain(metadata.value)).toMatchObject({ status: "failed", errorCode: code });
  });

  it("cancels, also what has ended, and reads CANCELLED", async () => {
    const name = await simulate({ outcome: "hang" });
    const op = await gax.followed(name);
    expect(await op.cancel()).toEqual([{}, null, null]);
    expect(await thrown(op.promise())).toMatchObject({ code: 1 });
    await gax.client.cancelOperation({ name } as never);
    expect((await gax.get(name)).error).toMatchObject({ code: 1 });
  });

  it("deletes what has ended, and what runs, which is canceled", async () => {
    const ended = await create("echo", 1);
    await (await gax.followed(ended)).promise();
    for (const name of [ended, await simulate({ outcome: "hang" })]) {
      await gax.client.deleteOperation({ name } as never);
      expect(await thrown(gax.get(name))).toMatchObject({
        code: 5,
        message: expect.stringMatching(/^5 NOT_FOUND|Cannot find operation/),
      });
    }
  });

  it("lists, page by page, what a filter lets through, below the parent that it asks for", async () => {
    const names = await Promise.all(
      [1, 2, 3, 4, 5].map(() => simulate({ outcome: "fail", code: "x" })),
    );
    for (const name of names) await thrown((await gax.followed(name)).promise());
    const filter = 'done=true AND metadata.kind="simulate" AND metadata.status="failed"';
    const request = { name: below, filter, pageSize: 2 } as never;
    const found: string[] = [];
    for await (const op of gax.client.listOperationsAsync(request)) {
      found.push(String((op as { name?: string }).name));
    }
    expect(found.length).toBeGreaterThanOrEqual(5);
    expect(found).toEqual([...found].sort().reverse());
    expect(found).toEqual(expect.arrayContaining(names));
    const refused = gax.client.listOperations({ name: below, filter: "labels.a=b" } as never);
    expect(await thrown(refused)).toMatchObject({
      code: 3,
      message: expect.stringContaining("must be done=true"),
    });
  });

  it("gets a result of 1 MB whole, and where one is that is no JSON", async () => {
    const proxied = (at: string) => create("http", { upstream: "up", method: "GET", path: at });
    const [json] = (await (await gax.followed(await proxied("/json"))).promise()) as unknown[];
    expect(gax.plain(json)).toEqual(large);
    const name = await proxied("/text");
    const [text] = (await (await gax.followed(name)).promise()) as unknown[];
    const id = name.split("/").at(-1);
    const resultUrl = `${on.served.url}/api/v1/operations/${id}/result`;
    expect(gax.plain(text)).toEqual({ resultUrl, mediaType: "text/plain" });
    const headers = { authorization: "Bearer test-token" };
    expect(await (await fetch(resultUrl, { headers })).text()).toBe("no JSON");
  });

  it("finds names that it puts into its own rules, whole and encoded", async () => {
    const name = await create("echo", { a: 1 });
    const id = name.split("/").at(-1);
    const headers = { authorization: "Bearer test-token" };
    for (const written of [`operations%2F${id}`, `operations/${id}`, `${id}`]) {
      const url = `${on.served.url}/api/google/v1/operations/${written}`;
      const read = (await (await fetch(url, { headers })).json()) as { name: string };
      expect(read.name).toBe(`operations/${id}`);
    }
  });

  it("throws UNAUTHENTICATED for a wrong token, NOT_FOUND for an unknown id", async () => {
    const stranger = connect(on.served.url, "/api/google/v1", "wrong");
    const name = `${below}/operations/${"0".repeat(30)}`;
    expect(await thrown(stranger.get(name))).toMatchObject({
      code: 16,
      message: expect.stringContaining("The token is not known"),
    });
    expect(await thrown(gax.get(name))).toMatchObject({ code: 5 });
  });

  it("polls on while the service is killed and started again", async () => {
    const input = { duration: "3s", value: { after: "kill -9" } };
    const op = await gax.followed(await simulate(input));
    const ended = op.promise();
    await on.served.crash();
    const [result] = (await ended) as unknown[];
    expect(gax.plain(result)).toEqual({ after: "kill -9" });
  });
});

// Where AT_ROOT names the dialect, the client finds operations by rules of its own, which know no prefix.
describe("google-gax with its built-in rules", () => {
  let own: Gax;
  beforeAll(() => {
    own = connect(on.served.url);
  });

  const made = async (kind: string, input: unknown) => {
    const response = await fetch(`${on.served.url}/v1/operations`, {
      method: "POST",
      headers: { authorization: "Bearer test-token", "content-type": "application/json" },
      body: JSON.stringify({ kind, input }),
    });
    const { name } = (await response.json()) as { name: string };
    expect(name).toMatch(/^operations\/\w{30}$/);
    return name;
  };

  it("follows an operation to its end, and throws its failure", async () => {
    const op = await own.followed(await made("simulate", { duration: "1s", value: { a: 1 } }));
    const [result] = (await op.promise()) as unknown[];
    expect(own.plain(result)).toEqual({ a: 1 });
    const failing = await own.followed(await made("simulate", { outcome: "fail", message: "No" }));
    expect(await thrown(failing.promise())).toMatchObject({ message: "No", code: 2 });
  });

  it("cancels, deletes, and lists", async () => {
    const name = await made("simulate", { outcome: "hang" });
    const op = await own.followed(name);
    await op.cancel();
    expect(await thrown(op.promise())).toMatchObject({ code: 1 });
    const request = { name: "operations", filter: "done=true", pageSize: 2 } as never;
    const found: string[] = [];
    for await (const one of own.client.listOperationsAsync(request)) {
      found.push(String((one as { name?: string }).name));
    }
    expect(found).toContain(name);
    await own.client.deleteOperation({ name } as never);
    expect(await thrown(own.get(name))).toMatchObject({ code: 5 });
  });

  it("throws UNAUTHENTICATED for a wrong token", async () => {
    const stranger = connect(on.served.url, undefined, "wrong");
    expect(await thrown(stranger.get(`operations/${"0".repeat(30)}`))).toMatchObject({ code: 16 });
  });
});
