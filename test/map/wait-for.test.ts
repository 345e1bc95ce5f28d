import { describe, expect, test, vi } from "vitest";
import { notFound } from "../../src/core/errors.ts";
import { apply } from "../../src/core/operation/apply.ts";
import { createOperation } from "../../src/core/operation/create.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import type { Reply, Snapshot } from "../../src/core/reply.ts";
import { once } from "../../src/core/retry.ts";
import { type Wait, waitFor } from "../../src/map/wait-for.ts";
import type { OperationsStub } from "../../src/object/address.ts";
import { eventually } from "../eventually.ts";

const id = "01m803hdvb0000000ztj2s59beh0pd";
const spec = { id, kind: "echo", ttl: 1_000, deadline: 60_000, retry: once, labels: {} };
const running = createOperation(spec, Date.now());
const changed: Operation = { ...running, version: 2 };
const outcome = { type: "succeeded", result: { mediaType: "application/json", size: 2 } } as const;
const succeeded = apply(changed, { type: "finish", attempt: 1, outcome, jitter: 0 }, Date.now());

/** What a fake object does with one waiter: frames and how the socket ends, an answer, or a throw. */
type Turn =
  | { readonly frames: readonly Operation[]; readonly close?: true }
  | { readonly answer: Reply<Snapshot> }
  | { readonly thrown: string };

/** An object that takes its waiters as it is told, one turn after the other. */
function fakeObject(turns: readonly Turn[], read: () => Reply<Snapshot> = () => ({ op: running })) {
  const left = [...turns];
  const closed = vi.fn();
  const fetch = vi.fn(async () => {
    const turn = left.shift() ?? { thrown: "asked too often" };
    if ("thrown" in turn) throw new Error(turn.thrown);
    if ("answer" in turn) return Response.json(turn.answer);
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    server.addEventListener("close", closed);
    for (const op of turn.frames) server.send(JSON.stringify({ op }));
    if (turn.close) server.close(1001, "gone");
    return new Response(null, { status: 101, webSocket: client });
  });
  const reads = vi.fn(async () => JSON.stringify(read()));
  const stub = { fetch, read: reads } as unknown as OperationsStub;
  return { stub, fetch, reads, closed };
}

function waitOf(more: Partial<Wait> = {}): Wait {
  return { id, milliseconds: 20_000, signal: new AbortController().signal, ...more };
}

describe("waitFor", () => {
  test("answers at once where the object does", async () => {
    const { stub, reads } = fakeObject([{ answer: { op: succeeded } }]);
    expect(await waitFor(() => stub, waitOf())).toEqual({ op: succeeded });
    expect(reads).not.toHaveBeenCalled();
  });

  test("answers what is wrong, and asks no more", async () => {
    const { stub, fetch } = fakeObject([{ answer: { error: notFound(id) } }]);
    expect(await waitFor(() => stub, waitOf())).toEqual({ error: notFound(id) });
    expect(fetch).toHaveBeenCalledOnce();
  });

  test("answers with the frame that ends the wait, and closes its socket", async () => {
    const { stub, closed, reads } = fakeObject([{ frames: [running, changed, succeeded] }]);
    expect(await waitFor(() => stub, waitOf())).toEqual({ op: succeeded });
    await eventually(() => expect(closed).toHaveBeenCalledOnce());
    expect(reads).not.toHaveBeenCalled();
  });

  test("with `after`, answers with the first frame of a later version", async () => {
    const { stub } = fakeObject([{ frames: [running, changed, succeeded] }]);
    expect(await waitFor(() => stub, waitOf({ after: 1 }))).toEqual({ op: changed });
  });

  test("asks again when the object breaks off, and when it cannot be reached", async () => {
    const { stub, fetch } = fakeObject([
      { frames: [running], close: true },
      { thrown: "the object is being reset" },
      { frames: [], close: true },
      { frames: [running, succeeded] },
    ]);
    expect(await waitFor(() => stub, waitOf())).toEqual({ op: succeeded });
    expect(fetch).toHaveBeenCalledTimes(4);
  });

  test("answers the operation as it stands when the time is up", async () => {
    const { stub, closed } = fakeObject([{ frames: [running] }], () => ({ op: changed }));
    expect(await waitFor(() => stub, waitOf({ milliseconds: 20 }))).toEqual({ op: changed });
    await eventually(() => expect(closed).toHaveBeenCalledOnce());
  });

  test("is unavailable where the object cannot be reached in all that time", async () => {
    const broken = () => {
      throw new Error("still broken");
    };
    const { stub } = fakeObject([{ thrown: "broken" }], broken);
    const reply = await waitFor(() => stub, waitOf({ milliseconds: 20 }));
    expect(reply.error?.code).toBe("unavailable");
  });

  test("leaves when its client does, and closes its socket", async () => {
    const client = new AbortController();
    const { stub, fetch, closed } = fakeObject([{ frames: [running] }]);
    const waiting = waitFor(() => stub, waitOf({ signal: client.signal }));
    await eventually(() => expect(fetch).toHaveBeenCalledOnce());
    await scheduler.wait(10);
    client.abort();
    await waiting;
    await eventually(() => expect(closed).toHaveBeenCalledOnce());
    expect(fetch).toHaveBeenCalledOnce();
  });

  test("tells the object for how long it may be waited for", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { stub, fetch } = fakeObject([{ frames: [succeeded] }]);
    await waitFor(() => stub, waitOf({ milliseconds: 5_000, after: 0 }));
    const [url] = fetch.mock.calls[0] as unknown as [string];
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      id,
      until: String(Date.now() + 5_000),
      after: "0",
    });
    vi.useRealTimers();
  });
});
