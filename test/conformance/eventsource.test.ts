import { EventSource } from "eventsource";
import { describe, expect, it } from "vitest";
import type { Monitor } from "../e2e/client.ts";
import { serving } from "../e2e/serving.ts";

// The EventSource of npm, unmodified, with a token in a header, as its own `fetch` option allows.

const on = serving();

interface Reading {
  readonly source: EventSource;
  readonly seen: Monitor[];
  readonly ids: string[];
  readonly statuses: number[];
  /** Resolves once it has given up for good. */
  readonly closed: Promise<void>;
}

function read(path: string): Reading {
  const statuses: number[] = [];
  const source = new EventSource(`${on.served.url}/api/v1${path}`, {
    fetch: async (url, init) => {
      const headers = { ...init.headers, authorization: `Bearer ${on.client.token}` };
      const response = await fetch(url, { ...init, headers });
      statuses.push(response.status);
      return response;
    },
  });
  const seen: Monitor[] = [];
  const ids: string[] = [];
  source.addEventListener("operation", ({ data, lastEventId }) => {
    seen.push(JSON.parse(data));
    ids.push(lastEventId);
  });
  const closed = new Promise<void>((resolve) => {
    source.addEventListener("error", () => {
      if (source.readyState === source.CLOSED) resolve();
    });
  });
  return { source, seen, ids, statuses, closed };
}

async function create(input: object): Promise<Monitor> {
  const { body } = await on.client.create({ kind: "simulate", input });
  return body;
}

describe("EventSource", () => {
  it("reads an operation to its end, comes back once, and then stops", async () => {
    const { id } = await create({ duration: "1s", steps: 4, value: "done" });
    const { seen, ids, statuses, closed } = read(`/operations/${id}/events`);
    await closed;
    expect(statuses).toEqual([200, 204]);
    expect(seen.at(-1)).toMatchObject({ id, status: "succeeded", result: "done" });
    expect(ids).toEqual(seen.map(({ version }) => String(version)));
    expect(seen.map(({ version }) => version)).toEqual(
      [...new Set(seen.map(({ version }) => version))].sort((a, b) => a - b),
    );
    expect(seen.filter(({ status }) => status === "succeeded")).toHaveLength(1);
  });

  it("of a finished operation reads its end, and stops", async () => {
    const { id } = await create({ value: 1 });
    await expect.poll(async () => (await on.client.get(id)).body.status).toBe("succeeded");
    const { seen, statuses, closed } = read(`/operations/${id}/events`);
    await closed;
    expect([seen.map(({ status }) => status), statuses]).toEqual([["succeeded"], [200, 204]]);
  });

  it("reads every operation of the tenant", async () => {
    const { source, seen } = read("/events?kind=simulate");
    await expect.poll(() => source.readyState).toBe(source.OPEN);
    const { id } = await create({ outcome: "hang" });
    const statuses = () => seen.filter((one) => one.id === id).map(({ status }) => status);
    // What would end by itself could have ended before it is told that it runs.
    await expect.poll(statuses).toEqual(["running"]);
    await on.client.cancel(id);
    await expect.poll(() => statuses().at(-1)).toBe("canceled");
    source.close();
  });
});
