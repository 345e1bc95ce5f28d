import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Call, type Caller, CallQueue } from "../../../src/map/joining/call-queue.ts";
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
    await object.answer(0, 1);
    await object.answer(1, 1);
    await object.answer(2, []);
    await object.answer(3, []);
    await object.answer(4, []);
    expect(object.asked.slice(2).map(({ length }) => length)).toEqual([100, 2, 1, 1]);
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

  test("a call whose request has ended with it holds back nobody after 5 s", async () => {
    call("a");
    call("b");
    call("c");
    await vi.advanceTimersByTimeAsync(4_999);
    expect(object.asked.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(object.asked).toEqual(["a", "b", ["c"]]);
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
