import { expect } from "vitest";
import { act, claim, claimOne, create, get, report } from "../asking.ts";
import { type Scenario, three, two } from "../scenario.ts";

// Work that workers elsewhere do, who meet another version with each request.

const error = { code: "broken", message: "It broke", details: { at: [1, 2] } };

/** Claimed at the first place, kept at the second, completed at the third. */
const kept: Scenario = three(async (place, run) => {
  const metadata = { by: "creator" };
  const { id } = await create(place, run, { kind: run.kind, input: { n: 1 }, metadata });
  expect(await claimOne(place, run)).toMatchObject({ id, attempt: 1, input: { n: 1 }, metadata });
  return async (middle) => {
    const told = { attempt: 1, percentComplete: 25, statusMessage: "on it", lease: "5m" };
    const answer = await report(middle, id, { ...told, metadata: { by: "worker" } });
    expect(answer.status).toBe(200);
    return async (end) => {
      const { attempt: _, lease: __, ...shown } = told;
      expect(await get(end, id)).toMatchObject({ ...shown, metadata: { by: "worker" } });
      const stale = await report(end, id, { attempt: 2 });
      expect([stale.status, stale.headers.get("x-should-retry")]).toEqual([409, "false"]);
      const done = await act(end, id, ":complete", { attempt: 1, result: { ok: true } });
      expect(done.body).toMatchObject({ status: "succeeded", result: { ok: true } });
      const late = await act(end, id, ":complete", { attempt: 1, result: 2 });
      expect(late.status).toBe(409);
    };
  };
});

/** Failed at the second place, so claimed again at the third. */
const retried: Scenario = three(async (place, run) => {
  const retry = { maxAttempts: 2, initialInterval: "10ms" };
  const { id } = await create(place, run, { kind: run.kind, retry });
  await claimOne(place, run);
  return async (middle) => {
    const failed = await act(middle, id, ":fail", { attempt: 1, error });
    expect(failed.body).toMatchObject({ id, status: "pending" });
    return async (end) => {
      expect(await claimOne(end, run)).toMatchObject({ id, attempt: 2 });
      const over = await act(end, id, ":fail", { attempt: 2, error });
      expect(over.body).toMatchObject({ status: "failed", error });
    };
  };
});

/** A lease that runs out while nobody is there, or while another version is. */
const lost: Scenario = two(async (place, run) => {
  const { id } = await create(place, run, { kind: run.kind });
  await claimOne(place, run, { lease: "1s" });
  return async (later) => {
    expect(await claimOne(later, run)).toMatchObject({ id, attempt: 2 });
    const late = await act(later, id, ":complete", { attempt: 1, result: 1 });
    expect(late.status).toBe(409);
    const done = await act(later, id, ":complete", { attempt: 2, result: 2 });
    expect(done.body).toMatchObject({ status: "succeeded", attempt: 2, result: 2 });
  };
});

/** A worker that waits for something to claim. */
const waiting: Scenario = two(async (place, run) => {
  const claiming = claim(place, run).catch(() => undefined);
  return async (later) => {
    const { id } = await create(later, run, { kind: run.kind, input: 7 });
    const told = await claiming;
    // Where a deploy cut the claim off, the worker asks again.
    const [claimed] = later.phase === place.phase ? (told ?? []) : await claim(later, run);
    expect(claimed).toMatchObject({ id, input: 7, attempt: 1 });
  };
});

/** Several wait, are counted, and are claimed oldest first. */
const several: Scenario = two(async (place, run) => {
  const ids: string[] = [];
  for (let n = 0; n < 4; n++) ids.push((await create(place, run, { kind: run.kind })).id);
  return async (later) => {
    const claimed: string[] = [];
    while (claimed.length < ids.length) {
      for (const { id } of await claim(later, run, { max: 3 })) claimed.push(id);
    }
    expect(claimed.toSorted()).toEqual(ids.toSorted());
    const { body } = await later.client.json<{
      operations: { byKind: Record<string, Record<string, number>> };
    }>("/api/v1/stats");
    expect(body.operations.byKind[run.kind]).toEqual({ running: 4 });
  };
});

/** Asked to end at the second place, ended by the worker at the third. */
const canceled: Scenario = three(async (place, run) => {
  const { id } = await create(place, run, { kind: run.kind });
  await claimOne(place, run);
  return async (middle) => {
    expect((await act(middle, id, ":cancel")).status).toBe(202);
    return async (end) => {
      const told = await report(end, id, { attempt: 1 });
      expect(told.body.cancelRequestedAt).toBeDefined();
      const stop = { code: "canceled", message: "stopped" };
      const answer = await act(end, id, ":fail", { attempt: 1, error: stop });
      expect(answer.body).toMatchObject({ status: "canceled", error: stop });
    };
  };
});

export const work: Readonly<Record<string, Scenario>> = {
  "work that is claimed, reported and completed": kept,
  "work that fails and is claimed again": retried,
  "a lease that runs out": lost,
  "a worker that waits for work": waiting,
  "several pieces of work": several,
  "work that is canceled": canceled,
};
