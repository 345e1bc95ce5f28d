import { describe, expect, it } from "vitest";
import { createOperation, type Operation } from "../../src/core/operation.ts";
import { once } from "../../src/core/retry.ts";
import { OrderedIds } from "../../src/object/schedule/ordered-ids.ts";
import { type QueueName, Queues } from "../../src/object/schedule/queues.ts";

const spec = { kind: "a", ttl: 1, deadline: 1, retry: once, labels: {} };
const here: QueueName = { kind: "a" };
const outside: QueueName = { kind: "a", external: true };

function waiting(id: string, more: Partial<Operation> = {}): Operation {
  return { ...createOperation({ ...spec, id, queued: true }, 0), ...more };
}

function under(id: string, more: Partial<Operation> = {}): Operation {
  return { ...createOperation({ ...spec, id }, 0), ...more };
}

describe("OrderedIds", () => {
  it("keeps the order of text, each once, however they come and go", () => {
    const ids = new OrderedIds();
    for (const id of "dbfbacedf") ids.add(id);
    expect([ids.size, ids.first]).toEqual([6, "a"]);
    for (const id of ["a", "z", "c", "A", "a"]) ids.delete(id);
    const left: string[] = [];
    for (let first = ids.first; first !== undefined; first = ids.first) {
      left.push(first);
      ids.delete(first);
    }
    expect(left).toEqual(["b", "d", "e", "f"]);
  });
});

describe("Queues", () => {
  it("answers the oldest of several kinds, and keeps work here and outside apart", () => {
    const queues = new Queues(() => Number.POSITIVE_INFINITY);
    queues.note(waiting("3"));
    queues.note(waiting("2", { kind: "b" }));
    queues.note(waiting("1", { external: true }));
    expect(queues.next([here, { kind: "b" }])).toEqual({ kind: "b", id: "2" });
    expect(queues.next([outside])).toEqual({ ...outside, id: "1" });
    expect(queues.next([{ kind: "c" }])).toBeUndefined();
    queues.drop(here, "3");
    expect(queues.available(here)).toBe(0);
  });

  it("counts what is under way against the limit, but not what waits for an answer", () => {
    const queues = new Queues(() => 1);
    expect(queues.hasRoom(here)).toBe(true);
    queues.note(under("1"));
    queues.note(waiting("2"));
    expect([queues.hasRoom(here), queues.available(here)]).toEqual([false, 0]);
    queues.note(under("1", { status: "input_required" }));
    expect([queues.available(here), queues.active]).toEqual([1, 1]);
    queues.note(under("1", { status: "running" }));
    expect(queues.available(here)).toBe(0);
    queues.note(under("1", { status: "input_required", isParked: true }));
    expect([queues.available(here), queues.active]).toEqual([1, 0]);
    expect(queues.stirred()).toEqual([here]);
    expect(queues.stirred()).toEqual([]);
  });

  it("lets no new operation start before one that waits", () => {
    const queues = new Queues(() => 2);
    queues.note(under("1"));
    queues.note(waiting("2"));
    expect(queues.hasRoom(here)).toBe(false);
  });

  it("takes in what has a start time only when that has come", () => {
    const queues = new Queues(() => 1);
    const later = waiting("1", { startAt: 5 });
    queues.note(later);
    expect(queues.available(here)).toBe(0);
    queues.ready(later);
    expect(queues.available(here)).toBe(1);
    queues.note({ ...later, status: "canceled" });
    expect(queues.available(here)).toBe(0);
  });
});
