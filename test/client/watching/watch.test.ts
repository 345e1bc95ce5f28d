import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change } from "../../../src/client/index.ts";
import { event, FakeService, json, Line, never, problem, read } from "../fake-service.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const versionsOf = (items: readonly { readonly version: number }[]) =>
  items.map(({ version }) => version);
const placesOf = ({ sent }: FakeService) => sent.map(({ headers }) => headers["last-event-id"]);
const ended = { status: "succeeded" };

/** Notes what onConnection is told. */
function connection() {
  const told: string[] = [];
  const onConnection = (state: string, error?: unknown) =>
    told.push(error instanceof Error ? `${state}: ${error.name}` : state);
  return { told, onConnection };
}

describe("OperationsClient.watch", () => {
  it("tells each version once and in order, to the end, over lines that break", async () => {
    const first = new Line(": watching\n\n", event(1), event(2));
    const second = new Line(event(2), event(3), event(1));
    const third = new Line(event(3), event(4, ended), event(5));
    const service = new FakeService(first.answer, second.answer, third.answer);
    const { told, onConnection } = connection();
    const { items, ended: end } = read(service.client.watch("op1", { onConnection }));
    await pass(10);
    expect(versionsOf(items)).toEqual([1, 2]);
    first.breakOff();
    await pass(250);
    second.breakOff();
    await pass(250);
    expect(await end).toBe("end");
    expect(versionsOf(items)).toEqual([1, 2, 3, 4]);
    expect(placesOf(service)).toEqual([undefined, "2", "3"]);
    expect(service.sent.map(({ path }) => path)).toEqual(Array(3).fill("/operations/op1/events"));
    const lost = "lost: UnreachableError";
    expect(told).toEqual(["connected", lost, "connected", lost, "connected"]);
    expect(third.isLeft).toBe(true);
  });

  it("reads events that come in pieces, and several at once", async () => {
    const line = new Line();
    const service = new FakeService(line.answer);
    const { items, ended: end } = read(service.client.watch("op1", { after: 3 }));
    await pass(10);
    for (const piece of `: watching\n\n${event(4)}${event(5, { statusMessage: "é\u2028" })}`) {
      line.write(piece);
    }
    line.write(event(6) + event(7, ended));
    expect(await end).toBe("end");
    expect(versionsOf(items)).toEqual([4, 5, 6, 7]);
    expect(placesOf(service)).toEqual(["3"]);
  });

  it("ends where the service says that there is nothing more", async () => {
    const service = new FakeService(new Response(null, { status: 204 }));
    const { items, ended: end } = read(service.client.watch("op1", { after: 3 }));
    expect([await end, items]).toEqual(["end", []]);
  });

  it("tries again once its pause is over, whatever that waits for", async () => {
    const line = new Line(event(1, ended));
    const service = new FakeService(problem(502, "http-502"), line.answer);
    const asked: number[] = [];
    const over = Promise.withResolvers<void>();
    const rest = (wanted: number) => {
      asked.push(wanted);
      return over.promise;
    };
    const { ended: end } = read(service.client.watch("op1", { pause: rest }));
    await pass(600_000);
    expect([asked, service.sent.length]).toEqual([[250], 1]);
    over.resolve();
    expect(await end).toBe("end");
    expect(service.sent).toHaveLength(2);
  });

  it("tries again after 250 ms and more, at most 10 s, until it is there", async () => {
    const trouble = Array.from({ length: 8 }, () => problem(502, "http-502"));
    const line = new Line(event(1, ended));
    const service = new FakeService(...trouble, line.answer);
    const { told, onConnection } = connection();
    const { ended: end } = read(service.client.watch("op1", { onConnection }));
    await pass(60_000);
    expect(await end).toBe("end");
    const pauses = service.times.map((at, index) => at - (service.times[index - 1] ?? 0)).slice(1);
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(told).toEqual(["lost: RequestError", "connected"]);
  });

  it("waits for as long as Retry-After says", async () => {
    const busy = problem(503, "unavailable", { "retry-after": "90" });
    const service = new FakeService(busy, new Line(event(1, ended)).answer);
    const { ended: end } = read(service.client.watch("op1"));
    await pass(90_000);
    expect(await end).toBe("end");
    expect(service.times).toEqual([0, 90_000]);
  });

  it("goes on at once, without being lost, where the service ends a line to have it resumed", async () => {
    const slow = 'event: error\ndata: {"code":"unavailable","message":"Read too slowly"}\n\n';
    const first = new Line(event(1), slow);
    const service = new FakeService(first.answer, new Line(event(2, ended)).answer);
    const { told, onConnection } = connection();
    const { items, ended: end } = read(service.client.watch("op1", { onConnection }));
    await pass(10);
    first.end();
    await pass(0);
    expect(await end).toBe("end");
    expect(versionsOf(items)).toEqual([1, 2]);
    expect(told).toEqual(["connected"]);
  });

  it("pauses longer and longer where lines end at once that told of nothing", async () => {
    const empty = () => {
      const line = new Line(": watching\n\n");
      const response = line.answer();
      line.end();
      return response;
    };
    const service = new FakeService(empty, empty, empty, new Line(event(1, ended)).answer);
    const { ended: end } = read(service.client.watch("op1"));
    await pass(5_000);
    expect(await end).toBe("end");
    expect(service.times).toEqual([0, 250, 750, 1_750]);
  });

  it("takes a line for lost that says nothing for 45 s, comments being something", async () => {
    const first = new Line(event(1));
    const service = new FakeService(first.answer, new Line(event(2, ended)).answer);
    const { told, onConnection } = connection();
    const { ended: end } = read(service.client.watch("op1", { onConnection }));
    for (let beat = 0; beat < 4; beat++) {
      await pass(44_000);
      first.write(": heartbeat\n\n");
    }
    await pass(44_900);
    expect([service.sent.length, first.isLeft]).toEqual([1, false]);
    await pass(400);
    expect(await end).toBe("end");
    expect(told).toEqual(["connected", "lost: UnreachableError", "connected"]);
    expect([service.sent.length, first.isLeft, placesOf(service)[1]]).toEqual([2, true, "1"]);
  });

  it("does not take the reader's own time for silence", async () => {
    const line = new Line(event(1));
    const service = new FakeService(line.answer);
    const { told, onConnection } = connection();
    const reader = (async () => {
      for await (const _ of service.client.watch("op1", { onConnection })) await pause(300_000);
      return "end";
    })();
    await pass(200_000);
    line.write(event(2, ended));
    await pass(500_000);
    expect([await reader, told]).toEqual(["end", ["connected"]]);
  });

  it.each([
    ["a page", () => new Response("<p>", { headers: { "content-type": "text/html" } })],
    ["nothing", () => new Response(null, { headers: { "content-type": "text/event-stream" } })],
    ["no JSON", () => new Line("event: operation\ndata: <p>\n\n").answer()],
    ["no headers", never],
  ])("takes %s for trouble that passes", async (_, answer) => {
    const service = new FakeService(answer, new Line(event(1, ended)).answer);
    const { told, onConnection } = connection();
    const { ended: end } = read(service.client.watch("op1", { onConnection }));
    await pass(31_000);
    expect(await end).toBe("end");
    expect(told).toContain("lost: UnreachableError");
  });

  it.each([401, 404])("throws what is answered %i, also when it comes back", async (status) => {
    const line = new Line(event(1));
    const service = new FakeService(line.answer, problem(status, "some-code"));
    const { items, ended: end } = read(service.client.watch("op1"));
    await pass(10);
    line.breakOff();
    await pass(300);
    expect(await end).toMatchObject({ name: "RequestError", status });
    expect(versionsOf(items)).toEqual([1]);
  });

  it("closes its line when the loop is left, and leaves no timer behind", async () => {
    const line = new Line(event(1), event(2));
    const service = new FakeService(line.answer);
    for await (const { version } of service.client.watch("op1")) {
      expect(version).toBe(1);
      break;
    }
    await pass(0);
    expect([line.isLeft, service.sent[0]?.signal.aborted]).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(["while it reads", "while it pauses"])(
    "throws the signal's reason when it is aborted %s",
    async (when) => {
      const line = new Line(event(1));
      const service = new FakeService(line.answer);
      const leaving = new AbortController();
      const { ended: end } = read(service.client.watch("op1", { signal: leaving.signal }));
      await pass(10);
      if (when === "while it pauses") {
        line.breakOff();
        await pass(10);
      }
      leaving.abort(new Error("enough"));
      expect(await end).toMatchObject({ message: "enough" });
      expect(line.isLeft).toBe(when === "while it reads");
      await pass(60_000);
      expect([service.sent.length, vi.getTimerCount()]).toEqual([1, 0]);
    },
  );
});

it("OperationsClient.watch tells nothing more once its signal is aborted", async () => {
  const leaving = new AbortController();
  const service = new FakeService(new Line(event(1) + event(2) + event(3)).answer);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { version } of service.client.watch("op1", { signal: leaving.signal })) {
      seen.push(version);
      leaving.abort(new Error("enough"));
    }
  })();
  await expect(reading).rejects.toThrow("enough");
  expect(seen).toEqual([1]);
});

describe("OperationsClient.watchAll", () => {
  const told = (items: readonly Change[]) =>
    items.map(({ operation: { id, version }, position }) => [id, version, position]);

  it("asks for its filter, begins after its position, and resumes after what it was told", async () => {
    const first = new Line(event("0.b", { id: "a" }), event("0.c", { id: "b" }));
    const second = new Line(event("0.d", { id: "a", version: 2, ...ended }));
    const service = new FakeService(first.answer, second.answer);
    const filter = { kinds: ["x", "y z"], labels: { customer: "4:2" } };
    const { items } = read(service.client.watchAll({ ...filter, after: "0.a" }));
    await pass(10);
    first.breakOff();
    await pass(250);
    expect(told(items)).toEqual([
      ["a", 1, "0.b"],
      ["b", 1, "0.c"],
      ["a", 2, "0.d"],
    ]);
    expect(placesOf(service)).toEqual(["0.a", "0.c"]);
    expect(service.sent[0]?.path).toBe("/events?kind=x&kind=y+z&label=customer%3A4%3A2");
  });

  it("tells of deletions, resumes after them, and takes the operation for a new one if it comes again", async () => {
    const deleted = 'id: 0.b\nevent: deleted\ndata: {"id":"op1"}\n\n';
    const first = new Line("id: 0.9\n\n", event("0.a", { id: "op1", version: 3 }), deleted);
    const second = new Line("id: 0.b\n\n", event("0.c", { id: "op1", version: 1 }));
    const service = new FakeService(first.answer, second.answer);
    const deletions: unknown[] = [];
    const onDeleted = (deletion: unknown) => deletions.push(deletion);
    const { items } = read<Change>(service.client.watchAll({ onDeleted }));
    await pass(10);
    expect(deletions).toEqual([{ id: "op1", position: "0.b" }]);
    first.breakOff();
    await pass(250);
    expect(placesOf(service)).toEqual([undefined, "0.b"]);
    expect(items.map(({ operation }) => operation.version)).toEqual([3, 1]);
  });

  it("resumes where a line began that told of nothing, so that nothing between is missed", async () => {
    const first = new Line("id: 0.a", "-1.7\n", "\n");
    const service = new FakeService(first.answer, new Line(event("0.b-1.7")).answer);
    const { items } = read(service.client.watchAll());
    await pass(10);
    first.breakOff();
    await pass(250);
    expect(placesOf(service)).toEqual([undefined, "0.a-1.7"]);
    expect(items).toHaveLength(1);
  });

  it("is not connected before it knows where to resume", async () => {
    const line = new Line("id: 0.a\n");
    const { told: states, onConnection } = connection();
    read(new FakeService(line.answer).client.watchAll({ onConnection }));
    await pass(10);
    expect(states).toEqual([]);
    line.write("\n");
    await pass(10);
    expect(states).toEqual(["connected"]);
  });

  it("tells no version of an operation twice, nor an older one", async () => {
    const line = new Line(
      event("0.b", { id: "a", version: 2 }),
      event("0.c", { id: "a", version: 2 }),
      event("0.d", { id: "a", version: 1 }),
      event("0.e", { id: "b", version: 1 }),
      event("0.f", { id: "a", version: 3 }),
    );
    const { items } = read(new FakeService(line.answer).client.watchAll());
    await pass(10);
    expect(told(items)).toEqual([
      ["a", 2, "0.b"],
      ["b", 1, "0.e"],
      ["a", 3, "0.f"],
    ]);
  });

  it("goes on after what was told twice too", async () => {
    const first = new Line(event("0.b", { id: "a" }), event("0.c", { id: "a" }));
    const service = new FakeService(first.answer);
    const { items } = read(service.client.watchAll());
    await pass(10);
    first.breakOff();
    await pass(250);
    expect([items.length, placesOf(service)]).toEqual([1, [undefined, "0.c"]]);
  });

  it("takes an answer without events for lost", async () => {
    const service = new FakeService(json({}), new Line(event("0.b")).answer);
    const { told: states, onConnection } = connection();
    const { items } = read(service.client.watchAll({ onConnection }));
    await pass(1_000);
    expect([items.length, states]).toEqual([1, ["lost: UnreachableError", "connected"]]);
  });
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
