import { describe, expect, it } from "vitest";
import { createOperation } from "../../src/core/operation/create.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import { once } from "../../src/core/retry.ts";
import { OrderedIds } from "../../src/object/schedule/ordered-ids.ts";
import { type Places, type QueueName, Queues } from "../../src/object/schedule/queues.ts";
import { type FrontColumns, standingOf, wakeColumn } from "../../src/object/storage/standing.ts";

const spec = { kind: "a", ttl: 1, deadline: 1, retry: once, labels: {} };
const here: QueueName = { kind: "a" };
const to = (name: string): QueueName => ({ kind: "a", upstream: { name } });
const outside: QueueName = { kind: "a", external: true };

function waiting(id: string, more: Partial<Operation> = {}): Operation {
  return { ...createOperation({ ...spec, id, queued: true }, 0), ...more } as Operation;
}

function under(id: string, more: Partial<Operation> = {}): Operation {
  return { ...createOperation({ ...spec, id }, 0), ...more } as Operation;
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
    expect([queues.available(here), queues.sums.running]).toEqual([1, 1]);
    queues.note(under("1", { status: "running" }));
    expect(queues.available(here)).toBe(0);
    queues.note(under("1", { status: "input_required", isParked: true }));
    expect([queues.available(here), queues.sums.running]).toEqual([1, 0]);
    expect(queues.stirred()).toEqual([here]);
    expect(queues.stirred()).toEqual([]);
  });

  it("counts what is parked, asleep or asking, until it goes on, and as its row tells it too", () => {
    const queues = new Queues(() => 9);
    const wait = { attempt: 1, at: 0, left: 1 };
    const asleep = { ...waiting("1", { startAt: 5, attempt: 1 }), wait } as Operation;
    const asks = under("2", { status: "input_required", isParked: true });
    const again = waiting("3", { startAt: 5, attempt: 1 });
    const sums = () => Object.values(queues.sums);
    const told = (op: Operation) =>
      standingOf([op.id, op.status, op.kind, wakeColumn(op), null] as FrontColumns);
    for (const op of [asleep, asks, again]) queues.note(op);
    expect(sums()).toEqual([0, 0, 2]);
    for (const op of [asleep, asks, again]) queues.note(told(op));
    expect(sums()).toEqual([0, 0, 2]);
    expect(queues.levels).toEqual({
      a: { paused: false, running: 0, waiting: 0, asking: 0, parked: 2 },
    });
    queues.ready(asleep);
    queues.note(under("2", { status: "input_required" }));
    expect(sums()).toEqual([1, 1, 0]);
    queues.note(asleep);
    queues.note({ ...asleep, status: "canceled" });
    queues.forget(asks);
    expect(sums()).toEqual([0, 0, 0]);
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

/** So many at once of what asks an upstream. */
function placesAt(upstream: string, size: number): Places {
  const isShared = (name: QueueName) => !name.external && name.upstream?.name === upstream;
  return { size, upstream, isShared };
}

const asks = (name: string) => ({ upstream: { name, method: "GET", path: "/" } });

describe("Queues of upstreams with a limit", () => {
  it("hold back neither one another nor what asks others", () => {
    const queues = new Queues(() => Number.POSITIVE_INFINITY, [placesAt("slow", 1)]);
    queues.note(under("1", asks("slow")));
    queues.note(waiting("2", asks("slow")));
    const rooms = ["slow", "other"].map((name) => queues.hasRoom(to(name)));
    expect([...rooms, queues.hasRoom(here)]).toEqual([false, true, true]);
    queues.note(waiting("3", asks("other")));
    // What has no limit of its own is in the queue of its kind.
    expect(queues.here).toEqual([to("slow"), here]);
    expect(queues.next(queues.here)).toEqual({ kind: "a", id: "3" });
    queues.note(under("1", { ...asks("slow"), status: "succeeded" }));
    expect(queues.next([to("slow")])).toEqual({ ...to("slow"), id: "2" });
  });

  it("share the limit of their kind, and take turns with a place that comes free", () => {
    const limits = [placesAt("x", 2), placesAt("y", 2)];
    const queues = new Queues(() => 2, limits);
    queues.note(under("1", asks("x")));
    queues.note(under("2", asks("x")));
    expect(queues.hasRoom(to("y"))).toBe(false);
    queues.note(waiting("3", asks("y")));
    expect(queues.stirred()).toEqual([]);
    queues.forget(under("1", asks("x")));
    expect(queues.stirred()).toEqual([to("y")]);
    // Whoever comes now takes no place that another queue has waited for.
    expect(queues.hasRoom(to("x"))).toBe(false);
  });

  it("keep to every limit, and leave nothing waiting that could start", () => {
    const names = [here, to("x"), to("y"), { kind: "b" }, { ...to("x"), kind: "b" }, outside];
    const limitOf = ({ kind, external }: QueueName) => (external ? 2 : kind === "a" ? 4 : 3);
    const shared: Places = { size: 5, isShared: ({ external }) => !external };
    const places = [shared, placesAt("x", 2), placesAt("y", 1)];
    const bounds = [
      ...places.map((of) => [of.size, (name: QueueName) => of.isShared(name)] as const),
      ...[here, { kind: "b" }, outside].map((of) => {
        const isOf = ({ kind, external }: QueueName) =>
          kind === of.kind && external === of.external;
        return [limitOf(of), isOf] as const;
      }),
    ];
    let seed = 1;
    const draw = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const queues = new Queues(limitOf, places);
    const running = new Map<string, QueueName>();
    const left = new Map<string, QueueName>();
    const one = (id: string, { upstream, ...name }: QueueName, queued: boolean) => {
      const more = upstream && asks(upstream.name);
      return { ...createOperation({ ...spec, ...name, id, queued }, 0), ...more };
    };
    for (let step = 1_000; step < 4_000; step++) {
      const id = String(step);
      const name = names[draw(names.length)] ?? here;
      const [oldest] = [...running.keys()].toSorted(() => draw(3) - 1);
      if (draw(2) === 0) {
        const isQueued = !queues.hasRoom(name) || name.external === true;
        queues.note({ ...one(id, name, isQueued), status: isQueued ? "pending" : "running" });
        (isQueued ? left : running).set(id, name);
      } else if (oldest !== undefined) {
        queues.forget(one(oldest, running.get(oldest) ?? here, false));
        running.delete(oldest);
      }
      for (let next = queues.next(names); next; next = queues.next(names)) {
        const { id: begun, ...of } = next;
        queues.note({ ...one(begun, left.get(begun) ?? here, false), status: "running" });
        expect(of).toEqual(left.get(begun));
        running.set(begun, of);
        left.delete(begun);
      }
      const held = [...running.values()];
      const isFull = bounds.map(([size, isOf]) => {
        const count = held.filter(isOf).length;
        expect(count).toBeLessThanOrEqual(size);
        return count === size;
      });
      for (const of of left.values()) {
        expect(bounds.some(([, isOf], index) => isFull[index] && isOf(of))).toBe(true);
      }
      expect(queues.sums.running).toBe(running.size);
    }
  });
});
