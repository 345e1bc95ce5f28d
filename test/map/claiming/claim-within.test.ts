import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Claimed } from "../../../src/core/work.ts";
import { claimWithin } from "../../../src/map/claiming/claim-within.ts";
import type { Claiming } from "../../../src/map/claiming/claiming.ts";
import { eventually } from "../../eventually.ts";

const command = { kinds: ["resize"], max: 1, lease: 1_000 };
const minute = 60_000;
const work = { op: { id: "a", attempt: 1 }, input: "" } as unknown as Claimed;
const signal = '{"claimable":1,"others":false}';

/** How long was rested, each time. */
let rests: number[];

beforeEach(() => {
  rests = [];
  vi.spyOn(scheduler, "wait").mockImplementation(async (milliseconds) => {
    rests.push(milliseconds);
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** One object and one worker; `claim` is what its claims return, one after the other, and then nothing. */
function waiting(
  claim: readonly (() => Promise<readonly Claimed[]>)[],
  at: () => Response | Promise<Response>,
) {
  const gone = new AbortController();
  const left = [...claim];
  const claims: (number | undefined)[] = [];
  const passOn = vi.fn(async () => {});
  const fetch = vi.fn(async () => at());
  const claiming = {
    place: {
      joins: true,
      env: {},
      tenant: "t",
      config: { shards: 1 },
      keep: (promise: Promise<unknown>) => void promise.catch(() => {}),
    },
    signal: gone.signal,
    shards: { at: () => ({ fetch }) },
    claim: async (_: unknown, first?: number) => {
      claims.push(first);
      return (await left.shift()?.()) ?? [];
    },
    passOn,
  } as unknown as Claiming;
  return { claiming, claims, fetch, gone, passOn };
}

/** Stops the clock, and all timers but those of the runtime. */
function stopClock(): void {
  vi.useFakeTimers({
    toFake: ["Date", "setTimeout", "clearTimeout", "setInterval", "clearInterval"],
  });
}

const nothing = async () => [];
const claimable = () => Response.json({ claimable: 1, others: false });

/** A socket that signals after so many milliseconds; it stays open without any. */
function socket(after?: number): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  if (after !== undefined) void later(after).then(() => server.send(signal));
  return new Response(null, { status: 101, webSocket: client });
}

test("claimWithin asks at once, and then the object that has signaled", async () => {
  const { claiming, claims } = waiting([nothing, async () => [work]], () => socket(1));
  expect(await claimWithin(claiming, command, minute)).toEqual([work]);
  expect(claims).toEqual([undefined, 0]);
  expect(rests.filter((rest) => rest !== 100)).toEqual([]);
});

test("claimWithin asks once if it is not to wait, and opens no socket", async () => {
  const { claiming, claims, fetch } = waiting([nothing], () => socket());
  expect(await claimWithin(claiming, command, 0)).toEqual([]);
  expect(claims).toEqual([undefined]);
  expect(fetch).not.toHaveBeenCalled();
});

test("claimWithin rests longer and longer if an object cannot hand out what it says it has", async () => {
  stopClock();
  const claims = [...Array(10).fill(nothing), async () => [work]];
  const { claiming } = waiting(claims, claimable);
  expect(await claimWithin(claiming, command, minute)).toEqual([work]);
  const own = rests.filter((rest) => rest !== 100);
  expect(own).toEqual([20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
});

test("claimWithin does not rest if it was woken for nothing long after it was before", async () => {
  const claims = [...Array(5).fill(nothing), async () => [work]];
  const { claiming } = waiting(claims, () => socket(30));
  expect(await claimWithin(claiming, command, minute)).toEqual([work]);
  expect(rests.filter((rest) => rest !== 100)).toEqual([]);
});

test("claimWithin ends where its worker leaves, while it waits or rests, and tells those elsewhere", async () => {
  const away = waiting([nothing], () => socket());
  const left = claimWithin(away.claiming, command, minute);
  await later(10);
  away.gone.abort();
  expect(await left).toEqual([]);

  const resting = waiting([nothing], claimable);
  vi.mocked(scheduler.wait).mockImplementation(async (milliseconds) => {
    if (milliseconds === 20) resting.gone.abort();
  });
  expect(await claimWithin(resting.claiming, command, minute)).toEqual([]);
  expect(resting.passOn).not.toHaveBeenCalled();

  const claiming = waiting(
    [
      nothing,
      async () => {
        claiming.gone.abort();
        return [];
      },
    ],
    claimable,
  );
  expect(await claimWithin(claiming.claiming, command, minute)).toEqual([]);
  expect(claiming.passOn).toHaveBeenCalledWith(0, ["resize"]);
});

test("claimWithin listens again if an object does not open a socket within 5 s", async () => {
  stopClock();
  const never = new Promise<Response>(() => {});
  const open = vi.fn(() => (open.mock.calls.length > 1 ? claimable() : never));
  const { claiming, fetch } = waiting([nothing, async () => [work]], open);
  const made = claimWithin(claiming, command, minute);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(fetch).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(1);
  expect(await made).toEqual([work]);
});

test("claimWithin claims from an object that takes 6 s, each time, to say that it has work", async () => {
  stopClock();
  const { claiming, fetch } = waiting([nothing, async () => [work]], async () => {
    await later(6_000);
    return claimable();
  });
  const made = claimWithin(claiming, command, minute);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await made).toEqual([work]);
  expect(fetch).toHaveBeenCalledTimes(2);
});

test("claimWithin hears a signal on a socket that has opened after another one was asked for", async () => {
  stopClock();
  const late = async () => {
    await later(6_000);
    return socket(1);
  };
  const open = vi.fn(() => (open.mock.calls.length > 1 ? socket() : late()));
  const { claiming } = waiting([nothing, async () => [work]], open);
  const made = claimWithin(claiming, command, minute);
  await vi.advanceTimersByTimeAsync(6_001);
  expect(await made).toEqual([work]);
  expect(open).toHaveBeenCalledTimes(2);
});

test("claimWithin tells those elsewhere of a signal that comes as its socket is closed", async () => {
  vi.mocked(scheduler.wait).mockImplementation(async (milliseconds) => {
    if (milliseconds === 1_000) await new Promise(() => {});
  });
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  const close = client.close.bind(client);
  vi.spyOn(client, "close").mockImplementation((code, reason) => {
    server.send('{"claimable":1,"others":true}');
    close(code, reason);
  });
  const at = vi.fn(() => new Response(null, { status: 101, webSocket: client }));
  const { claiming, gone, passOn } = waiting([nothing], at);
  const left = claimWithin(claiming, command, minute);
  await eventually(() => expect(at).toHaveBeenCalledOnce());
  gone.abort();
  expect(await left).toEqual([]);
  await eventually(() => expect(passOn).toHaveBeenCalledWith(0, ["resize"]));
});

test("claimWithin tells those elsewhere of work that it has failed to claim", async () => {
  const fails = () => Promise.reject(new Error("out of reach"));
  const { claiming, passOn } = waiting([nothing, fails], claimable);
  await expect(claimWithin(claiming, command, minute)).rejects.toThrow("out of reach");
  expect(passOn).toHaveBeenCalledWith(0, ["resize"]);
});

test("claimWithin has others listen again while its claim is slow", async () => {
  const slow = Promise.withResolvers<readonly Claimed[]>();
  const first = waiting([nothing, () => slow.promise], claimable);
  const made = claimWithin(first.claiming, command, minute);
  await later(20);
  const opened = vi.fn(() => socket(1));
  const second = waiting([nothing, async () => [work]], opened);
  const of = Object.assign(second.claiming, { place: first.claiming.place });
  const other = claimWithin(of, command, minute);
  expect(await other).toEqual([work]);
  expect(opened).toHaveBeenCalled();
  slow.resolve([work]);
  expect(await made).toEqual([work]);
});
