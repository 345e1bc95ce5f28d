import { expect } from "vitest";
import { eventually } from "../../eventually.ts";
import { act, claimOne, create, ended, finished, get, type Shown, send } from "../asking.ts";
import { type Place, type Scenario, three, two } from "../scenario.ts";

// A client that lost an answer sends the request again, to whatever Worker it meets: one operation.

/** Asks for a create whose body is this text, and answers the operation and whether it was there. */
async function ask(place: Place, key: string, text: string) {
  const headers = { "idempotency-key": key, "content-type": "application/json" };
  const answer = await place.client.json<Shown>("/api/v1/operations", {
    method: "POST",
    headers,
    body: text,
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return { id: answer.body.id, isReplay: answer.headers.get("idempotency-replayed") === "true" };
}

const repeated = (write: (kind: string) => string): Scenario =>
  three(async (place, run) => {
    const text = write(run.kind);
    const { id, isReplay } = await ask(place, run.mark, text);
    expect(isReplay).toBe(false);
    const again = async (later: Place) => {
      expect(await ask(later, run.mark, text)).toEqual({ id, isReplay: true });
      const other = JSON.stringify({ kind: run.kind, input: "another request" });
      const headers = { "idempotency-key": run.mark, "content-type": "application/json" };
      const init = { method: "POST", headers, body: other };
      expect((await later.client.raw("/api/v1/operations", init)).status).toBe(422);
    };
    return async (middle) => {
      await again(middle);
      return again;
    };
  });

const requests: Readonly<Record<string, (kind: string) => string>> = {
  "a key": (kind) => JSON.stringify({ kind, input: { b: [1, "é", null, true], a: {} } }),
  "a key with every option": (kind) =>
    JSON.stringify({
      ...{ kind, input: "x", labels: { b: "2", a: "1" }, metadata: { note: [1.5] } },
      ...{ ttl: "1h", deadline: "2h", startAfter: "90m" },
      retry: { maxAttempts: 4, initialInterval: "2s", backoffCoefficient: 1.5 },
    }),
  "a key and plain numbers": (kind) =>
    `{"kind":"${kind}","input":[0,-0,1.0,0.1,1e3,1E-7,-2.50,123456789012345,1e21]}`,
  "a key and numbers that a double changes": (kind) =>
    `{"kind":"${kind}","input":{"id":9007199254740993,"long":0.1234567890123456789,"list":[12345678901234567890]}}`,
  "a key and an input of 600 KB": (kind) => JSON.stringify({ kind, input: "k".repeat(600_000) }),
};

const batch: Scenario = three(async (place, run) => {
  const operations = [1, 2, 3].map((n) => ({
    ...{ kind: run.kind, input: n, labels: { run: run.mark } },
    idempotencyKey: `${run.mark}-${n}`,
  }));
  const makeAll = async (later: Place) => {
    const { status, body } = await send<{ operations: Shown[] }>(
      later,
      "/api/v1/operations:batchCreate",
      { operations },
    );
    expect(status).toBe(200);
    return body.operations.map(({ id }) => id);
  };
  const ids = await makeAll(place);
  expect(new Set(ids).size).toBe(3);
  const again = async (later: Place) => {
    expect(await makeAll(later)).toEqual(ids);
    const path = "/api/v1/operations:batchGet";
    const found = await send<{ operations: Shown[] }>(later, path, { ids: [...ids, "none"] });
    expect(found.body.operations.map(({ id }) => id)).toEqual([...ids, "none"]);
  };
  return async (middle) => {
    await again(middle);
    return again;
  };
});

const proxied: Scenario = three(async (place, run) => {
  const path = `/api/proxy/upstream/bytes/10?run=${run.mark}`;
  const forward = async (later: Place) => {
    const headers = { "idempotency-key": run.mark, prefer: "respond-async" };
    const init = { method: "POST", headers, body: "the same" };
    const response = await later.client.raw(path, init);
    expect(response.status, await response.clone().text()).toBe(202);
    return ((await response.json()) as Shown).id;
  };
  const id = await forward(place);
  await ended(place, id);
  const again = async (later: Place) => {
    const headers = { "idempotency-key": run.mark, prefer: "wait=20" };
    const played = await later.client.raw(path, { method: "POST", headers, body: "the same" });
    const found = [played.status, played.headers.get("idempotency-replayed")];
    expect(found, await played.clone().text()).toEqual([203, "true"]);
    expect(run.receiver.at(`/bytes/10?run=${run.mark}`)).toHaveLength(1);
  };
  return async (middle) => {
    await again(middle);
    return again;
  };
});

/** The key of an operation that was deleted makes another. */
const freed: Scenario = three(async (place, run) => {
  const headers = { "idempotency-key": run.mark };
  const body = { kind: run.kind, input: 1 };
  const { id } = await create(place, run, body, headers);
  await claimOne(place, run);
  return async (middle) => {
    await act(middle, id, ":complete", { attempt: 1, result: 1 });
    const removed = await middle.client.raw(`/api/v1/operations/${id}`, { method: "DELETE" });
    expect(removed.status).toBe(204);
    const again = await create(middle, run, body, headers);
    expect(again.id).not.toBe(id);
    return async (end) => {
      expect((await end.client.get(id)).status).toBe(404);
      expect(await create(end, run, body, headers)).toMatchObject({ id: again.id });
    };
  };
});

/** The last of two operations of one key keeps it, though the first expires later. */
const expired: Scenario = two(async (place, run) => {
  const headers = { "idempotency-key": run.mark };
  const body = { kind: "echo", input: 1, ttl: "1ms" };
  const { id } = await create(place, run, body, headers);
  await eventually(async () => expect((await place.client.get(id)).status).toBe(404));
  return async (later) => {
    expect((await later.client.get(id)).status).toBe(404);
    const lasting = await finished(later, run);
    expect(await get(later, lasting.id)).toMatchObject({ status: "succeeded" });
    const again = await create(later, run, body, headers);
    expect(again.id).not.toBe(id);
  };
});

export const keys: Readonly<Record<string, Scenario>> = {
  ...Object.fromEntries(
    Object.entries(requests).map(([name, write]) => {
      const scenario = { ...repeated(write), isLarge: name.includes("600 KB") };
      return [`${name}, sent again`, scenario];
    }),
  ),
  "a batch with keys, sent again": batch,
  "a proxied request with a key, sent again": proxied,
  "a key whose operation was deleted": freed,
  "a key whose operation has expired": expired,
};
