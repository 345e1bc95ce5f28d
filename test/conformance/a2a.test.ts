import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type SendMessageRequest, type StreamResponse, TaskState } from "@a2a-js/sdk";
import { type Client, ClientFactory } from "@a2a-js/sdk/client";
import {
  PushNotificationNotSupportedError,
  RequestMalformedError,
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from "@a2a-js/sdk/errors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";
import {
  atOnce,
  connect,
  contentsOf,
  dataPart,
  request,
  saidIn,
  taskOf,
  textPart,
  told,
} from "./a2a/agent.ts";

// The client of A2A 1.0, unmodified, in both of its bindings.

/** JSON of 1 MB. */
const large = { rows: Array.from({ length: 34_000 }, (_, at) => ({ at, text: "grüße" })) };
let upstream: Server;

const on = serving(async () => {
  upstream = createServer((asked, response) => {
    const isPicture = asked.url === "/picture";
    response.setHeader("content-type", isPicture ? "image/png" : "application/json");
    response.end(isPicture ? "a picture" : JSON.stringify(large));
  }).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  return {
    restarts: true,
    env: {
      AT_ROOT: "a2a",
      SHARDS: "3",
      DEVELOPMENT: "true",
      EXTERNAL_KINDS: "write",
      UPSTREAMS: JSON.stringify({ up: url }),
      TICKET_SECRET: "t".repeat(32),
    },
  };
});

afterAll(() => void upstream.close());

/** What the client throws. */
function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("It did not throw");
    },
    (error) => error,
  );
}

const simulate = (input: object, more = {}) => request(dataPart(input), "simulate", more);
const states = (events: readonly StreamResponse[]) =>
  events.flatMap(({ payload }) =>
    payload?.$case === "task" || payload?.$case === "statusUpdate"
      ? [payload.value.status?.state]
      : [],
  );

it("@a2a-js/sdk finds the card where it looks for one, and needs a token for all else", async () => {
  const client = await new ClientFactory().createFromUrl(on.served.url);
  expect((await client.getAgentCard()).name).toBe("Edge Operations");
  const refused = thrown(client.sendMessage(request(dataPart(1), "echo")));
  expect(await refused).toMatchObject({ message: expect.stringContaining("A token is required") });
});

describe.each(["HTTP+JSON", "JSONRPC"])("@a2a-js/sdk over %s", (binding) => {
  let client: Client;
  beforeAll(async () => {
    client = await connect(on.served.url, binding);
  });

  const send = async (asked: SendMessageRequest) => taskOf(await client.sendMessage(asked));
  const get = (id: string) => client.getTask({ tenant: "", id, historyLength: undefined });
  const cancel = (id: string) => client.cancelTask({ tenant: "", id, metadata: undefined });

  it("reads the card: the kinds are skills", async () => {
    expect(client.protocolVersion).toBe("1.0");
    const { skills, capabilities } = await client.getAgentCard();
    expect(skills.map(({ id }) => id)).toEqual(["echo", "http", "simulate", "write"]);
    expect(capabilities).toMatchObject({ streaming: true, pushNotifications: false });
  });

  it("sends data, waits, and gets the result", async () => {
    const value = { text: "grüße", list: [1, null, { a: [] }] };
    const task = await send(simulate({ duration: "1s", value }));
    expect(task.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(contentsOf(task)).toEqual({ result: value });
    expect(task.metadata).toMatchObject({ kind: "simulate" });
  });

  it("sends text, which may be JSON, and gets text", async () => {
    expect(contentsOf(await send(request(textPart("some text"), "echo")))).toEqual({
      result: "some text",
    });
    const task = await send(request(textPart('{"value":[1,2]}'), "simulate"));
    expect(contentsOf(task)).toEqual({ result: [1, 2] });
  });

  it("reads a failure with code and message", async () => {
    const task = await send(simulate({ outcome: "fail", code: "no_funds", message: "No funds" }));
    expect(task.status?.state).toBe(TaskState.TASK_STATE_FAILED);
    expect(saidIn(task.status)).toEqual(["no_funds: No funds"]);
    expect(task.metadata).toMatchObject({ errorCode: "no_funds" });
    expect(task.artifacts).toEqual([]);
  });

  it("does not wait where it does not want to, and the same message is the same task", async () => {
    const asked = atOnce(simulate({ duration: "1s", value: 1 }));
    const task = await send(asked);
    expect([TaskState.TASK_STATE_SUBMITTED, TaskState.TASK_STATE_WORKING]).toContain(
      task.status?.state,
    );
    expect((await send(asked)).id).toBe(task.id);
    await expect.poll(async () => contentsOf(await get(task.id))).toEqual({ result: 1 });
  });

  it("cancels, but nothing that has ended", async () => {
    const { id } = await send(atOnce(simulate({ outcome: "hang" })));
    expect((await cancel(id)).status?.state).toBe(TaskState.TASK_STATE_CANCELED);
    expect(await thrown(cancel(id))).toBeInstanceOf(TaskNotCancelableError);
    expect((await get(id)).status?.state).toBe(TaskState.TASK_STATE_CANCELED);
  });

  it("streams: the task, each change, the result, and the end", async () => {
    const asked = simulate({ duration: "4s", steps: 2, value: { a: [1] } });
    const events = await told(client.sendMessageStream(asked));
    expect(events[0]?.payload?.$case).toBe("task");
    const said = events.flatMap(({ payload }) =>
      payload?.$case === "statusUpdate" ? saidIn(payload.value.status) : [],
    );
    expect(said).toContain("step 1 of 2");
    expect(events.at(-2)?.payload).toMatchObject({
      $case: "artifactUpdate",
      value: { lastChunk: true, append: false, artifact: { artifactId: "result" } },
    });
    expect(states(events).at(-1)).toBe(TaskState.TASK_STATE_COMPLETED);
  });

  it("comes back to a task whose stream broke off, and not to one that has ended", async () => {
    const asked = simulate({ duration: "3s", steps: 6, value: "kept" });
    let id = "";
    for await (const { payload } of client.sendMessageStream(asked)) {
      if (payload?.$case === "task") id = payload.value.id;
      if (payload?.$case === "statusUpdate") break;
    }
    const again = () => client.resubscribeTask({ tenant: "", id });
    const events = await told(again());
    expect(events[0]?.payload).toMatchObject({ $case: "task", value: { id } });
    expect(states(events).at(-1)).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(await thrown(told(again()))).toBeInstanceOf(UnsupportedOperationError);
  });

  it("is told what work writes while it runs", async () => {
    const work = async (verb: string, body: object, method = "POST") => {
      const path = `/api/v1/operations${verb}`;
      const answer = await on.client.json(path, { method, body: JSON.stringify(body) });
      expect(answer.status).toBeLessThan(300);
    };
    const stream = client.sendMessageStream(request(textPart("{}"), "write"));
    const chunks: { text: unknown; append: boolean; lastChunk: boolean }[] = [];
    for await (const { payload } of stream) {
      if (payload?.$case === "task") {
        const { id } = payload.value;
        await work(":claim", { kinds: ["write"], lease: "1m" });
        await work(`/${id}`, { attempt: 1, output: "Once " }, "PATCH");
        await work(`/${id}`, { attempt: 1, output: "upon a time" }, "PATCH");
        await work(`/${id}:complete`, { attempt: 1, result: { words: 4 } });
      }
      if (payload?.$case === "artifactUpdate" && payload.value.artifact?.name === "output") {
        const { artifact, append, lastChunk } = payload.value;
        chunks.push({ text: artifact.parts[0]?.content?.value, append, lastChunk });
      }
    }
    expect(chunks[0]?.append).toBe(false);
    expect(chunks.slice(1).every(({ append }) => append)).toBe(true);
    expect(chunks.map(({ text }) => text).join("")).toBe("Once upon a time");
    expect(chunks.filter(({ lastChunk }) => lastChunk)).toEqual(chunks.slice(-1));
  });

  it("answers what a task asks, by a message", async () => {
    const asking = await send(simulate({ outcome: "ask", message: "What is it?" }));
    expect(asking.status?.state).toBe(TaskState.TASK_STATE_INPUT_REQUIRED);
    expect(saidIn(asking.status)).toEqual(["What is it?"]);
    const { id: taskId, contextId } = asking;
    const foreign = send(request(textPart("x"), undefined, { taskId, contextId: "another" }));
    expect(await thrown(foreign)).toBeInstanceOf(RequestMalformedError);
    const task = await send(request(textPart("forty-two"), undefined, { taskId, contextId }));
    expect(contentsOf(task)).toEqual({ result: { answer: "forty-two" } });
    const late = send(request(textPart("43"), undefined, { taskId }));
    expect(await thrown(late)).toBeInstanceOf(UnsupportedOperationError);
  });

  it("ends a stream where the task asks, and goes on with the stream of the answer", async () => {
    const events = await told(client.sendMessageStream(simulate({ outcome: "ask" })));
    expect(states(events).at(-1)).toBe(TaskState.TASK_STATE_INPUT_REQUIRED);
    const [first] = events;
    const taskId = first?.payload?.$case === "task" ? first.payload.value.id : "";
    const answer = request(dataPart({ a: [1] }), undefined, { taskId });
    const after = await told(client.sendMessageStream(answer));
    expect(states(after).at(-1)).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(contentsOf(await get(taskId))).toEqual({ result: { answer: { a: [1] } } });
  });

  it("keeps the context of a client, and lists the tasks in it page by page, newest first", async () => {
    const contextId = crypto.randomUUID();
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4, 5]) {
      const task = await send(request(dataPart(n), "echo", { contextId }));
      expect(task.contextId).toBe(contextId);
      ids.unshift(task.id);
    }
    const list = async (more: object) =>
      client.listTasks({
        tenant: "",
        contextId,
        status: TaskState.TASK_STATE_UNSPECIFIED,
        pageSize: 2,
        pageToken: "",
        historyLength: undefined,
        statusTimestampAfter: undefined,
        includeArtifacts: undefined,
        ...more,
      });
    const found: string[] = [];
    for (let pageToken = "", pages = 0; pages === 0 || pageToken !== ""; pages++) {
      const page = await list({ pageToken });
      expect(page.pageSize).toBe(2);
      expect(page.tasks.every(({ artifacts }) => artifacts.length === 0)).toBe(true);
      found.push(...page.tasks.map(({ id }) => id));
      pageToken = page.nextPageToken;
    }
    expect(found).toEqual(ids);
    const status = TaskState.TASK_STATE_COMPLETED;
    const whole = await list({ status, pageSize: 100, includeArtifacts: true });
    expect(whole.totalSize).toBe(5);
    expect(whole.tasks.map((task) => contentsOf(task).result)).toEqual([5, 4, 3, 2, 1]);
    const failed = await list({ status: TaskState.TASK_STATE_FAILED });
    expect(failed).toMatchObject({ tasks: [], nextPageToken: "", totalSize: 0 });
  });

  it("gets a result of 1 MB whole, and the URL of one that is no JSON, which lets in by itself", async () => {
    const proxied = (path: string) =>
      request(dataPart({ upstream: "up", method: "GET", path }), "http");
    expect(contentsOf(await send(proxied("/json")))).toEqual({ result: large });
    const { result } = contentsOf(await send(proxied("/picture")));
    const answer = await fetch(String(result));
    expect([answer.headers.get("content-type"), await answer.text()]).toEqual([
      "image/png",
      "a picture",
    ]);
    expect((await fetch(String(result).replace(/ticket=.*/, "ticket=x"))).status).toBe(401);
  });

  it("throws for a wrong token, an unknown id, an unknown skill, a bad input, and push", async () => {
    const stranger = await connect(on.served.url, binding, "wrong");
    const refused = thrown(stranger.getTask({ tenant: "", id: "a", historyLength: undefined }));
    expect(await refused).toMatchObject({ message: "The token is not known" });
    expect(await thrown(get("0".repeat(30)))).toBeInstanceOf(TaskNotFoundError);
    expect(await thrown(cancel("0".repeat(30)))).toBeInstanceOf(TaskNotFoundError);
    expect(await thrown(send(request(dataPart(1), "none")))).toMatchObject({
      name: "RequestMalformedError",
      message: expect.stringMatching(/must be the name of a skill, not "none": echo, http,/),
    });
    const bad = await thrown(send(simulate({ steps: -1 })));
    expect(bad).toBeInstanceOf(RequestMalformedError);
    expect(String(bad)).toContain("input.steps");
    // Nor does it push, whatever its card said to the client.
    const pushing = await connect(on.served.url, binding);
    Object.assign((await pushing.getAgentCard()).capabilities ?? {}, { pushNotifications: true });
    const { id: taskId } = await send(request(dataPart(1), "echo"));
    const config = { tenant: "", id: "a", taskId, url: "https://a.test", token: "" };
    const asked = pushing.createTaskPushNotificationConfig({
      ...config,
      authentication: undefined,
    });
    expect(await thrown(asked)).toBeInstanceOf(PushNotificationNotSupportedError);
  });

  it("finds its task after kill -9", async () => {
    const { id } = await send(atOnce(simulate({ duration: "3s", value: "kept" })));
    await on.served.crash();
    await expect.poll(async () => contentsOf(await get(id))).toEqual({ result: "kept" });
  });
});
