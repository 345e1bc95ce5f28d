import { type ApiError, createFalClient, type FalClient, ValidationError } from "@fal-ai/client";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";
import { eventually } from "../eventually.ts";
import { large, type OtherService, startOtherService } from "./other-service.ts";

// The client of fal.ai, unmodified. It knows the hosts of fal alone, so it is told of a proxy.

const secret = `whsec_${Buffer.from("k".repeat(32)).toString("base64")}`;
let other: OtherService;

const on = serving(async () => {
  other = await startOtherService();
  return {
    restarts: true,
    env: {
      SHARDS: "3",
      DEVELOPMENT: "true",
      UPSTREAMS: JSON.stringify({ up: other.url }),
      WEBHOOK_SECRET: secret,
      TICKET_SECRET: "t".repeat(32),
    },
  };
});

afterAll(() => other.close());

let fal: FalClient;
beforeAll(() => {
  fal = connect("test-token");
});

function connect(credentials: string): FalClient {
  const proxyUrl = { url: `${on.served.url}/api/fal`, when: "always" } as const;
  return createFalClient({ credentials, proxyUrl, retry: { maxRetries: 0 } });
}

const submit = async (input: object, at = "me/simulate") =>
  (await fal.queue.submit(at, { input })).request_id;

/** What the client throws. */
function thrown(promise: Promise<unknown>): Promise<ApiError<{ detail: unknown }>> {
  return promise.then(
    () => {
      throw new Error("It did not throw");
    },
    (error) => error,
  );
}

async function ended(requestId: string): Promise<void> {
  await fal.queue.subscribeToStatus("me/simulate", { requestId, pollInterval: 50 });
}

describe("@fal-ai/client", () => {
  it("subscribes, is told where it stands and what the work says, and gets the result", async () => {
    const heard: { status: string; logs?: { message: string }[] }[] = [];
    const value = { text: "grüße", list: [1, null, { a: [] }] };
    const { data, requestId } = await fal.subscribe("me/simulate", {
      input: { duration: "4s", steps: 2, value },
      logs: true,
      pollInterval: 100,
      onQueueUpdate: (update) => heard.push(update as (typeof heard)[number]),
    });
    expect(data).toEqual(value);
    expect(requestId).toMatch(/^\w{30}$/);
    expect(new Set(heard.map(({ status }) => status))).toEqual(
      new Set(
        ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"].slice(heard[0]?.status === "IN_QUEUE" ? 0 : 1),
      ),
    );
    const said = heard.flatMap(({ logs = [] }) => logs.map(({ message }) => message));
    expect(said).toEqual(expect.arrayContaining(["50% step 1 of 2", "100% step 2 of 2"]));
  });

  it("reads the stream of statuses to its end", async () => {
    const requestId = await submit({ duration: "4s", steps: 2, value: 7 }, "workflows/me/simulate");
    const statuses: string[] = [];
    const last = await fal.queue.subscribeToStatus("workflows/me/simulate", {
      requestId,
      mode: "streaming",
      logs: true,
      onQueueUpdate: ({ status }) => statuses.push(status),
    });
    expect(last).toMatchObject({ status: "COMPLETED", request_id: requestId });
    expect(statuses.at(-1)).toBe("COMPLETED");
    expect(statuses.length).toBeGreaterThan(1);
    expect((await fal.queue.result("me/simulate", { requestId })).data).toBe(7);
  });

  it("throws a failure at the result, with code and message, after COMPLETED", async () => {
    const requestId = await submit({ outcome: "fail", code: "no_funds", message: "No funds" });
    await ended(requestId);
    const error = await thrown(fal.queue.result("me/simulate", { requestId }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({
      status: 422,
      message: "no_funds: No funds",
      body: { detail: "no_funds: No funds" },
      requestId,
    });
  });

  it("cancels; a result is 499 then, and before the end 400; what has ended cannot be canceled", async () => {
    const requestId = await submit({ outcome: "hang" });
    expect(await thrown(fal.queue.result("me/simulate", { requestId }))).toMatchObject({
      status: 400,
      message: "Request is still in progress",
    });
    await fal.queue.cancel("me/simulate", { requestId });
    await ended(requestId);
    expect(await thrown(fal.queue.result("me/simulate", { requestId }))).toMatchObject({
      status: 499,
      message: expect.stringMatching(/^canceled: /),
    });
    expect(await thrown(fal.queue.cancel("me/simulate", { requestId }))).toMatchObject({
      status: 400,
      body: { status: "ALREADY_COMPLETED" },
    });
  });

  it("is told what is wrong with an input, and where", async () => {
    const error = await thrown(submit({ steps: -1 }));
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).getFieldErrors("steps")).toMatchObject([
      { loc: ["body", "steps"], msg: expect.any(String), type: "value_error" },
    ]);
  });

  it("throws for a wrong token, an unknown kind, an unknown request and another host", async () => {
    const wrong = connect("wrong").queue.submit("me/echo", { input: {} });
    const message = "The token is not known";
    expect(await thrown(wrong)).toMatchObject({ status: 401, message, body: { detail: message } });
    expect(await thrown(submit({}, "me/none"))).toMatchObject({
      status: 404,
      message: expect.stringContaining('Cannot find kind "none"'),
    });
    const requestId = "0".repeat(30);
    const at = { requestId };
    expect(await thrown(fal.queue.result("me/echo", at))).toMatchObject({ status: 404 });
    expect(await thrown(fal.queue.status("me/echo", at))).toMatchObject({ status: 404 });
    expect(await thrown(fal.queue.cancel("me/echo", at))).toMatchObject({
      status: 404,
      body: { status: "NOT_FOUND" },
    });
    expect(await thrown(fal.run("me/echo", { input: {} }))).toMatchObject({ status: 404 });
  });

  it("gets a result of 1 MB whole, and the URL of a file, which lets in by itself", async () => {
    const get = (path: string) => ({ input: { upstream: "up", method: "GET", path } });
    const subscribed = await fal.subscribe("me/http", { ...get("/json"), pollInterval: 50 });
    expect(subscribed.data).toEqual(large);
    const { data } = await fal.subscribe("me/http", { ...get("/picture"), pollInterval: 50 });
    const file = data as { url: string; content_type: string; file_size: number };
    expect(file).toMatchObject({ content_type: "image/png", file_size: 9 });
    const answer = await fetch(file.url);
    expect([answer.headers.get("content-type"), await answer.text()]).toEqual([
      "image/png",
      "a picture",
    ]);
    expect((await fetch(file.url.replace(/ticket=.*/, "ticket=x"))).status).toBe(401);
  });

  it("is told by its webhook in its own form, signed as Standard Webhooks are", async () => {
    const webhookUrl = `${other.url}/hook`;
    const made = await fal.queue.submit("me/echo", { input: { a: [1] }, webhookUrl });
    await eventually(() => expect(other.received).toHaveLength(1));
    const [request] = other.received;
    const headers = request?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(request?.body ?? "", headers)).toEqual({
      request_id: made.request_id,
      gateway_request_id: made.request_id,
      status: "OK",
      payload: { a: [1] },
    });
  });

  it("polls the URLs of the answer without a header, as Python's client does", async () => {
    const made = await fal.queue.submit("me/echo", { input: { a: 1 } });
    const headers = { authorization: "Key test-token" };
    const { status_url, response_url } = made as unknown as Record<string, string>;
    await eventually(async () => {
      expect((await fetch(status_url ?? "", { headers })).status).toBe(200);
    });
    expect(await (await fetch(response_url ?? "", { headers })).json()).toEqual({ a: 1 });
  });

  it("goes on over kill -9", async () => {
    const requestId = await submit({ duration: "3s", value: "kept" });
    await on.served.crash();
    await ended(requestId);
    expect((await fal.queue.result("me/simulate", { requestId })).data).toBe("kept");
  });
});
