import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listen } from "../../src/map/listen.ts";
import { eventually } from "../eventually.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** An object that opens its socket when it is told to, and whether that has been closed. */
function slowObject() {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  const closed = vi.fn();
  server.addEventListener("close", closed);
  const opened = Promise.withResolvers<Response>();
  const open = () => opened.resolve(new Response(null, { status: 101, webSocket: client }));
  return { stub: { fetch: () => opened.promise }, open, server, closed };
}

function listening(
  more: {
    readonly signal?: AbortSignal;
    readonly opened?: () => void;
    readonly untilLeft?: boolean;
  } = {},
) {
  const object = slowObject();
  const command = { type: "claim", kinds: ["resize"], until: Date.now() + 10_000 } as const;
  const { signal } = new AbortController();
  const heard: string[] = [];
  const ended = vi.fn();
  const stub = object.stub as unknown as Parameters<typeof listen>[0];
  const over = listen(stub, { command, signal, ...more }, (message) => heard.push(message) > 0);
  over.then(ended);
  return { ...object, over, heard, ended };
}

test("listen says when the object has opened its socket, and closes one that comes once the wait is over", async () => {
  const opened = vi.fn();
  const { ended, open, server, heard, over } = listening({ opened });
  await vi.advanceTimersByTimeAsync(9_000);
  expect([opened.mock.calls.length, ended.mock.calls.length]).toEqual([0, 0]);
  open();
  await eventually(() => expect(opened).toHaveBeenCalledOnce());
  server.send("claimable");
  expect(await over).toBeUndefined();
  expect(heard).toEqual(["claimable"]);

  const late = listening();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await late.over).toBeUndefined();
  late.open();
  await eventually(() => expect(late.closed).toHaveBeenCalledOnce());
});

test("listen ends with its time, or when its client goes away, although no socket has opened", async () => {
  const { ended } = listening();
  await vi.advanceTimersByTimeAsync(9_999);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveBeenCalledOnce();

  const client = new AbortController();
  const left = listening({ signal: client.signal });
  client.abort();
  expect(await left.over).toBeUndefined();
  expect(await listening({ signal: client.signal }).over).toBeUndefined();
});

test("listen takes heed of what is said while its socket is closed, if it is to stay until then", async () => {
  for (const untilLeft of [true, false]) {
    const client = new AbortController();
    const { open, opened, server, heard, over } = crossing({ signal: client.signal, untilLeft });
    open();
    await eventually(() => expect(opened).toHaveBeenCalledOnce());
    client.abort();
    server.send("claimable");
    server.send("and more");
    await over;
    expect(heard).toEqual(untilLeft ? ["claimable"] : []);
  }
});

test("listen takes heed of what an object has said that opens its socket once the wait is over", async () => {
  const client = new AbortController();
  const { open, server, heard, over, closed } = crossing({
    signal: client.signal,
    untilLeft: true,
  });
  client.abort();
  server.send("claimable");
  open();
  await over;
  expect(heard).toEqual(["claimable"]);
  await eventually(() => expect(closed).toHaveBeenCalledOnce());
});

test("listen leaves an object after a second that does not let it go", async () => {
  const wait = vi.spyOn(scheduler, "wait").mockResolvedValue(undefined);
  const client = new AbortController();
  const never = crossing({ signal: client.signal, untilLeft: true });
  const mute = crossing({ signal: client.signal, untilLeft: true });
  mute.open();
  await eventually(() => expect(mute.opened).toHaveBeenCalledOnce());
  client.abort();
  await Promise.all([never.over, mute.over]);
  expect(wait.mock.calls).toEqual([[1_000], [1_000]]);
  never.open();
  await eventually(() => expect(never.closed).toHaveBeenCalledOnce());
});

/** As `listening`, told when the socket is open. */
function crossing(more: { readonly signal: AbortSignal; readonly untilLeft: boolean }) {
  const opened = vi.fn();
  return { ...listening({ ...more, opened }), opened };
}
