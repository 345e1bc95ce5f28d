import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WaitingWorker } from "../../../src/map/claiming/waiting-worker.ts";
import { type Listening, WaitingWorkers } from "../../../src/map/claiming/waiting-workers.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass for all but requests that have ended. */
function pass(milliseconds: number, ...alive: (WaitingWorker | Listening)[]): void {
  vi.setSystemTime(Date.now() + milliseconds);
  for (const one of alive) one.seenAt = Date.now();
}

/** So many workers that wait, and what each is told. */
function waiting(workers: WaitingWorkers, count: number) {
  return Array.from({ length: count }, () => {
    const worker = new WaitingWorker();
    workers.join(worker);
    return worker;
  });
}

function listening(workers: WaitingWorkers, shard: number) {
  const one = { seenAt: Date.now(), end: vi.fn() };
  workers.listens(shard, one);
  return one;
}

/** What workers have been told and have not seen, with the wakes as they are. */
function told(...workers: readonly WaitingWorker[]) {
  return workers.map((worker) => worker.unseen());
}

describe("WaitingWorkers", () => {
  test("heard wakes as many workers as there is work for, those first that have waited longest", () => {
    const workers = new WaitingWorkers();
    const all = waiting(workers, 4);
    const one = listening(workers, 2);
    expect(workers.heard(2, one, 3)).toEqual({ left: 3 });
    const wake = expect.objectContaining({ shard: 2 });
    expect(told(...all)).toEqual([[wake], [wake], [wake], []]);
    expect(workers.isEmpty()).toBe(false);
  });

  test("heard has a worker listen again once all that were woken have claimed, and not before", async () => {
    const workers = new WaitingWorkers();
    const [first, second, , newest] = waiting(workers, 4) as WaitingWorker[];
    const woken = workers.heard(0, listening(workers, 0), 2);
    const wakes = [first, second].flatMap((worker) => worker?.unseen() ?? []);
    wakes[0]?.returned();
    wakes[0]?.returned();
    expect(woken).toEqual({ left: 1 });
    expect(workers.unheard(1)).toEqual([]);
    wakes[1]?.returned();
    expect(workers.unheard(1)).toEqual([0]);
    expect(await newest?.next()).toBe("listen");
  });

  test("heard returns that nobody waits, and the next worker is woken for that object", () => {
    const workers = new WaitingWorkers();
    const one = listening(workers, 1);
    expect(workers.heard(1, one, 1)).toBeUndefined();
    expect(workers.unheard(2)).toEqual([0]);
    const [next, later] = waiting(workers, 2);
    expect(next?.unseen()).toMatchObject([{ shard: 1 }]);
    expect(later?.unseen()).toEqual([]);
  });

  test("heard passes over workers whose requests have ended", () => {
    const workers = new WaitingWorkers();
    const [dead, alive] = waiting(workers, 2) as [WaitingWorker, WaitingWorker];
    const one = listening(workers, 0);
    pass(5_000, alive, one);
    expect(workers.heard(0, one, 1)).toEqual({ left: 1 });
    expect(dead.unseen()).toEqual([]);
    expect(alive.unseen()).toMatchObject([{ shard: 0 }]);
    expect(workers.isEmpty()).toBe(true);
  });

  test("heard wakes for a signal to a listener that was assumed to be lost, and leaves the object to the one that listens", () => {
    const workers = new WaitingWorkers();
    const [first, next] = waiting(workers, 2) as [WaitingWorker, WaitingWorker];
    const slow = listening(workers, 0);
    const current = listening(workers, 0);
    expect(slow.end).toHaveBeenCalledOnce();
    expect(workers.heard(0, slow, 1)).toEqual({ left: 1 });
    for (const { returned } of first.unseen()) returned();
    expect(workers.unheard(1)).toEqual([]);
    expect(workers.heard(0, current, 1)).toEqual({ left: 1 });
    expect(next.unseen()).toHaveLength(1);
  });

  test("join takes back a worker that a turned clock made seem lost, and wakes it for what was signaled meanwhile", () => {
    const workers = new WaitingWorkers();
    const [worker] = waiting(workers, 1) as [WaitingWorker];
    const one = listening(workers, 0);
    pass(-10_000);
    expect(workers.heard(0, one, 1)).toBeUndefined();
    worker.seenAt = Date.now();
    workers.join(worker);
    expect(worker.unseen()).toMatchObject([{ shard: 0 }]);
  });

  test("isHeard returns whether others listen to one of the objects; of those that ask, one is to claim every 2 s", () => {
    const workers = new WaitingWorkers();
    expect(workers.isHeard(2)).toBe(false);
    const one = listening(workers, 1);
    expect(workers.isHeard(2)).toBe(false);
    pass(1_999, one);
    expect(workers.isHeard(2)).toBe(true);
    pass(1, one);
    expect([workers.isHeard(2), workers.isHeard(2)]).toEqual([false, true]);
    pass(5_000);
    expect(workers.isHeard(2)).toBe(false);
  });

  test("unheard returns objects whose listener, or whose woken workers, give no sign of life", () => {
    const workers = new WaitingWorkers();
    const all = waiting(workers, 2);
    const alive = listening(workers, 0);
    listening(workers, 1);
    workers.heard(2, listening(workers, 2), 1);
    pass(4_999, alive, ...all);
    expect(workers.unheard(4)).toEqual([3]);
    pass(1, alive);
    expect(workers.unheard(4)).toEqual([1, 2, 3]);
    // Also if the clock has been set back.
    vi.setSystemTime(0);
    expect(workers.unheard(4)).toEqual([0, 1, 2, 3]);
  });

  test("failed wakes all, to claim of any object", () => {
    const workers = new WaitingWorkers();
    const all = waiting(workers, 2);
    workers.failed(0, listening(workers, 0));
    const wake = expect.objectContaining({ shard: undefined });
    expect(told(...all)).toEqual([[wake], [wake]]);
  });

  test("ended has the newest worker listen instead, if its request has not ended", async () => {
    const workers = new WaitingWorkers();
    const [, alive] = waiting(workers, 3) as [WaitingWorker, WaitingWorker];
    const one = listening(workers, 0);
    pass(5_000, alive);
    workers.ended(0, one);
    expect(workers.unheard(1)).toEqual([0]);
    expect(await alive.next()).toBe("listen");
  });

  test("closeIfEmpty ends all listening and is unused, unless somebody comes meanwhile", async () => {
    const unused = vi.fn();
    const workers = new WaitingWorkers(unused);
    const one = listening(workers, 0);
    const closing = workers.closeIfEmpty();
    const [worker] = waiting(workers, 1) as [WaitingWorker];
    await closing;
    expect(one.end).not.toHaveBeenCalled();
    workers.leave(worker);
    await workers.closeIfEmpty();
    expect(one.end).toHaveBeenCalledOnce();
    expect(unused).toHaveBeenCalledOnce();
    expect(workers.unheard(1)).toEqual([0]);
    // A signal that came too late is not kept for anybody.
    expect(workers.heard(0, one, 1)).toBeUndefined();
    expect(workers.unheard(1)).toEqual([0]);
  });

  test("is unused once nobody waits and the last listener has ended by itself", () => {
    const unused = vi.fn();
    const workers = new WaitingWorkers(unused);
    workers.ended(0, listening(workers, 0));
    expect(unused).toHaveBeenCalledOnce();
  });
});
