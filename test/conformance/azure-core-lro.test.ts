import {
  createHttpPoller,
  type OperationResponse,
  type OperationState,
  type RunningOperation,
} from "@azure/core-lro";
import { describe, expect, it } from "vitest";
import type { CreateBody, Monitor } from "../e2e/client.ts";
import { serving } from "../e2e/serving.ts";

// The poller of every Azure SDK, unmodified. Around it stands what a generated client has: a
// function that sends the first request, one that polls, and a RestError for an unexpected status.

const on = serving();

describe("createHttpPoller", () => {
  it("drives create, poll and result", async () => {
    const value = { answer: 42, status: "of no concern" };
    const sent = running({ kind: "simulate", input: { duration: "3s", steps: 3, value } });
    const places: string[] = [];
    const seen: OperationState<unknown>[] = [];
    const poller = createHttpPoller<unknown, OperationState<unknown>>(sent.operation, {
      intervalInMs: 10,
      withOperationLocation: (place) => places.push(place),
    });
    poller.onProgress((state) => seen.push({ ...state }));

    expect(await poller.pollUntilDone()).toEqual(value);
    expect(poller.isDone).toBe(true);
    expect(poller.operationState?.status).toBe("succeeded");
    expect(poller.result).toEqual(value);
    expect(seen.map(({ status }) => status).slice(-2)).toEqual(["running", "succeeded"]);

    const { self, result } = sent.monitor().links;
    expect(places).toEqual([self]);
    // The last request is for the result, at the Location of the first answer.
    expect(sent.polled.at(-1)).toBe(result);
    expect(new Set(sent.polled)).toEqual(new Set([self, result]));
    // At its own interval it would have polled a hundred times: Retry-After is honoured.
    expect(sent.polled.length).toBeLessThan(10);
  });

  it("hands on a failure with its code and message", async () => {
    const input = { outcome: "fail", duration: "100ms", code: "teapot", message: "No coffee here" };
    const { operation } = running({ kind: "simulate", input });
    const poller = createHttpPoller(operation, { intervalInMs: 10 });
    await expect(poller.pollUntilDone()).rejects.toThrow(
      "The long-running operation has failed. teapot. No coffee here",
    );
    expect(poller.operationState?.status).toBe("failed");
    expect(poller.operationState?.error?.message).toContain("teapot");
  });

  it("resolves with the failed operation where that is asked for", async () => {
    const input = { outcome: "fail", code: "teapot", message: "No coffee here" };
    const { operation } = running({ kind: "simulate", input });
    const options = { intervalInMs: 10, resolveOnUnsuccessful: true };
    const poller = createHttpPoller<Monitor, OperationState<Monitor>>(operation, options);
    expect(await poller).toMatchObject({
      status: "failed",
      error: { code: "teapot", message: "No coffee here" },
    });
  });

  it("reports a missed deadline as a failure, and does not poll for ever", async () => {
    const input = { outcome: "hang" };
    const { operation } = running({ kind: "simulate", input, deadline: "300ms" });
    const poller = createHttpPoller(operation, { intervalInMs: 10 });
    await expect(poller.pollUntilDone()).rejects.toThrow("has failed. deadline_exceeded. ");
  });

  it("ends as canceled once its client has asked to cancel", async () => {
    const sent = running({ kind: "simulate", input: { outcome: "hang" } });
    const poller = createHttpPoller(sent.operation, { intervalInMs: 10 });
    await poller.submitted();
    expect((await poller.poll()).status).toBe("running");
    const asked = await on.client.cancel(sent.monitor().id);
    expect(asked.status).toBe(202);
    await expect(poller.pollUntilDone()).rejects.toThrow("Operation was canceled");
    expect(poller.operationState?.status).toBe("canceled");
  });

  it("ends as canceled where the cancel was asked before the first poll", async () => {
    const sent = running({ kind: "echo", startAfter: "1h" }, async (monitor) => {
      expect((await on.client.cancel(monitor.id)).status).toBe(200);
    });
    const poller = createHttpPoller(sent.operation, { intervalInMs: 10 });
    await expect(poller.pollUntilDone()).rejects.toThrow("Operation was canceled");
    expect(poller.operationState?.status).toBe("canceled");
  });

  it("stops polling when aborted, and the operation goes on", async () => {
    const input = { duration: "2s", value: "kept on" };
    const sent = running({ kind: "simulate", input });
    const abort = new AbortController();
    const poller = createHttpPoller(sent.operation, { intervalInMs: 10 });
    poller.onProgress(() => abort.abort());
    await expect(poller.pollUntilDone({ abortSignal: abort.signal })).rejects.toThrow(/abort/i);
    expect((await on.client.ended(sent.monitor().id)).result).toBe("kept on");
  });

  it("goes on from its serialized state", async () => {
    const sent = running({ kind: "simulate", input: { duration: "500ms", value: "resumed" } });
    const first = createHttpPoller(sent.operation, { intervalInMs: 10 });
    const restoreFrom = await first.serialize();
    const operation: RunningOperation<unknown> = {
      ...sent.operation,
      sendInitialRequest: () => Promise.reject(new Error("sent twice")),
    };
    const second = createHttpPoller(operation, { intervalInMs: 10, restoreFrom });
    expect(await second.pollUntilDone()).toBe("resumed");
  });

  it("takes the finished answer of a create that waited", async () => {
    const sent = running({ kind: "echo", input: [1, 2] }, undefined, "?sync=true&timeout=10s");
    const poller = createHttpPoller(sent.operation, { intervalInMs: 10 });
    expect(await poller.pollUntilDone()).toEqual([1, 2]);
    expect(sent.monitor().status).toBe("succeeded");
  });

  it("fails with our code and message when the operation is gone", async () => {
    const sent = running({ kind: "echo" }, async ({ id }) => {
      await on.client.ended(id);
      await on.client.raw(`/api/v1/operations/${id}`, { method: "DELETE" });
    });
    // A client that leaves it to the poller to read the status of an answer.
    const lenient = { ...sent.operation, sendPollRequest: (url: string) => poll(url, undefined) };
    const poller = createHttpPoller(lenient, { intervalInMs: 10 });
    await expect(poller.pollUntilDone()).rejects.toThrow(
      /has failed\. operation-not-found\. Cannot find operation/,
    );
  });

  it("raises the RestError of a client that checks statuses", async () => {
    const sent = running({ kind: "nobody-does-this" });
    const poller = createHttpPoller(sent.operation, { intervalInMs: 10 });
    await expect(poller.pollUntilDone()).rejects.toMatchObject({
      name: "RestError",
      statusCode: 404,
      code: "kind-not-found",
    });
  });
});

/** What a generated client hands to the poller, and what it noted on the way. */
function running(
  body: CreateBody,
  created: (monitor: Monitor) => Promise<void> = async () => {},
  query = "",
) {
  const polled: string[] = [];
  let monitor: Monitor | undefined;
  const operation: RunningOperation<unknown> = {
    async sendInitialRequest() {
      const first = await send("POST", `${on.served.url}/api/v1/operations${query}`, {
        body: JSON.stringify(body),
      });
      check(first);
      monitor = first.flatResponse as Monitor;
      await created(monitor);
      return first;
    },
    async sendPollRequest(url, options) {
      polled.push(url);
      return check(await poll(url, options?.abortSignal as AbortSignal | undefined));
    },
  };
  return {
    operation,
    polled,
    monitor(): Monitor {
      if (!monitor) throw new Error("nothing was created");
      return monitor;
    },
  };
}

function poll(url: string, signal: AbortSignal | undefined): Promise<OperationResponse<unknown>> {
  return send("GET", url, signal ? { signal } : {});
}

async function send(
  method: string,
  url: string,
  init: RequestInit,
): Promise<OperationResponse<unknown>> {
  const answer = await on.client.json<unknown>(url, { ...init, method });
  return {
    flatResponse: answer.body,
    rawResponse: {
      statusCode: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: answer.body as { status?: string },
      request: { method, url },
    },
  };
}

/** What generated clients do with a status that their description does not name. */
function check(response: OperationResponse<unknown>): OperationResponse<unknown> {
  const { statusCode, body } = response.rawResponse;
  if (statusCode === 200 || statusCode === 202) return response;
  const { error } = body as { error?: { code?: string; message?: string } };
  throw Object.assign(new Error(error?.message ?? `Unexpected status code: ${statusCode}`), {
    name: "RestError",
    statusCode,
    code: error?.code,
  });
}
