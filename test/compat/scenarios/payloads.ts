import { expect } from "vitest";
import { act, claimOne, create, ended, finished, get } from "../asking.ts";
import { bytes } from "../receiver.ts";
import { type Place, type Scenario, three, two } from "../scenario.ts";

// What a client sent and what it gets back, of every size that is stored in a way of its own.

const sizes = {
  "1 KB": 1_000,
  "10 KB": 10_000,
  "100 KB": 100_000,
  "600 KB": 600_000,
  "3 MB": 3_000_000,
};

/** Two bytes of UTF-8 for every third character, so that characters and bytes are not the same. */
const text = (size: number) => "xyé".repeat(size / 4).padEnd(size / 2, "z");

async function inputOf(place: Place, id: string): Promise<unknown> {
  const answer = await place.client.json<{ input: unknown }>(`/api/v1/operations/${id}/input`);
  expect(answer.status).toBe(200);
  return answer.body.input;
}

async function resultOf(place: Place, id: string): Promise<unknown> {
  const response = await place.client.result(id);
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "application/json",
  ]);
  return response.json();
}

/** In code: input and result are the same. */
const echoed = (size: number): Scenario =>
  three(async (place, run) => {
    const value = { text: text(size) };
    const made = await finished(place, run, { kind: "echo", input: value });
    const { result: _, ...rest } = made;
    const check = async (later: Place) => {
      const { result, ...shown } = await get(later, made.id);
      expect(shown).toEqual({ ...rest, links: shown.links });
      // The objects of afff165 show no result that stands beside its row; they play it back.
      const isBeside = place.object === "new" && size > 8 * 1024;
      expect(result).toEqual(isBeside && later.object === "old" ? undefined : made.result);
      expect(await resultOf(later, made.id)).toEqual(value);
      expect(await inputOf(later, made.id)).toEqual(value);
    };
    await check(place);
    return async (middle) => {
      await check(middle);
      return check;
    };
  });

/** By a worker elsewhere: the input is made at the first place, claimed at the second, ended at the third. */
const worked = (size: number): Scenario =>
  three(async (place, run) => {
    const input = [text(size)];
    const { id } = await create(place, run, { kind: run.kind, input });
    return async (middle) => {
      const claimed = await claimOne(middle, run);
      expect(claimed).toMatchObject({ id, attempt: 1, input });
      const result = { result: text(size) };
      return async (end) => {
        expect(await inputOf(end, id)).toEqual(input);
        const answer = await act(end, id, ":complete", { attempt: 1, result });
        expect([answer.status, answer.body.status]).toEqual([200, "succeeded"]);
        expect(await resultOf(end, id)).toEqual(result);
      };
    };
  });

/** Completed at the first place, read and removed at the others. */
const completed = (size: number): Scenario =>
  three(async (place, run) => {
    const { id } = await create(place, run, { kind: run.kind });
    await claimOne(place, run);
    const result = { result: text(size) };
    expect((await act(place, id, ":complete", { attempt: 1, result })).status).toBe(200);
    return async (middle) => {
      expect(await resultOf(middle, id)).toEqual(result);
      return async (end) => {
        expect(await resultOf(end, id)).toEqual(result);
        const removed = await end.client.raw(`/api/v1/operations/${id}`, { method: "DELETE" });
        expect(removed.status).toBe(204);
        expect((await end.client.result(id)).status).toBe(404);
      };
    };
  });

const binary = (size: number): Scenario =>
  three(async (place) => {
    const path = `/api/proxy/upstream/bytes/${size}`;
    const asked = await place.client.raw(path, { headers: { prefer: "respond-async" } });
    expect(asked.status).toBe(202);
    const { id } = (await asked.json()) as { id: string };
    expect(await ended(place, id)).toMatchObject({ status: "succeeded" });
    const before = await place.client.result(id);
    await before.arrayBuffer();
    const check = async (later: Place) => {
      const response = await later.client.result(id);
      expect(response.status).toBe(203);
      for (const name of ["content-type", "x-upstream", "etag", "content-length"]) {
        expect(response.headers.get(name), name).toBe(before.headers.get(name));
      }
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes(size))).toBe(true);
    };
    return async (middle) => {
      await check(middle);
      return check;
    };
  });

const small = {
  "an empty input and no result": two(async (place, run) => {
    const { id } = await finished(place, run, { kind: "simulate", input: {} });
    return async (later) => {
      expect(await get(later, id)).toMatchObject({ status: "succeeded", result: null });
      expect(await resultOf(later, id)).toBeNull();
      expect(await inputOf(later, id)).toEqual({});
    };
  }),
};

const ofSizes = (name: string, of: (size: number) => Scenario) =>
  Object.entries(sizes).map(([size, count]) => {
    const scenario = { ...of(count), isLarge: count > 50_000 };
    return [`${name} of ${size}`, scenario] as const;
  });

export const payloads: Readonly<Record<string, Scenario>> = {
  ...small,
  ...Object.fromEntries([
    ...ofSizes("an echo", echoed),
    ...ofSizes("work", worked),
    ...ofSizes("a completed result", completed),
    ...ofSizes("an upstream's bytes", binary),
  ]),
};
