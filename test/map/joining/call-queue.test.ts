import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Call, Caller } from "../../../src/map/joining/call.ts";
import { CallQueue } from "../../../src/map/joining/call-queue.ts";
import type { Listener, Part } from "../../../src/object/calls.ts";

/** An object that answers when it is told to, and writes down what it was asked. */
class Recorded {
  readonly asked: (string | readonly string[])[] = [];
  readonly listeners: (Listener | undefined)[] = [];
  readonly kept: Promise<unknown>[] = [];
  readonly #open: PromiseWithResolvers<unknown>[] = [];

  /** A request that asks it. */
  caller(more: Partial<Caller<string>> = {}): Caller<string> {
    return {
      alone: (args) => this.#ask(args),
      together: (calls, listener) => {
        this.listeners.push(listener);
        return this.#ask(calls) as Promise<Part>;
      },
      isRefused: (thrown) => String(thrown).includes("too old"),
      keep: (promise) => this.kept.push(promise),
      ...more,
    };
  }

  answer(index: number, value: unknown): Promise<void> {
    this.#open[index]?.resolve(value);
    return settled();
  }

  fail(index: number, thrown: unknown): Promise<void> {
    this.#open[index]?.reject(thrown);
    return settled();
  }

  #ask(args: string | readonly string[]): Promise<unknown> {
    this.asked.push(args);
    const open = Promise.withResolvers<unknown>();
    this.#open.push(open);
    return open.promise;
  }
}

const settled = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

const callOf = (args: string, more: Partial<Call<string>> = {}): Call<string> => ({
  to: 0,
  args,
  size: 0,
  isSafe: false,
  lingers: false,
  ...more,
});

const values = (part: Readonly<Record<number, unknown>>): Part =>
  Object.entries(part).map(([index, value]) => [Number(index), { value }]);

let object: Recorded;
let queue: CallQueue<string>;
let idle: number;
const call = (args: string, more?: Partial<Call<string>>, caller = object.caller()) => {
  const made = queue.call(callOf(args, more), caller);
  made.catch(() => {});
  return made;
};

beforeEach(() => {
  vi.useFakeTimers();
  object = new Recorded();
  idle = 0;
  queue = new CallQueue(() => idle++);
});

afterEach(() => {
  vi.useRealTimers();
});

describe("CallQueue", () => {
  test("waits for nobody while fewer than two calls are under way", async () => {
    const made = [call("a"), call("b")];
    expect(object.asked).toEqual(["a", "b"]);
    await object.answer(0, 1);
    expect(idle).toBe(0);
    await object.fail(1, new Error("b broke"));
    expect(await made[0]).toBe(1);
    await expect(made[1]).rejects.toThrow("b broke");
    expect(idle).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("sends what comes meanwhile as one call, and gives each its own", async () => {
    call("a");
    call("b");
    const made = ["c", "d", "e"].map((args) => call(args));
    await settled();
    expect(object.asked).toEqual(["a", "b"]);
    await object.answer(0, 1);
    expect(object.asked).toEqual(["a", "b", ["c", "d", "e"]]);
    const broken = new Error("d broke");
    await object.answer(2, [[2, { value: 5 }], [1, { thrown: broken }], ...values({ 0: 3 })]);
    expect(await made[0]).toBe(3);
    await expect(made[1]).rejects.toBe(broken);
    expect(await made[2]).toBe(5);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("makes groups of at most a hundred, and of 4 Mi characters", async () => {
    call("a");
    call("b");
    for (let n = 0; n < 101; n++) call(`${n}`);
    for (let n = 0; n < 3; n++) call(`large ${n}`, { size: 3 * 1024 * 1024 });
    await vi.advanceTimersByTimeAsync(10);
    await object.answer(0, 1);
    await object.answer(1, 1);
    await object.answer(2, []);
    await object.answer(3, []);
    await object.answer(4, []);
    expect(object.asked.slice(2).map((asked) => [asked].flat().length)).toEqual([100, 2, 1, 1]);
  });

  test("makes reads that are the same once for a group, even if it has no room", async () => {
    call("a");
    call("b");
    const big = { size: 4 * 1024 * 1024, isSafe: true };
    const same = [1, 2, 3].map((n) => call(`read ${n}`, { ...big, sameAs: "x" }));
    call("other", { ...big, sameAs: "y" });
    await object.answer(0, 1);
    await object.answer(1, 1);
    expect(object.asked.slice(2)).toEqual(["read 1", "other"]);
    await object.answer(2, "found");
    expect(await Promise.all(same)).toEqual(["found", "found", "found"]);
  });

  test("a read that fails is not made again for each that asked for the same", async () => {
    call("a");
    call("b");
    const read = { isSafe: true, sameAs: "x" };
    const same = [call("read", read), call("read", read)];
    await object.answer(0, 1);
    const broken = new Error("broken");
    await object.fail(2, broken);
    const found = await Promise.allSettled(same);
    expect(found.map((one) => one.status === "rejected" && one.reason)).toEqual([broken, broken]);
    expect(object.asked.length).toBe(3);
  });

  test("holds whoever sends, and whoever will, by waitUntil", async () => {
    const kept = (name: string) => object.caller({ keep: () => keeps.push(name) });
    const keeps: string[] = [];
    for (const name of ["a", "b", "first", "second"]) call(name, {}, kept(name));
    expect(keeps).toEqual(["a", "b", "first"]);
  });

  test("a group that fails as a whole: what is safe is made again alone, the rest is told", async () => {
    call("a");
    call("b");
    const made = [call("c", { isSafe: true }), call("d")];
    await object.answer(0, 1);
    const lost = Object.assign(new Error("Network connection lost."), { retryable: true });
    await object.fail(2, lost);
    await expect(made[1]).rejects.toBe(lost);
    expect(object.asked.slice(3)).toEqual(["c"]);
    await object.answer(3, 3);
    expect(await made[0]).toBe(3);
  });

  test("what an answer leaves out is made again alone, where that is safe", async () => {
    call("a");
    call("b");
    const made = [call("c", { isSafe: true }), call("d")];
    await object.answer(0, 1);
    await object.answer(2, []);
    expect(object.asked.slice(3)).toEqual(["c"]);
    await expect(made[1]).rejects.toMatchObject({ retryable: true });
  });

  test("an object that is too old for it gets each call by itself", async () => {
    call("a");
    call("b");
    const made = [call("c"), call("d")];
    await object.answer(0, 1);
    await object.fail(2, new Error("too old"));
    expect(object.asked.slice(3)).toEqual(["c", "d"]);
    await object.answer(4, 4);
    expect(await made[1]).toBe(4);
    await object.fail(3, new Error("c broke"));
    await expect(made[0]).rejects.toThrow("c broke");
  });

  test("a slow call of a group holds back neither those beside it nor those behind it", async () => {
    const lingers = { lingers: true };
    call("a", lingers);
    call("b", lingers);
    const made = [call("slow", lingers), call("fast", lingers)];
    await object.answer(0, 1);
    call("behind", lingers);
    await object.listeners[0]?.told(values({ 1: "done" }));
    expect(await made[1]).toBe("done");
    await settled();
    expect(object.asked.at(-1)).toEqual(["behind"]);
    await object.answer(2, values({ 0: "at last" }));
    expect(await made[0]).toBe("at last");
  });

  test("two slow calls that travel alone hold back others for 10 ms", async () => {
    const lingers = { lingers: true };
    call("a", lingers);
    call("b", lingers);
    call("c", lingers);
    await vi.advanceTimersByTimeAsync(9);
    expect(object.asked).toEqual(["a", "b"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(object.asked).toEqual(["a", "b", ["c"]]);
  });

  test("a group whose sender has ended is sent by another of its members", async () => {
    call("a");
    call("b");
    // Of a request that has ended, no promise goes on, and no timer.
    const { withResolvers } = Promise;
    vi.spyOn(Promise, "withResolvers").mockImplementation(<T>() => ({
      ...(withResolvers.call(Promise) as PromiseWithResolvers<T>),
      promise: new Promise<T>(() => {}),
    }));
    call("lead");
    vi.mocked(Promise.withResolvers).mockRestore();
    vi.clearAllTimers();
    const member = call("member");
    await object.answer(0, 1);
    expect(object.asked).toEqual(["a", "b"]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(object.asked.slice(2)).toEqual([["lead", "member"]]);
    await object.answer(2, values({ 1: "made" }));
    expect(await member).toBe("made");
  });

  test("a read goes on although the request that was the first to ask for the same has ended", async () => {
    call("a");
    call("b");
    const read = { isSafe: true, sameAs: "x" };
    const { withResolvers } = Promise;
    vi.spyOn(Promise, "withResolvers").mockImplementation(<T>() => ({
      ...(withResolvers.call(Promise) as PromiseWithResolvers<T>),
      promise: new Promise<T>(() => {}),
    }));
    call("lead", read);
    vi.mocked(Promise.withResolvers).mockRestore();
    vi.clearAllTimers();
    const member = call("member", read);
    await object.answer(0, 1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(object.asked.slice(2)).toEqual(["lead"]);
    await object.answer(2, "found");
    expect(await member).toBe("found");
  });

  test("a call whose request has ended with it holds back nobody after 5 s", async () => {
    call("a");
    call("b");
    call("c");
    await vi.advanceTimersByTimeAsync(4_999);
    expect(object.asked.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(object.asked).toEqual(["a", "b", "c"]);
  });

  test("nobody waits for a call that others make for longer than 30 s", async () => {
    call("a");
    call("b");
    const [member, safe] = [call("c"), call("d", { isSafe: true })];
    await object.answer(0, 1);
    await vi.advanceTimersByTimeAsync(30_000);
    await expect(member).rejects.toMatchObject({ retryable: true });
    expect(object.asked.at(-1)).toBe("d");
    await object.answer(3, "read");
    expect(await safe).toBe("read");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("CallQueue under load", () => {
  /** Makes so many calls at once that there is load, and answers them all. */
  async function load() {
    for (let n = 0; n < 10; n++) call(`load ${n}`);
    await object.answer(0, 1);
    await object.answer(1, 1);
    await turn();
    await object.answer(2, []);
    object.asked.length = 0;
  }

  const turn = () => vi.advanceTimersByTimeAsync(1);

  test("begins with the ninth call at once to one object, and not with the eighth", () => {
    for (let n = 0; n < 8; n++) call(`${n}`);
    expect(queue.isLoaded()).toBe(false);
    call("ninth");
    expect(queue.isLoaded()).toBe(true);
  });

  test("begins with the ninth call at once to several objects that any of them can take", async () => {
    const anywhere = (n: number) => call(`${n}`, { to: n, isAnywhere: true });
    for (let n = 0; n < 8; n++) anywhere(n);
    expect(queue.isLoaded()).toBe(false);
    await object.answer(0, 0);
    anywhere(8);
    expect(queue.isLoaded()).toBe(false);
    anywhere(9);
    expect(queue.isLoaded()).toBe(true);
  });

  test("does not begin with calls that are too large to travel together: these do not gather", async () => {
    const large = (n: number) => call(`${n}`, { to: n % 2, size: 2 * 1024 * 1024 + 1 });
    for (let n = 0; n < 20; n++) large(n);
    expect(queue.isLoaded()).toBe(false);
    for (let n = 0; n < 16; n++) {
      expect(object.asked).toHaveLength(4 + n);
      await object.answer(n, n);
    }
    expect(object.asked.every((asked) => typeof asked === "string")).toBe(true);
    for (let n = 0; n < 9; n++) call(`${n}`, { to: 2, size: 2 * 1024 * 1024 });
    expect(queue.isLoaded()).toBe(true);
  });

  test("does not begin with a request that asks many objects, but with the next one beside it", () => {
    for (let to = 0; to < 64; to++) call(`${to}`, { to });
    expect(queue.isLoaded()).toBe(false);
    for (let to = 0; to < 8; to++) call(`again ${to}`, { to });
    expect(queue.isLoaded()).toBe(true);
  });

  test("no call goes alone: those that come in one turn travel together", async () => {
    await load();
    for (const args of ["a", "b", "c"]) call(args);
    await settled();
    expect(object.asked).toEqual([]);
    await turn();
    expect(object.asked).toEqual([["a", "b", "c"]]);
  });

  test("calls gather for as long as others come, for 10 ms at most", async () => {
    await load();
    for (let n = 0; n <= 12; n++) setTimeout(() => call(`${n}`), n);
    await vi.advanceTimersByTimeAsync(9);
    expect(object.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(3);
    expect(object.asked.map(({ length }) => length)).toEqual([11]);
  });

  test("calls gather while those before them are under way, for 10 ms at most", async () => {
    await load();
    call("a");
    await turn();
    call("b");
    await turn();
    call("c");
    await turn();
    expect(object.asked).toEqual(["a"]);
    await object.answer(3, "done");
    await turn();
    expect(object.asked).toEqual(["a", ["b", "c"]]);
    call("d");
    await vi.advanceTimersByTimeAsync(10);
    expect(object.asked.slice(2)).toEqual(["d"]);
  });

  test("a third group to one object waits for one of the two before it, and no other object does", async () => {
    await load();
    for (const args of ["a", "b", "c"]) {
      call(args);
      await vi.advanceTimersByTimeAsync(10);
    }
    call("elsewhere", { to: 1 });
    await vi.advanceTimersByTimeAsync(10);
    expect(object.asked).toEqual(["a", "b", "elsewhere"]);
    await object.answer(3, "done");
    expect(object.asked.at(-1)).toEqual("c");
  });

  test("a large call goes at once to an object that is free, and else waits as others do", async () => {
    await load();
    const large = { size: 2 * 1024 * 1024 + 1 };
    call("a", large);
    expect(object.asked).toEqual(["a"]);
    call("b", large);
    call("c", large);
    expect(object.asked).toEqual(["a", "b"]);
    await vi.advanceTimersByTimeAsync(10);
    expect(object.asked).toEqual(["a", "b"]);
    await object.answer(3, "done");
    expect(object.asked).toEqual(["a", "b", "c"]);
  });

  test("calls to several objects are one group for each", async () => {
    await load();
    for (let n = 0; n < 9; n++) call(`${n}`, { to: n % 3 });
    await turn();
    expect(object.asked).toEqual([
      ["0", "3", "6"],
      ["1", "4", "7"],
      ["2", "5", "8"],
    ]);
  });

  test("ends after four small gatherings in a row", async () => {
    await load();
    for (let n = 3; n < 7; n++) {
      expect(queue.isLoaded()).toBe(true);
      call("small");
      await turn();
      await object.answer(n, []);
    }
    expect(queue.isLoaded()).toBe(false);
    object.asked.length = 0;
    call("alone");
    expect(object.asked).toEqual(["alone"]);
  });

  test("ends for a client that asks 64 objects, one time after another", async () => {
    await load();
    for (let list = 0; list < 4; list++) {
      object.asked.length = 0;
      expect(queue.isLoaded()).toBe(true);
      for (let to = 0; to < 64; to++) call(`${to}`, { to });
      await turn();
      expect(object.asked.length).toBe(64);
      for (let n = 0; n < 64; n++) await object.answer(3 + 64 * list + n, "page");
    }
    expect(queue.isLoaded()).toBe(false);
  });

  test("a call that gathers alone is made alone, and its failure is its own", async () => {
    await load();
    const made = call("a");
    await turn();
    expect(object.asked).toEqual(["a"]);
    const broken = new Error("a broke");
    await object.fail(3, broken);
    await expect(made).rejects.toBe(broken);
  });

  test("a gathering that has ended with its request holds up nobody after 100 ms", async () => {
    await load();
    call("lost");
    vi.clearAllTimers();
    await vi.advanceTimersByTimeAsync(50);
    call("waits");
    await settled();
    expect(object.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(60);
    call("finds out");
    await settled();
    expect(object.asked).toEqual([["lost", "waits"]]);
  });

  test("a gathering that has ended with its request is sent when a call before it returns", async () => {
    await load();
    call("a");
    await turn();
    call("lost");
    call("waits");
    vi.clearAllTimers();
    await vi.advanceTimersByTimeAsync(110);
    expect(object.asked).toEqual(["a"]);
    await object.answer(3, "done");
    expect(object.asked).toEqual(["a", ["lost", "waits"]]);
  });

  test("a gathering whose request has ended is sent after 5 s if nobody else comes", async () => {
    await load();
    call("lost");
    vi.clearAllTimers();
    call("waits");
    await vi.advanceTimersByTimeAsync(4_999);
    expect(object.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(object.asked).toEqual([["lost", "waits"]]);
  });
});

describe("CallQueue.shared", () => {
  const eight = Array.from({ length: 8 }, (_, n) => n);

  /** Makes a call that any of the first objects can take, and returns which one it goes to. */
  function callShared(count = 8, size = 0): number {
    const to = queue.shared(count, size) ?? Number.NaN;
    call("shared", { to, size });
    return to;
  }

  /** How many calls each object is given in rounds of so many, each answered before the next. */
  async function sharesOf(count: number, calls: number, rounds: number): Promise<number[]> {
    const given: number[] = [];
    for (let round = 0; round < rounds; round++) {
      for (let n = 0; n < calls; n++) given.push(callShared(count));
      await vi.advanceTimersByTimeAsync(10);
      for (const [index] of object.asked.entries()) await object.answer(index, []);
    }
    const byObject = Map.groupBy(given, (to) => to);
    return Array.from({ length: count }, (_, to) => byObject.get(to)?.length ?? 0);
  }

  beforeEach(async () => {
    for (let n = 0; n < 10; n++) call(`${n}`, { to: 9 });
    await vi.advanceTimersByTimeAsync(10);
    for (const n of [0, 1, 2]) await object.answer(n, []);
  });

  test("is undefined without load", () => {
    expect(new CallQueue().shared(8, 0)).toBeUndefined();
  });

  test("is the same object for those that gather, and each in turn for the next", async () => {
    const taken = [];
    for (let n = 0; n < 16; n++) {
      const of = Array.from({ length: 6 }, () => callShared());
      expect(new Set(of).size).toBe(1);
      taken.push(of[0]);
      await vi.advanceTimersByTimeAsync(10);
      await object.answer(3 + n, []);
    }
    expect(taken.slice(0, 8).toSorted()).toEqual(eight);
    expect(taken.slice(8).toSorted()).toEqual(eight);
  });

  test.each([
    [2, 40],
    [4, 40],
    [8, 40],
    [8, 100],
    [2, 200],
    [3, 20],
  ])("gives each of %i objects the same share of %i calls at a time", async (count, calls) => {
    const shares = await sharesOf(count, calls, 40);
    const even = (calls * 40) / count;
    expect(Math.max(...shares)).toBeLessThan(even * 1.15);
    expect(Math.min(...shares)).toBeGreaterThan(even * 0.85);
  });

  test("is another object after 32 calls, and the one for which the fewest wait once all have 32", () => {
    const taken = Array.from({ length: 1_000 }, () => callShared());
    expect(taken.slice(0, 32)).toEqual(Array.from({ length: 32 }, () => taken[0]));
    const byObject = Map.groupBy(taken, (to) => to);
    for (const to of eight) expect(byObject.get(to)?.length).toBe(125);
  });

  test("is another object for a call that would not fit into the group that waits", () => {
    const taken = eight.flatMap(() => [
      callShared(8, 2 * 1024 * 1024),
      callShared(8, 2 * 1024 * 1024),
    ]);
    expect(taken.toSorted()).toEqual(eight.flatMap((n) => [n, n]));
  });

  test("passes over objects to which two calls are under way, unless all are busy", async () => {
    const busy = async (to: number) => {
      for (const n of [1, 2]) {
        call(`busy ${n}`, { to });
        await vi.advanceTimersByTimeAsync(10);
      }
    };
    for (let n = 0; n < 10; n++) call("load", { to: 9 });
    for (const to of eight.slice(1)) await busy(to);
    for (let n = 0; n < 10; n++) call("load", { to: 9 });
    expect([callShared(), callShared()]).toEqual([0, 0]);
    await busy(0);
    expect(eight).toContain(queue.shared(8, 0));
  });

  test("is not the object for which large calls wait if all are busy", async () => {
    for (let n = 0; n < 10; n++) call("load", { to: 9 });
    for (const to of [0, 0, 1, 1]) {
      call("busy", { to });
      await vi.advanceTimersByTimeAsync(10);
    }
    for (let n = 0; n < 3; n++) call("large", { to: 0, size: 3 * 1024 * 1024 });
    call("small", { to: 1 });
    for (let n = 0; n < 10; n++) call("load", { to: 9 });
    const taken = Array.from({ length: 10 }, () => queue.shared(2, 0));
    expect(taken).toEqual(Array(10).fill(1));
  });
});
