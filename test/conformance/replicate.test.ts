import { createReplicate } from "@ai-sdk/replicate";
import Replicate, {
  type ApiError,
  type Prediction,
  parseProgressFromLogs,
  validateWebhook,
} from "replicate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";
import { eventually } from "../eventually.ts";
import { large, type OtherService, startOtherService } from "./other-service.ts";
import { claimed } from "./worker-elsewhere.ts";

// The client of Replicate, unmodified, with its base URL here.

const secret = `whsec_${Buffer.from("k".repeat(32)).toString("base64")}`;
let other: OtherService;

const on = serving(async () => {
  other = await startOtherService();
  return {
    restarts: true,
    env: {
      SHARDS: "3",
      DEVELOPMENT: "true",
      EXTERNAL_KINDS: "draw,write",
      UPSTREAMS: JSON.stringify({ up: other.url }),
      WEBHOOK_SECRET: secret,
      TICKET_SECRET: "t".repeat(32),
    },
  };
});

afterAll(() => other.close());

let replicate: Replicate;
beforeAll(() => {
  replicate = connect("test-token");
});

function connect(auth: string): Replicate {
  return new Replicate({ auth, baseUrl: `${on.served.url}/api/replicate/v1` });
}

const start = (input: object) => replicate.predictions.create({ model: "me/simulate", input });
const ended = (prediction: Prediction) => replicate.wait(prediction, { interval: 50 });

/** What the client throws. */
function thrown(promise: Promise<unknown>): Promise<ApiError> {
  return promise.then(
    () => {
      throw new Error("It did not throw");
    },
    (error) => error,
  );
}

describe("replicate", () => {
  it("runs a kind, waiting, and gets its output", async () => {
    const value = { text: "grüße", list: [1, null, { a: [] }] };
    const input = { duration: "1s", value };
    expect(await replicate.run("me/simulate", { input })).toEqual(value);
    expect(await replicate.run("me/echo:simulate", { input: { value: "text" } })).toBe("text");
  });

  it("goes on to poll where the wait lapses, whose answer says starting", async () => {
    const input = { duration: "6s", steps: 3, value: [1] };
    const heard: Prediction[] = [];
    const wait = { mode: "block", timeout: 1 } as const;
    const output = await replicate.run("me/simulate", { input, wait }, (at) => heard.push(at));
    expect(output).toEqual([1]);
    expect(heard[0]?.status).toBe("starting");
    expect(heard.some(({ status }) => status === "processing")).toBe(true);
    const told = heard.flatMap((at) => parseProgressFromLogs(at) ?? []);
    expect(told.at(-1)).toEqual({ percentage: 1, current: 100, total: 100 });
    expect(heard.at(-1)).toMatchObject({ input, metrics: { predict_time: expect.any(Number) } });
  });

  it("throws a failure with code and message, and reads it as text", async () => {
    const input = { outcome: "fail", code: "no_funds", message: "No funds" };
    const error = await thrown(replicate.run("me/simulate", { input }));
    expect(error.message).toBe("Prediction failed: no_funds: No funds");
    const { id } = await start(input);
    await expect
      .poll(() => replicate.predictions.get(id))
      .toMatchObject({ status: "failed", error: "no_funds: No funds", output: null });
  });

  it("cancels, also what has ended", async () => {
    const { id } = await start({ outcome: "hang" });
    expect(await replicate.predictions.cancel(id)).toMatchObject({ id, status: "canceled" });
    expect(await replicate.predictions.cancel(id)).toMatchObject({ status: "canceled" });
  });

  it("streams by a URL that lets in by itself: logs, output, and the end", async () => {
    const events: { event: string; data: string }[] = [];
    const input = { duration: "3s", steps: 2, value: "two\nlines" };
    for await (const { event, data } of replicate.stream("me/simulate", { input })) {
      events.push({ event, data });
    }
    expect(events.slice(-2)).toEqual([
      { event: "output", data: "two\nlines" },
      { event: "done", data: "{}" },
    ]);
    const pretty = { input: { upstream: "up", method: "GET", path: "/pretty" } };
    for await (const { event, data } of replicate.stream("me/http", pretty)) {
      if (event === "output") expect(data).toBe('{   "a": "two\\nlines" }');
    }
    expect(events.some(({ event, data }) => event === "logs" && data.includes("step 1"))).toBe(
      true,
    );
    const failing = replicate.stream("me/simulate", { input: { outcome: "fail", code: "x" } });
    const reading = (async () => {
      for await (const one of failing) void one;
    })();
    expect((await thrown(reading)).message).toContain("x: Failed as requested");
  });

  it("lists page by page, newest first", async () => {
    const many = Array.from({ length: 101 }, (_, n) => ({ kind: "echo", input: n }));
    for (const operations of [many.slice(0, 100), many.slice(100)]) {
      const url = `${on.served.url}/api/v1/operations:batchCreate`;
      const body = JSON.stringify({ operations });
      expect((await on.client.json(url, { method: "POST", body })).status).toBe(200);
    }
    const ids: string[] = [];
    for await (const page of replicate.paginate(replicate.predictions.list)) {
      ids.push(...page.map(({ id }) => id));
    }
    expect(ids.length).toBeGreaterThan(101);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
  });

  it("gets an output of 1 MB whole, and the URL of a file, which lets in by itself", async () => {
    const get = (path: string) => ({ input: { upstream: "up", method: "GET", path } });
    expect(await replicate.run("me/http", get("/json"))).toEqual(large);
    const { output } = await ended(
      await replicate.predictions.create({ model: "me/http", ...get("/picture") }),
    );
    const answer = await fetch(String(output));
    expect([answer.headers.get("content-type"), await answer.text()]).toEqual([
      "image/png",
      "a picture",
    ]);
    expect((await fetch(String(output).replace(/ticket=.*/, "ticket=x"))).status).toBe(401);
  });

  it("sends a file in the input, since there is no place for files", async () => {
    const input = { value: new Blob(["a file"], { type: "text/plain" }) };
    const output = await replicate.run("me/simulate", { input });
    const text =
      typeof output === "string" ? output : String(await new Response(output as never).text());
    expect(text).toContain(text.startsWith("data:") ? "YSBmaWxl" : "a file");
  });

  it("is told by its webhook, which its own verifier takes with the secret that it asks for", async () => {
    const { key } = await replicate.webhooks.default.secret.get();
    expect(key).toBe(secret);
    const made = await replicate.predictions.create({
      model: "me/simulate",
      input: { value: { a: [1] } },
      webhook: `${other.url}/hook`,
      webhook_events_filter: ["output", "completed"],
    });
    await eventually(() => expect(other.received).toHaveLength(1));
    const { headers, body } = other.received[0] as OtherService["received"][number];
    const sent = { headers: headers as never, body };
    expect(await validateWebhook(sent as never, key)).toBe(true);
    const altered = { ...sent, body: `${body} ` };
    expect(await validateWebhook(altered as never, key)).toBe(false);
    expect(JSON.parse(body)).toMatchObject({
      id: made.id,
      status: "succeeded",
      input: { value: { a: [1] } },
      output: { a: [1] },
      urls: { get: `${on.served.url}/api/replicate/v1/predictions/${made.id}` },
    });
  });

  it("throws for a wrong token, an unknown kind, an unknown id and a bad input", async () => {
    const statusOf = async (promise: Promise<unknown>) => (await thrown(promise)).response?.status;
    const input = {};
    expect(await statusOf(connect("wrong").run("me/echo", { input }))).toBe(401);
    expect(await statusOf(replicate.run("me/none", { input }))).toBe(404);
    expect(await statusOf(replicate.predictions.get("0".repeat(30)))).toBe(404);
    const error = await thrown(start({ steps: -1 }));
    expect(error.response.status).toBe(422);
    expect(error.message).toContain("input.steps");
  });

  it("streams what work writes as it is written", async () => {
    const events: { event: string; data: string }[] = [];
    const told = async (count: number) =>
      eventually(() => expect(events.length).toBeGreaterThanOrEqual(count));
    const reading = (async () => {
      const stream = replicate.stream("me/write", { input: { prompt: "Write!" } });
      for await (const { event, data } of stream) events.push({ event, data });
    })();
    const work = await claimed(on.served.url, "write");
    expect(work.input).toEqual({ prompt: "Write!" });
    await work.write("one\ntwo ");
    await told(1);
    expect((await replicate.predictions.get(work.id)).output).toBe("one\ntwo ");
    await work.write("three");
    await told(2);
    await work.complete(null);
    await reading;
    expect(events).toEqual([
      { event: "output", data: "one\ntwo " },
      { event: "output", data: "three" },
      { event: "done", data: "{}" },
    ]);
    expect((await replicate.predictions.get(work.id)).output).toBe("one\ntwo three");
  });

  it("has the kinds as models, each with its version and its schema", async () => {
    const names: string[] = [];
    for await (const page of replicate.paginate(replicate.models.list)) {
      names.push(...page.map(({ owner, name }) => `${owner}/${name}`));
    }
    expect(names).toEqual(
      ["draw", "echo", "http", "simulate", "write"].map((name) => `edge/${name}`),
    );
    const model = await replicate.models.get("me", "simulate");
    expect(model).toMatchObject({
      url: `${on.served.url}/api/replicate/v1/models/me/simulate`,
      description: expect.stringContaining("progress"),
      latest_version: { id: "simulate" },
    });
    const { results } = await replicate.models.versions.list("me", "simulate");
    expect(results).toEqual([model.latest_version]);
    const version = await replicate.models.versions.get("me", "simulate", results[0]?.id ?? "");
    expect(version).toMatchObject({
      openapi_schema: { components: { schemas: { Input: { properties: { outcome: {} } } } } },
    });
    expect(await replicate.run(`me/simulate:${version.id}`, { input: { value: "x" } })).toBe("x");
  });

  it("makes images by @ai-sdk/replicate, which takes them of this origin alone", async () => {
    const picture = { input: { upstream: "up", method: "GET", path: "/picture" } };
    const { output } = await ended(
      await replicate.predictions.create({ model: "me/http", ...picture }),
    );
    const baseURL = `${on.served.url}/api/replicate/v1`;
    const provider = createReplicate({ apiToken: "test-token", baseURL });
    const call = {
      prompt: "a picture",
      n: 1,
      size: undefined,
      aspectRatio: undefined,
      seed: undefined,
      files: undefined,
      mask: undefined,
      providerOptions: { replicate: { maxWaitTimeInSeconds: 1 } },
    };
    const drawing = provider.image("me/draw").doGenerate(call);
    const work = await claimed(on.served.url, "draw");
    expect(work.input).toEqual({ prompt: "a picture", num_outputs: 1 });
    await work.complete([output]);
    const [image] = (await drawing).images;
    expect(new TextDecoder().decode(image as Uint8Array)).toBe("a picture");
  });

  it("goes on over kill -9", async () => {
    const made = await start({ duration: "3s", value: "kept" });
    await on.served.crash();
    await expect.poll(async () => (await replicate.predictions.get(made.id)).output).toBe("kept");
  });
});
