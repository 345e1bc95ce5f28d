import { describe, expect, it } from "vitest";
import {
  DeliveryQueues,
  maxPerHost,
  maxWaiting,
} from "../../src/object/deliveries/delivery-queues.ts";

/** Queues in which `count` deliveries to each of these hosts are due. */
function due(hosts: string, count = 5): DeliveryQueues {
  const queues = new DeliveryQueues();
  for (let i = 0; i < count; i++) {
    for (const host of hosts) queues.set(`${host}${i}`, host, i);
  }
  return queues;
}

/** Takes all that may be tried now, and returns the hosts in order. */
function taken(queues: DeliveryQueues, now = 100, mayProbe = true): string {
  let hosts = "";
  for (;;) {
    const next = queues.take(now, mayProbe);
    if (!next) return hosts;
    hosts += next.host;
  }
}

function leave(queues: DeliveryQueues, hosts: string, isGood: boolean | undefined, now = 100) {
  for (const host of hosts) queues.leave(host, isGood, now);
}

describe("DeliveryQueues", () => {
  it("take lets two to one host, and six in all", () => {
    const queues = due("abcd");
    expect([...taken(queues)].sort().join("")).toBe("aabbcd");
    expect(queues.underWay).toBe(6);
    expect(queues.next(true)).toBe(Number.POSITIVE_INFINITY);
    leave(queues, "b", true);
    expect(queues.next(true)).toBeLessThan(100);
    expect(taken(queues)).toHaveLength(1);
  });

  it("take hands out what is due, the longest due first, and each once", () => {
    const queues = new DeliveryQueues();
    queues.set("late", "a", 30);
    queues.set("soon", "a", 20);
    queues.set("other", "b", 10);
    expect(queues.next(true)).toBe(10);
    expect(queues.take(9, true)).toBeUndefined();
    expect(queues.take(25, true)).toEqual({ id: "other", host: "b" });
    expect(queues.take(25, true)).toEqual({ id: "soon", host: "a" });
    expect(queues.take(25, true)).toBeUndefined();
    queues.set("late", "a", 5);
    expect(queues.take(25, true)).toEqual({ id: "late", host: "a" });
    expect(queues.waiting).toBe(0);
  });

  it("hosts that failed have one lane each and three together, until they answer well", () => {
    const queues = due("abcd", 9);
    // In two rounds each of them has failed.
    for (let round = 0; round < 2; round++) leave(queues, taken(queues), false);
    const probed = taken(queues);
    expect(probed).toHaveLength(3);
    expect(new Set(probed).size).toBe(3);
    for (let i = 0; i < 9; i++) for (const host of "ef") queues.set(`${host}${i}`, host, i);
    expect([...taken(queues)].sort().join("")).toBe("eef");
  });

  it("a host that answers well again has its two lanes back", () => {
    const queues = due("a");
    expect(taken(queues)).toBe("aa");
    leave(queues, "aa", false);
    expect(taken(queues)).toBe("a");
    leave(queues, "a", true);
    expect(taken(queues)).toBe("aa");
  });

  it("a try that was dropped says nothing of its host", () => {
    const queues = due("a");
    taken(queues);
    leave(queues, "a", false);
    leave(queues, "a", undefined);
    expect(taken(queues)).toBe("a");
  });

  it("hosts that failed take turns, however many wait for one of them", () => {
    const queues = due("a", 1_000);
    queues.set("b0", "b", 90);
    queues.set("c0", "c", 90);
    const first = taken(queues);
    expect([...first].sort().join("")).toBe("aabc");
    queues.set("b0", "b", 101);
    queues.set("c0", "c", 101);
    leave(queues, first, false);
    const order: string[] = [];
    for (let now = 101; now < 110; now++) {
      const next = queues.take(now, true);
      if (!next) continue;
      order.push(next.host);
      queues.set(next.id, next.host, now);
      queues.leave(next.host, false, now);
    }
    for (const host of "abc") {
      expect(order.filter((one) => one === host).length, order.join("")).toBeGreaterThanOrEqual(2);
    }
  });

  it("while it pauses, hosts that failed are neither taken nor a reason to wake", () => {
    const queues = due("a");
    taken(queues);
    leave(queues, "aa", false);
    expect(taken(queues, 200, false)).toBe("");
    expect(queues.next(false)).toBe(Number.POSITIVE_INFINITY);
    queues.set("b0", "b", 150);
    expect(taken(queues, 200, false)).toBe("b");
    expect(queues.next(true)).toBe(100);
  });

  it("forgets a host with its last delivery, and counts every way in and out", () => {
    const queues = due("ab", 2);
    queues.delete("a0");
    queues.delete("a1");
    queues.delete("nobody");
    expect(queues.waiting).toBe(2);
    expect(taken(queues)).toBe("bb");
    leave(queues, "bb", false);
    // Nothing is left that remembers the failure.
    queues.set("b2", "b", 1);
    queues.set("b3", "b", 1);
    expect(taken(queues)).toBe("bb");
  });

  it("isFull bounds what waits for one host, and what waits in all", () => {
    const queues = due("a", maxPerHost);
    expect(queues.isFull("a")).toBe(true);
    expect(queues.isFull("b")).toBe(false);
    for (let i = 0; i < maxWaiting - maxPerHost; i++) queues.set(`other${i}`, `h${i % 9}`, i);
    expect(queues.isFull("b")).toBe(true);
    queues.delete("a0");
    expect(queues.isFull("b")).toBe(false);
  });
});
