import { describe, expect, test, vi } from "vitest";
import { failure } from "../../../src/core/errors.ts";
import type { OutputPlace } from "../../../src/core/output.ts";
import type { Snapshot } from "../../../src/core/reply.ts";
import { answerInEvents } from "../../../src/dialects/a2a/events.ts";
import type { Told } from "../../../src/dialects/a2a/method.ts";
import { restFraming } from "../../../src/dialects/a2a/rest.ts";
import { rpcFraming } from "../../../src/dialects/a2a/rpc.ts";
import { taskStream } from "../../../src/dialects/a2a/stream.ts";
import type { Asked } from "../../../src/edge/exchange.ts";
import { echo } from "../../../src/kinds/echo.ts";
import type { OutputPiece } from "../../../src/map/output-reader.ts";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { Tenant } from "../../edge/tenant.ts";
import { Writer } from "../native/watching/writer.ts";
import { answerOf, data, message } from "./ask.ts";

freshTenant();

const base = "/api/a2a/v1";

interface Event {
  readonly task?: { readonly id: string; readonly artifacts: object[] };
  readonly statusUpdate?: {
    readonly status: { readonly state: string; readonly message?: object };
  };
  readonly artifactUpdate?: {
    readonly artifact: { readonly artifactId: string; readonly parts: { readonly text: string }[] };
    readonly append: boolean;
    readonly lastChunk: boolean;
  };
}

/** Reads the stream of a task, and lets the test do something each time that it has told something. */
async function subscribed(id: string, then: (events: readonly Event[]) => Promise<void>) {
  const response = await tenant.send(`${base}/tasks/${id}:subscribe`, { method: "POST" });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const events: Event[] = [];
  let rest = "";
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    rest += text;
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks.filter((one) => one.startsWith("data: "))) {
      events.push(JSON.parse(block.slice("data: ".length)) as Event);
      await then(events);
    }
  }
  return events;
}

/** What a client has of the output, which puts it together as it is told. */
function outputOf(events: readonly Event[]): string {
  let text = "";
  for (const { artifactUpdate: update } of events) {
    if (update?.artifact.artifactId !== "output") continue;
    const told = update.artifact.parts[0]?.text ?? "";
    text = update.append ? text + told : told;
  }
  return text;
}

const bytes = (text: string): OutputPiece => ({
  type: "bytes",
  bytes: new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>,
});

/**
 * What is told of a task whose output is read by these readers, one after the other. Where one comes to
 * "end", the task becomes what it becomes, and the reader hears of nothing more for a while.
 */
async function toldOf(readers: (readonly (OutputPiece | "end")[])[], becomes: object) {
  const op = { id: "01m8", kind: "echo", labels: {}, version: 1, updatedAt: 0, createdAt: 0 };
  const at = (more: object) => ({ op: { ...op, ...more } }) as unknown as Snapshot;
  const places: OutputPlace[] = [];
  const { promise, resolve } = Promise.withResolvers<Snapshot>();
  const map = {
    // It changes once.
    wait: ({ after }: { after: number }) => (after === 1 ? promise : new Promise<never>(() => {})),
    output: async (_: string, place: OutputPlace) => {
      places.push(place);
      const pieces = [...(readers.shift() ?? [])];
      const reader = {
        place,
        next: async () => {
          const piece = pieces.shift();
          if (piece !== "end") {
            if (piece?.type === "reset") reader.place = { offset: piece.offset };
            return piece;
          }
          resolve(at({ version: 2, ...becomes }));
          return scheduler.wait(200).then(() => undefined);
        },
        close: () => {},
      };
      return { reader };
    },
  };
  const request = { signal: new AbortController().signal };
  const exchange = { map, request, base: "" } as unknown as Asked;
  const events: Event[] = [];
  const stream = taskStream(exchange, { snapshot: at({ status: "running" }), mayRead: true });
  for await (const event of stream) events.push(JSON.parse(event) as Event);
  return { events, places };
}

describe("a stream", () => {
  test("tells what work writes as it does, and of its last chunk; elsewhere it is a URL", async () => {
    const writer = await Writer.begin();
    await writer.write("grü");
    let step = 0;
    const events = await subscribed(writer.id, async (told) => {
      if (step === 0 && outputOf(told) === "grü") {
        step = 1;
        await writer.write("ße");
      } else if (step === 1 && outputOf(told) === "grüße") {
        step = 2;
        await writer.end('{"a":1}');
      }
    });
    const url = `https://edge.test/api/v1/operations/${writer.id}/output`;
    const linked = { artifactId: "output", parts: [{ url, mediaType: "text/plain" }] };
    expect(events[0]?.task?.artifacts).toMatchObject([linked]);
    expect(outputOf(events)).toBe("grüße");
    const updates = events.flatMap(({ artifactUpdate }) => artifactUpdate ?? []);
    expect(updates.map(({ append }) => append)).toEqual([false, true, true, false]);
    expect(updates.map(({ lastChunk }) => lastChunk)).toEqual([false, false, true, true]);
    expect(events.at(-1)?.statusUpdate?.status.state).toBe("TASK_STATE_COMPLETED");
    const { body } = await answerOf(await tenant.send(`${base}/tasks/${writer.id}`));
    expect(body.artifacts).toMatchObject([
      linked,
      { artifactId: "result", parts: [{ data: { a: 1 } }] },
    ]);
    expect(await (await tenant.send(url)).text()).toBe("grüße");
  });

  test("what is lost is replaced by what another attempt writes", async () => {
    const writer = await Writer.begin();
    await writer.write("first");
    let step = 0;
    const events = await subscribed(writer.id, async (told) => {
      if (step === 0 && outputOf(told) === "first") {
        step = 1;
        await writer.lose();
        await writer.write("second");
      } else if (step === 1 && outputOf(told) === "second") {
        step = 2;
        await writer.end();
      }
    });
    expect(outputOf(events)).toBe("second");
  });

  test("what still holds is told again, since a chunk replaces all of an artifact", async () => {
    const reset = { type: "reset", offset: 5 } as const;
    const readers = [
      [bytes("kept lost"), reset],
      [bytes("kept "), bytes("new"), "end" as const],
    ];
    const failed = { status: "failed", error: { code: "x", message: "y" } };
    const { events, places } = await toldOf(readers, failed);
    expect(outputOf(events)).toBe("kept new");
    expect(places).toEqual([{ offset: 0 }, { offset: 0 }]);
  });

  test("what a reader has not heard of yet is read before a question is told", async () => {
    const inputRequest = { schema: "{}" };
    const asking = { status: "input_required", inputRequest };
    const { events, places } = await toldOf([[bytes("a"), "end"], [bytes("bc")]], asking);
    expect(outputOf(events)).toBe("abc");
    expect(places).toEqual([{ offset: 0 }, { offset: 1 }]);
    expect(events.at(-1)?.statusUpdate?.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
  });

  test("ends where the task asks, with what was written before", async () => {
    vi.spyOn(echo, "run").mockImplementation(async (_, op) => {
      // The stream has begun by then.
      await scheduler.wait(300);
      await op.write("before the question");
      return op.ask(echo.input, "Well?");
    });
    const asking = await answerOf(await tenant.send(`${base}/message:stream`, { json: data(1) }));
    expect(outputOf(asking.body)).toBe("before the question");
    expect(asking.body.at(-1).statusUpdate.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
  });

  test("goes on with the stream of the answer", async () => {
    const json = data({ outcome: "ask", message: "Well?" }, "simulate");
    const { body } = await answerOf(await tenant.send(`${base}/message:stream`, { json }));
    const last = body.at(-1).statusUpdate.status;
    expect(last).toMatchObject({
      state: "TASK_STATE_INPUT_REQUIRED",
      message: { role: "ROLE_AGENT", parts: [{ text: "Well?" }, {}] },
    });
    const { id } = body[0].task;
    const again = await answerOf(await tenant.send(`${base}/tasks/${id}:subscribe`));
    expect(again.body).toMatchObject([{ task: { id, status: { state: last.state } } }]);
    const answer = { message: message([{ text: "42" }], { taskId: id }) };
    const after = await answerOf(await tenant.send(`${base}/message:stream`, { json: answer }));
    expect(after.body.at(-1).statusUpdate.status.state).toBe("TASK_STATE_COMPLETED");
    expect(after.body.at(-2).artifactUpdate.artifact.parts).toMatchObject([
      { data: { answer: 42 } },
    ]);
  });

  test("tells a reader in each binding", async () => {
    const config = { EXTERNAL_KINDS: "resize" };
    const { id } = await tenant.create({ kind: "resize" }, "", { config });
    const rpc = { jsonrpc: "2.0", id: "s", method: "SubscribeToTask", params: { id } };
    const streams = await Promise.all([
      tenant.send(`${base}/tasks/${id}:subscribe`),
      tenant.send("/api/a2a/rpc", { json: rpc }),
    ]);
    const texts = streams.map((stream) => stream.text());
    await expect.poll(async () => (await tenant.stats()).waiters).toBeGreaterThan(1);
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    const [rest = "", inRpc = ""] = await Promise.all(texts);
    expect(rest).toContain("TASK_STATE_CANCELED");
    expect(inRpc.match(/"id":"s"/g)?.length).toBe(2);
  });

  test("breaks off with an error of the protocol where the task cannot be read, in either binding", async () => {
    const { log } = { log: { error: () => {} } };
    const exchange = { log, ctx: { abort: () => {} } } as unknown as Asked;
    const breaking = async function* (): Told {
      yield "{}";
      return failure("unavailable", "Not now");
    };
    const inRest = answerInEvents(exchange, breaking(), restFraming);
    expect(await inRest.text()).toBe(
      'data: {}\n\nevent: error\ndata: {"error":{"code":503,"status":"UNAVAILABLE","message":"Not now","details":[]}}\n\n',
    );
    const inRpc = answerInEvents(exchange, breaking(), rpcFraming(7));
    expect(await inRpc.text()).toBe(
      'data: {"jsonrpc":"2.0","id":7,"result":{}}\n\ndata: {"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"Not now"}}\n\n',
    );
  });

  test("who may only write is told nothing of what the work of others has made", async () => {
    const writer = await Writer.begin();
    await writer.write("secret");
    const only = await Tenant.make(["write"], tenant.name);
    const asked = await only.send(`${base}/tasks/${writer.id}:subscribe`, { method: "POST" });
    expect(asked.status).toBe(403);
    const { body } = await answerOf(
      await only.send(`${base}/tasks/${writer.id}:cancel`, { method: "POST" }),
    );
    expect(JSON.stringify(body)).not.toContain("/output");
  });
});
