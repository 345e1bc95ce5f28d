import { createOpenAI } from "@ai-sdk/openai";
import OpenAI, { type APIError, AuthenticationError, BadRequestError, NotFoundError } from "openai";
import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";
import { eventually } from "../eventually.ts";
import { large, type OtherService, startOtherService } from "./other-service.ts";
import { claimed } from "./worker-elsewhere.ts";

// The clients of OpenAI's Responses API, unmodified, with their base URL here.

const secret = `whsec_${Buffer.from("k".repeat(32)).toString("base64")}`;
let other: OtherService;

const on = serving(async () => {
  other = await startOtherService();
  return {
    restarts: true,
    env: {
      SHARDS: "3",
      DEVELOPMENT: "true",
      EXTERNAL_KINDS: "write",
      UPSTREAMS: JSON.stringify({ up: other.url }),
      WEBHOOK_SECRET: secret,
    },
  };
});

afterAll(() => other.close());

let openai: OpenAI;
/** What its requests were. */
const asked: string[] = [];
beforeAll(() => {
  openai = connect("test-token");
});

function connect(apiKey: string): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL: `${on.served.url}/api/openai/v1`,
    fetch: (url, init) => {
      asked.push(`${init?.method} ${new URL(String(url)).pathname}`);
      return fetch(url, init);
    },
  });
}

const start = (input: object, more: object = {}) =>
  openai.responses.create({
    model: "simulate",
    input: JSON.stringify(input),
    background: true,
    ...more,
  });

async function ended(id: string) {
  let response = await openai.responses.retrieve(id);
  while (response.status === "queued" || response.status === "in_progress") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    response = await openai.responses.retrieve(id);
  }
  return response;
}

/** What the client throws. */
function thrown(promise: Promise<unknown>): Promise<APIError> {
  return promise.then(
    () => {
      throw new Error("It did not throw");
    },
    (error) => error,
  );
}

/** Begins a response whose work a test does. */
async function beginWriting(more: object = {}) {
  const { id: name } = await openai.responses.create({
    model: "write",
    input: "Write!",
    background: true,
    ...more,
  });
  const held = await claimed(on.served.url, "write");
  expect(name).toBe(`resp_${held.id}`);
  return { name, ...held };
}

describe("openai", () => {
  it("creates in the background, and retrieves up to the end", async () => {
    const value = { text: "grüße", list: [1, null, { a: [] }] };
    const made = await start({ duration: "1s", value }, { metadata: { team: "a" } });
    expect(made).toMatchObject({
      object: "response",
      status: expect.stringMatching(/^(queued|in_progress)$/),
      model: "simulate",
      metadata: { team: "a" },
      output: [],
      output_text: "",
    });
    const response = await ended(made.id);
    expect(response).toMatchObject({ id: made.id, status: "completed", error: null });
    expect(JSON.parse(response.output_text)).toEqual(value);
  });

  it("waits where it is not told to go on in the background", async () => {
    const text = '{"duration":"1s","value":"done"}';
    const response = await openai.responses.create({
      model: "simulate",
      input: [{ role: "user", content: [{ type: "input_text", text }] }],
    });
    expect([response.status, response.output_text]).toEqual(["completed", "done"]);
  });

  it("has a failure with code and message, and does not throw", async () => {
    const { id } = await start({ outcome: "fail", code: "no_funds", message: "No funds" });
    expect(await ended(id)).toMatchObject({
      status: "failed",
      error: { code: "server_error", message: "no_funds: No funds" },
      output: [],
    });
  });

  it("cancels, also what has ended, and deletes", async () => {
    const { id } = await start({ outcome: "hang" });
    expect(await openai.responses.cancel(id)).toMatchObject({ id, status: "cancelled" });
    expect((await openai.responses.cancel(id)).status).toBe("cancelled");
    await openai.responses.delete(id);
    expect(await thrown(openai.responses.retrieve(id))).toBeInstanceOf(NotFoundError);
  });

  it("streams what it makes, and its own stream puts the response together", async () => {
    const stream = openai.responses.stream({
      model: "simulate",
      input: JSON.stringify({ duration: "1s", value: "two\nlines" }),
    });
    let text = "";
    stream.on("response.output_text.delta", ({ delta }) => {
      text += delta;
    });
    const response = await stream.finalResponse();
    expect([text, response.output_text]).toEqual(["two\nlines", "two\nlines"]);
  });

  it("streams text as it is written, and resumes after any event by the same numbers", async () => {
    const { name, input, write, complete } = await beginWriting({ instructions: "Be brief." });
    expect(input).toEqual({ input: "Write!", instructions: "Be brief." });
    const events: ResponseStreamEvent[] = [];
    const first = await openai.responses.retrieve(name, { stream: true });
    await write("grü");
    for await (const event of first) {
      events.push(event);
      // The connection breaks off in the middle.
      if (event.type === "response.output_text.delta") break;
    }
    expect(events.at(-1)).toMatchObject({ delta: "grü" });
    await write("ße");
    const starting_after = events.at(-1)?.sequence_number ?? 0;
    const second = await openai.responses.retrieve(name, { stream: true, starting_after });
    await complete("grüße!");
    for await (const event of second) events.push(event);
    const deltas = events.flatMap((event) =>
      event.type === "response.output_text.delta" ? [event.delta] : [],
    );
    expect(deltas.join("")).toBe("grüße!");
    expect(events.at(-1)).toMatchObject({
      type: "response.completed",
      response: { output: [{ content: [{ text: "grüße!" }] }] },
    });
    const numbers = events.map((event) => event.sequence_number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    // Later, all of it again, whatever was seen by its accumulator.
    const whole = openai.responses.stream({ response_id: name });
    expect((await whole.finalResponse()).output_text).toBe("grüße!");
    for (const after of numbers) {
      const later = await openai.responses.retrieve(name, { stream: true, starting_after: after });
      const told: number[] = [];
      for await (const event of later) told.push(event.sequence_number);
      expect(told.at(-1) ?? numbers.at(-1)).toBe(numbers.at(-1));
      expect(Math.min(...told)).toBeGreaterThan(after);
    }
  });

  it("throws where what it was told is written anew, and gets what is in its place", async () => {
    const work = await beginWriting();
    await work.write("lost");
    const stream = await openai.responses.retrieve(work.name, { stream: true });
    let last = 0;
    const reading = (async () => {
      for await (const event of stream) last = event.sequence_number;
    })();
    await eventually(() => expect(last).toBeGreaterThan(3));
    await work.release();
    const again = await claimed(on.served.url, "write");
    expect(again.id).toBe(work.id);
    expect((await thrown(reading)).message).toContain("written again");
    await again.write("anew");
    await again.complete(null);
    const more = { stream: true, starting_after: last } as const;
    const resuming = (async () => {
      for await (const event of await openai.responses.retrieve(work.name, more)) void event;
    })();
    expect((await thrown(resuming)).message).toContain("written again");
    expect((await openai.responses.retrieve(work.name)).output_text).toBe("anew");
  });

  it("streams a failure and a cancel", async () => {
    const { id } = await start({ outcome: "fail", code: "x", message: "y" });
    const { id: hanging } = await start({ outcome: "hang" });
    const last = async (name: string) => {
      let at: ResponseStreamEvent | undefined;
      for await (const event of await openai.responses.retrieve(name, { stream: true })) at = event;
      return at;
    };
    expect(await last(id)).toMatchObject({
      type: "response.failed",
      response: { status: "failed", error: { message: "x: y" } },
    });
    const reading = last(hanging);
    await openai.responses.cancel(hanging);
    expect(await reading).toMatchObject({
      type: "response.failed",
      response: { status: "cancelled" },
    });
  });

  it("lists models, which are the kinds, in one page", async () => {
    const ids: string[] = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toEqual(["echo", "http", "simulate", "write"]);
    expect(await openai.models.retrieve("echo")).toMatchObject({ id: "echo", object: "model" });
  });

  it("gets a result of 1 MB, and of a file its URL", async () => {
    const get = async (path: string) => {
      const input = JSON.stringify({ upstream: "up", method: "GET", path });
      return openai.responses.create({ model: "http", input });
    };
    expect(JSON.parse((await get("/json")).output_text)).toEqual(large);
    const { resultUrl, mediaType } = JSON.parse((await get("/picture")).output_text);
    const headers = { authorization: "Bearer test-token" };
    expect([mediaType, await (await fetch(resultUrl, { headers })).text()]).toEqual([
      "image/png",
      "a picture",
    ]);
  });

  it("is told by its webhook, which its own verifier takes", async () => {
    const made = await start(
      { value: 1 },
      { metadata: { team: "a", webhook: `${other.url}/hook` } },
    );
    await eventually(() => expect(other.received).toHaveLength(1));
    const { headers, body } = other.received[0] as OtherService["received"][number];
    const sent = headers as Record<string, string>;
    const event = await openai.webhooks.unwrap(body, sent, secret);
    expect(event).toMatchObject({
      object: "event",
      type: "response.completed",
      created_at: expect.any(Number),
      data: { id: made.id },
    });
    await expect(openai.webhooks.unwrap(`${body} `, sent, secret)).rejects.toThrow(/signature/);
  });

  it("throws for a wrong token, an unknown model, an unknown id and a bad input, each at once", async () => {
    asked.length = 0;
    const create = (client: OpenAI, model: string, input = "{}") =>
      thrown(client.responses.create({ model, input }));
    expect(await create(connect("wrong"), "echo")).toBeInstanceOf(AuthenticationError);
    expect(await create(openai, "none")).toMatchObject({ status: 404, code: "kind-not-found" });
    const unknown = await thrown(openai.responses.retrieve(`resp_${"0".repeat(30)}`));
    expect(unknown).toBeInstanceOf(NotFoundError);
    expect(unknown.message).toContain("Cannot find operation");
    const bad = await create(openai, "simulate", '{"steps":-1}');
    expect(bad).toBeInstanceOf(BadRequestError);
    expect(bad).toMatchObject({ code: "validation-failed", param: "input.steps" });
    expect(asked).toHaveLength(4);
  });

  it("makes one response of a create that is repeated with its key", async () => {
    const body = { model: "echo", input: "once", background: true };
    const options = { headers: { "Idempotency-Key": "once" } };
    const made = await openai.responses.create(body, options);
    expect((await openai.responses.create(body, options)).id).toBe(made.id);
    asked.length = 0;
    const refused = await thrown(openai.responses.create({ ...body, input: "twice" }, options));
    expect([refused.status, asked.length]).toEqual([422, 1]);
  });

  it("goes on over kill -9, and a stream resumes", async () => {
    const { id } = await start({ duration: "3s", value: "kept" });
    const numbers: number[] = [];
    const reading = (async () => {
      const stream = await openai.responses.retrieve(id, { stream: true });
      for await (const event of stream) numbers.push(event.sequence_number);
    })().catch(() => {});
    await eventually(() => expect(numbers.length).toBeGreaterThan(1));
    await on.served.crash();
    await reading;
    openai = connect("test-token");
    const starting_after = numbers.at(-1) ?? 0;
    const stream = await openai.responses.retrieve(id, { stream: true, starting_after });
    for await (const event of stream) numbers.push(event.sequence_number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect((await openai.responses.retrieve(id)).output_text).toBe("kept");
  });
});

describe("@ai-sdk/openai", () => {
  const model = () =>
    createOpenAI({ apiKey: "test-token", baseURL: `${on.served.url}/api/openai/v1` }).responses(
      "simulate",
    );
  const prompt = (input: object) => [
    { role: "user" as const, content: [{ type: "text" as const, text: JSON.stringify(input) }] },
  ];

  it("generates a text, and streams one", async () => {
    const { content } = await model().doGenerate({ prompt: prompt({ value: "grüße" }) });
    expect(content).toMatchObject([{ type: "text", text: "grüße" }]);
    const { stream } = await model().doStream({ prompt: prompt({ duration: "1s", value: "ab" }) });
    const parts = [];
    for await (const part of stream) parts.push(part);
    expect(parts.filter(({ type }) => type === "error")).toEqual([]);
    const deltas = parts.flatMap((part) => (part.type === "text-delta" ? [part.delta] : []));
    expect(deltas.join("")).toBe("ab");
    expect(parts.at(-1)).toMatchObject({ type: "finish", finishReason: { unified: "stop" } });
  });

  it("throws for a failure and a wrong input", async () => {
    const failing = model().doGenerate({
      prompt: prompt({ outcome: "fail", code: "x", message: "y" }),
    });
    await expect(failing).rejects.toThrow("x: y");
    await expect(model().doGenerate({ prompt: prompt({ steps: -1 }) })).rejects.toThrow(
      /input.steps/,
    );
  });
});
