import { expect } from "vitest";
import { act, create, finished, get, list, type Shown, send } from "../asking.ts";
import { type Place, type Run, type Scenario, three, two } from "../scenario.ts";

// Lists and their pages, tickets, and what the service says of itself.

const five = [1, 2, 3, 4, 5];

async function makeFive(place: Place, run: Run): Promise<string[]> {
  const ids: string[] = [];
  for (const input of five) ids.push((await finished(place, run, { kind: "echo", input })).id);
  return ids;
}

/** A page at each place, by the token of the place before. */
const pages = (order: "asc" | "desc"): Scenario =>
  three(async (place, run) => {
    const ids = await makeFive(place, run);
    const query = { order, limit: "2" };
    const first = await list(place, run, query);
    return async (middle) => {
      const second = await list(middle, run, { ...query, pageToken: first.nextPageToken ?? "" });
      return async (end) => {
        const third = await list(end, run, { ...query, pageToken: second.nextPageToken ?? "" });
        const seen = [first, second, third].flatMap(({ operations }) => operations);
        const all = seen.map(({ id }) => id);
        // Ids of two shards that were made within a millisecond are in no order of their making.
        expect(all.toSorted()).toEqual(ids.toSorted());
        expect(all).toEqual(order === "asc" ? all.toSorted() : all.toSorted().reverse());
        expect(seen.map(({ result }) => result).toSorted()).toEqual(five);
      };
    };
  });

/** Lists without a filter, as many at once as travel together. */
const together: Scenario = three(async (place, run) => {
  const ids = await makeFive(place, run);
  const { createdAt } = await get(place, ids[0] ?? "");
  const before = new Date(Date.parse(createdAt) - 1).toISOString();
  const check = async ({ client }: Place) => {
    const path = `/api/v1/operations?order=asc&limit=1000&createdAfter=${before}`;
    const asked = Array.from({ length: 8 }, () => client.json<{ operations: Shown[] }>(path));
    for (const { status, body } of await Promise.all(asked)) {
      expect(status).toBe(200);
      const found = body.operations.map(({ id }) => id);
      expect(found).toEqual(found.toSorted());
      expect(found).toEqual(expect.arrayContaining(ids));
    }
  };
  return async (middle) => {
    await check(middle);
    return check;
  };
});

const filters: Scenario = two(async (place, run) => {
  const [first = ""] = await makeFive(place, run);
  const pending = await create(place, run, { kind: run.kind, labels: { special: "yes" } });
  const { createdAt } = await get(place, first);
  return async (later) => {
    const idsOf = async (query: Record<string, string>) =>
      (await list(later, run, query)).operations.map(({ id }) => id);
    expect(await idsOf({ kind: run.kind })).toEqual([pending.id]);
    expect(await idsOf({ status: "pending" })).toEqual([pending.id]);
    expect(await idsOf({ status: "succeeded" })).toHaveLength(five.length);
    expect(await idsOf({ status: "failed" })).toEqual([]);
    expect(await idsOf({ createdBefore: createdAt })).toEqual([]);
    expect(await idsOf({ createdAfter: createdAt })).toContain(pending.id);
    const path = `/api/v1/operations?label=run:${run.mark}&label=special:yes`;
    const { body } = await later.client.json<{ operations: Shown[] }>(path);
    expect(body.operations.map(({ id }) => id)).toEqual([pending.id]);
    const head = await later.client.raw(path, { method: "HEAD" });
    expect(head.status).toBe(200);
    await act(later, pending.id, ":cancel");
    expect(await idsOf({ status: "canceled" })).toEqual([pending.id]);
  };
});

const tickets: Scenario = three(async (place, run) => {
  const { id } = await finished(place, run, { kind: "echo", input: "seen" });
  const made = await send<{ ticket: string }>(place, `/api/v1/operations/${id}:tickets`, {});
  expect(made.status).toBe(201);
  const check = async ({ client }: Place) => {
    const headers = { authorization: `Bearer ${made.body.ticket}` };
    const shown = await client.raw(`/api/v1/operations/${id}`, { headers });
    expect(await shown.json()).toMatchObject({ id, result: "seen" });
    const events = `/api/v1/operations/${id}/events?ticket=${made.body.ticket}`;
    const stream = await fetch(new URL(events, client.url));
    expect(await stream.text()).toContain('"result":"seen"');
    const refused = await client.raw("/api/v1/operations", { headers });
    expect(refused.status).toBe(403);
  };
  return async (middle) => {
    await check(middle);
    return check;
  };
});

const itself: Scenario = two(async (place, run) => {
  await finished(place, run);
  return async ({ client }) => {
    const stats = await client.stats();
    expect(stats.operations.total).toBeGreaterThan(0);
    for (const range of ["15m", "24h"]) {
      const trends = await client.json<object>(`/api/v1/trends?range=${range}`);
      expect(trends.status).toBe(200);
    }
    const kinds = await client.json<{ kinds: { kind: string }[] }>("/api/v1/kinds");
    expect(kinds.body.kinds.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["echo", "simulate", run.kind]),
    );
    expect((await client.raw("/api/healthz")).status).toBe(200);
  };
});

export const lists: Readonly<Record<string, Scenario>> = {
  "a list by pages, oldest first": pages("asc"),
  "a list by pages, newest first": pages("desc"),
  "lists at once": together,
  "a list by filters": filters,
  "a ticket": tickets,
  "stats, trends and kinds": itself,
};
