import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { eventually } from "../../eventually.ts";
import { act, create, ended, finished, get } from "../asking.ts";
import { type Place, type Scenario, three, two } from "../scenario.ts";

// Operations of the Worker's own kinds that are on their way when the version changes.

const retry = { maxAttempts: 3, initialInterval: "100ms" };

const simulate = (input: object, more: object = {}) => ({ kind: "simulate", input, ...more });

/** Under way, with attempts to spare: it succeeds. */
const running: Scenario = two(async (place, run) => {
  const { id } = await create(
    place,
    run,
    simulate({ duration: "600ms", steps: 3, value: 5 }, { retry }),
  );
  return async (later) => {
    expect(await ended(later, id)).toMatchObject({ status: "succeeded", result: 5 });
  };
});

/** Under way, with its only attempt: it succeeds, or it is told that a deploy cut it off. */
const cutOff: Scenario = two(async (place, run) => {
  const { id } = await create(place, run, simulate({ outcome: "hang" }, { deadline: "1s" }));
  // On a busy machine its deadline may be over before it is read.
  const shown = await get(place, id);
  expect([shown.status, shown.attempt]).toEqual([expect.stringMatching(/^(running|failed)$/), 1]);
  return async (later) => {
    const { status, error } = await ended(later, id);
    const codes = ["deadline_exceeded", ...(later.phase === place.phase ? [] : ["interrupted"])];
    expect([status, codes]).toEqual(["failed", expect.arrayContaining([error?.code])]);
  };
});

const canceled: Scenario = two(async (place, run) => {
  const { id } = await create(place, run, simulate({ outcome: "hang" }, { retry }));
  return async (later) => {
    expect([200, 202]).toContain((await act(later, id, ":cancel")).status);
    expect(await ended(later, id)).toMatchObject({
      status: "canceled",
      error: { code: "canceled" },
    });
  };
});

/** Waiting for its start, which comes at the first place or at the second. */
const postponed: Scenario = two(async (place, run) => {
  const body = { kind: "echo", input: "later", startAfter: "300ms" };
  const { id } = await create(place, run, body);
  return async (end) => {
    expect(await ended(end, id)).toMatchObject({ status: "succeeded", result: "later" });
  };
});

/** Waiting for its start, which never comes: asked to end, then removed. */
const never: Scenario = three(async (place, run) => {
  const { id } = await create(place, run, { kind: "echo", startAfter: "1h" });
  return async (middle) => {
    expect((await middle.client.raw(`/api/v1/operations/${id}`, { method: "DELETE" })).status).toBe(
      409,
    );
    expect((await act(middle, id, ":cancel")).status).toBe(200);
    return async (end) => {
      expect(await get(end, id)).toMatchObject({ status: "canceled", version: 2 });
      expect((await end.client.raw(`/api/v1/operations/${id}`, { method: "DELETE" })).status).toBe(
        204,
      );
      expect((await end.client.get(id)).status).toBe(404);
    };
  };
});

/** Waiting for its next attempt. */
const backingOff: Scenario = two(async (place, run) => {
  const input = { outcome: "fail", code: "as_asked", message: "Failed" };
  const policy = { maxAttempts: 2, initialInterval: "300ms" };
  const { id } = await create(place, run, simulate(input, { retry: policy }));
  return async (end) => {
    const error = { code: "as_asked", message: "Failed" };
    const shown = await ended(end, id);
    expect(shown).toMatchObject({ status: "failed", attempt: 2, error });
  };
});

/** Waiting for an answer; where a deploy comes first, another attempt goes on with it. */
const asking: Scenario = three(async (place, run) => {
  const { id } = await create(place, run, simulate({ outcome: "ask", message: "Which?" }));
  const isAsked = async (at: Place) => {
    const status = async () => (await get(at, id)).status;
    await eventually(async () => expect(await status()).toBe("input_required"));
    expect((await get(at, id)).inputRequest).toMatchObject({ message: "Which?" });
  };
  await isAsked(place);
  return async (middle) => {
    await isAsked(middle);
    return async (end) => {
      await isAsked(end);
      const answer = await act(end, id, ":input", { this: ["one"] });
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      expect(await ended(end, id)).toMatchObject({
        status: "succeeded",
        result: { answer: { this: ["one"] } },
      });
    };
  };
});

/** Answered, and canceled instead of going on. */
const unanswered: Scenario = two(async (place, run) => {
  const { id } = await create(place, run, simulate({ outcome: "ask" }));
  const status = async () => (await get(place, id)).status;
  await eventually(async () => expect(await status()).toBe("input_required"));
  return async (end) => {
    await act(end, id, ":cancel");
    expect(await ended(end, id)).toMatchObject({ status: "canceled" });
    expect((await act(end, id, ":input", 1)).status).toBe(409);
  };
});

/** Everything that a creator may say comes back the same from every version. */
const described: Scenario = three(async (place, run) => {
  const labels = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`l${n}`, `value ${n}`]));
  const metadata = { text: "m".repeat(8_000), list: [1, null, { a: "é" }] };
  const made = await finished(place, run, { kind: "echo", input: 1, labels, metadata, ttl: "2h" });
  const check = async (at: Place) => {
    const { links: _, ...shown } = await get(at, made.id);
    expect({ ...shown, links: made.links }).toEqual(made);
    const headers = { "if-none-match": `"${made.version}"` };
    const known = await at.client.raw(`/api/v1/operations/${made.id}`, { headers });
    expect(known.status).toBe(304);
  };
  return async (middle) => {
    await check(middle);
    const stale = await middle.client.raw(`/api/v1/operations/${made.id}:cancel`, {
      method: "POST",
      headers: { "if-match": '"99"' },
    });
    expect(stale.status).toBe(412);
    return check;
  };
});

/** Gone for every reader once it has expired, whichever version made it. */
const expiring: Scenario = two(async (place, run) => {
  const { id } = await finished(place, run, { kind: "echo", input: 1, ttl: "400ms" });
  const kept = await finished(place, run, { kind: "echo", input: 2, ttl: "1h" });
  return async (end) => {
    const shown = await end.client.get(id);
    if (shown.status === 200) await sleep(400);
    expect((await end.client.get(id)).status).toBe(404);
    expect((await end.client.result(id)).status).toBe(404);
    expect(await get(end, kept.id)).toMatchObject({ result: 2, expiresAt: kept.expiresAt });
  };
});

export const lives: Readonly<Record<string, Scenario>> = {
  "work under way": running,
  "work under way to its deadline": cutOff,
  "work under way that is canceled": canceled,
  "work that starts later": postponed,
  "work that is canceled before it starts, and deleted": never,
  "work that waits to be tried again": backingOff,
  "work that asks and is answered": asking,
  "work that asks and is canceled": unanswered,
  "labels, metadata and times": described,
  "an operation that expires": expiring,
};
