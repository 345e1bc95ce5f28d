import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import type { OperationsObject } from "../../src/object/operations-object.ts";
import { command, hanging, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function read(stub: Stub, id: string): Promise<Reply<Snapshot>> {
  return decode(await stub.read(id));
}

async function alarmOf(stub: Stub): Promise<number | null> {
  return runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
}

/** pass lets time go by, and the alarm ring. */
async function pass(stub: Stub, milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(stub);
}

function waiting(stub: Stub, id: string): Promise<Response> {
  const url = `https://operations/?id=${id}&until=${Date.now() + 600_000}`;
  return stub.fetch(url, { headers: { upgrade: "websocket" } });
}

/** What is told by the socket of a wait, up to its end. */
function heard({ webSocket }: Response): Promise<string[]> {
  if (!webSocket) throw new Error("no socket");
  const frames: string[] = [];
  const end = new Promise<string[]>((resolve) => {
    webSocket.addEventListener("message", ({ data }) => frames.push(String(data)));
    webSocket.addEventListener("close", () => resolve(frames));
  });
  webSocket.accept();
  return end;
}

type Break = (object: OperationsObject, state: DurableObjectState) => unknown;

const damage =
  (...statements: string[]): Break =>
  (_, { storage: { sql } }) => {
    for (const statement of statements) sql.exec(statement);
  };

const fault = () => {
  throw new Error("broken");
};

/** Breaks are what is stored, and stays broken in later lives, and what is broken in one life. */
const breaks: Readonly<Record<string, { stored?: Break; alive?: Break }>> = {
  "damaged trends": { stored: damage("UPDATE trends SET coarse = 'x', fine = 'x'") },
  "no trends": { stored: damage("DROP TABLE trends") },
  "damaged deliveries": { stored: damage("UPDATE deliveries SET doc = 'x', next_at = 1") },
  "no deliveries": { stored: damage("DROP TABLE deliveries") },
  "no reservations": { stored: damage("DROP TABLE reservations") },
  "no deletions": { stored: damage("DROP TABLE deletions") },
  "damaged counters": { stored: damage("UPDATE counters SET doc = 'x'") },
  "no counters": { stored: damage("DROP TABLE counters") },
  "sockets that throw": {
    alive: (_, state) => vi.spyOn(state, "getWebSockets").mockImplementation(fault),
  },
  "no trends, and a log that throws": {
    stored: damage("DROP TABLE trends"),
    alive: () => {
      for (const level of ["log", "info", "warn", "error"] as const) {
        vi.spyOn(console, level).mockImplementation(fault);
      }
    },
  },
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const level of ["warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation(() => {});
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("nothing beside the map can stop the map", () => {
  it.each(Object.entries(breaks))(
    "%s: operations are made, end, are recovered and expire, and the alarm is armed",
    async (name, { stored = () => {}, alive = () => {} }) => {
      const tenant = `beside-${name}`;
      let stub = operationsOf(tenant);
      const webhook = { url: "https://hook.invalid/", origin: "https://edge.test" };
      vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null));
      await stub.count({ "GET /": { 200: 1 } } as never);
      opOf(await stub.create(command({ webhook, ttl: 60_000 }), 1_000));
      const lost = opOf(await stub.create(hanging({ deadline: 600_000 })));
      await pass(stub, 20_000);
      await runInDurableObject(stub, stored);
      await abortAllDurableObjects();

      stub = operationsOf(tenant);
      await pass(stub, 10_000);
      expect(opOf(await read(stub, lost.id)).error?.code).toBe("interrupted");
      const hung = opOf(await stub.create(hanging({ deadline: 30_000 })));
      await waiting(stub, hung.id);
      await runInDurableObject(stub, alive);
      const made = opOf(await stub.create(command({ ttl: 60_000 }), 1_000));
      expect(opOf(await read(stub, made.id)).status).toBe("succeeded");
      expect(await alarmOf(stub)).toBeLessThanOrEqual(hung.deadlineAt);
      await pass(stub, 30_000);
      expect(opOf(await read(stub, hung.id)).error?.code).toBe("deadline_exceeded");
      for (let n = 0; n < 5; n++) await pass(stub, 61_000);
      const rows = await runInDurableObject(stub, (_, { storage: { sql } }) =>
        sql.exec<{ id: string }>("SELECT id FROM operations").toArray(),
      );
      expect(rows.map(({ id }) => id)).toEqual([lost.id, hung.id]);
    },
  );

  it("damaged trends and counters count again from nothing", async () => {
    const stub = operationsOf("beside-heals");
    await stub.count({ a: 1 } as never);
    await runInDurableObject(stub, (_, { storage: { sql } }) => {
      sql.exec("UPDATE counters SET doc = 'x'");
      sql.exec("UPDATE trends SET coarse = 'x', fine = 'x'");
    });
    expect((await stub.stats()).traffic).toEqual({});
    expect(await stub.trends("24h", Date.now())).toHaveLength(288);
    expect(await stub.trends("15m", Date.now())).toHaveLength(90);
  });

  it("a socket that throws takes from no other waiter what it is told", async () => {
    const stub = operationsOf("beside-socket");
    const { id } = opOf(await stub.create(hanging({ deadline: 30_000 })));
    await waiting(stub, id);
    const told = heard(await waiting(stub, id));
    await await Promise.race([told, Promise.resolve()]);
    await runInDurableObject(stub, (_, state) => {
      const [first] = state.getWebSockets(id);
      if (!first) throw new Error("no socket");
      const all = state.getWebSockets.bind(state);
      vi.spyOn(state, "getWebSockets").mockImplementation((tag) =>
        all(tag).toSorted((a) => (a === first ? -1 : 1)),
      );
      vi.spyOn(first, "deserializeAttachment").mockImplementation(fault);
    });
    await stub.cancel(id);
    const frames = await told;
    expect(JSON.parse(frames.at(-1) ?? "")).toMatchObject({ op: { status: "canceled" } });
  });
});
