import { expect } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "../../eventually.ts";
import { act, claimOne, create, finished, get, report } from "../asking.ts";
import { events, Follower, socket } from "../following.ts";
import { type Scenario, three, two } from "../scenario.ts";

// Those who wait and watch: on one connection where no deploy cuts it off, else resuming.

/** One operation, from its first state to its end. */
const one = (open: typeof events, name: string): Scenario =>
  three(async (place, run) => {
    const { id } = await create(place, run, { kind: run.kind });
    const path = `/api/v1/operations/${id}/${name}`;
    const follower = await new Follower(open, path).at(place);
    expect(await follower.until(() => true)).toMatchObject({ id, status: "pending", version: 1 });
    return async (middle) => {
      await follower.at(middle);
      await claimOne(middle, run);
      await follower.until(({ status }) => status === "running");
      await report(middle, id, { attempt: 1, percentComplete: 50 });
      await follower.until(({ percentComplete }) => percentComplete === 50);
      return async (end) => {
        await follower.at(end);
        await act(end, id, ":complete", { attempt: 1, result: "done" });
        const last = await follower.until(({ status }) => status === "succeeded");
        expect(last).toMatchObject({ id, result: "done" });
        await follower.over();
        expect(follower.told.at(-1)).toBe(last);
        // Whoever knows the end is told nothing more.
        const again = await new Follower(open, path, follower.after).at(end);
        await again.over();
        expect(again.told).toEqual([]);
      };
    };
  });

/** Every operation of the tenant that has a label: those there were, those made later, their ends. */
const all = (open: typeof events, name: string): Scenario =>
  three(async (place, run) => {
    const first = await create(place, run, { kind: run.kind });
    const follower = new Follower(open, `/api/v1/${name}?label=run:${run.mark}`);
    await follower.at(place);
    await follower.until(({ id }) => id === first.id);
    const second = await create(place, run, { kind: "echo", input: 2 });
    await follower.until(({ id, status }) => id === second.id && status === "succeeded");
    return async (middle) => {
      // Before it resumes, so that this is what it missed.
      const third = await finished(middle, run);
      await follower.at(middle);
      await follower.until(({ id, status }) => id === third.id && status === "succeeded");
      const fourth = await create(middle, run, { kind: "simulate", input: {}, startAfter: "1h" });
      await follower.until(({ id }) => id === fourth.id);
      return async (end) => {
        await act(end, fourth.id, ":cancel");
        await follower.at(end);
        await follower.until(({ id, status }) => id === fourth.id && status === "canceled");
        await act(end, first.id, ":cancel");
        await follower.until(({ id, status }) => id === first.id && status === "canceled");
        follower.close();
        const ids = new Set(follower.told.map(({ id }) => id));
        expect(ids).toEqual(new Set([first.id, second.id, third.id, fourth.id]));
      };
    };
  });

/** A long poll, of the end or of the next version. */
const wait = (query: string): Scenario =>
  two(async (place, run) => {
    const made = await create(place, run, { kind: run.kind });
    const headers = query === "" ? { prefer: "wait=20", "if-none-match": '"1"' } : {};
    const path = `/api/v1/operations/${made.id}${query}`;
    const waiting = place.client.json(path, { headers }).catch(() => undefined);
    return async (later) => {
      await claimOne(later, run);
      await act(later, made.id, ":complete", { attempt: 1, result: "done" });
      const told = await waiting;
      if (later.phase === place.phase) {
        const version = query === "" ? 2 : 3;
        expect(told).toMatchObject({ status: 200, body: { id: made.id, version } });
      }
      expect(await get(later, made.id, "?wait=20s")).toMatchObject({ version: 3, result: "done" });
    };
  });

/** A create that waits is answered by whoever ends the work. */
const createdAndAwaited: Scenario = two(async (place, run) => {
  const body = { kind: run.kind, input: "x" };
  const headers = { prefer: "wait=20", "idempotency-key": run.mark };
  const waiting = create(place, run, body, headers).catch(() => undefined);
  const { id } = await claimOne(place, run);
  return async (later) => {
    await act(later, id, ":complete", { attempt: 1, result: [1] });
    const told = await waiting;
    if (later.phase === place.phase) expect(told).toMatchObject({ id, result: [1] });
    expect(await create(later, run, body, headers)).toMatchObject({ id, result: [1] });
  };
});

const canceled: Scenario = two(async (place, run) => {
  const { id } = await create(place, run, { kind: run.kind });
  await claimOne(place, run);
  return async ({ client, ...later }) => {
    const url = new URL(`/api/v1/operations/${id}/watch`, client.url.replace("http", "ws"));
    const headers = { authorization: `Bearer ${client.token}` };
    const watching = new WebSocket(url, { headers });
    watching.on("open", () => watching.send('{"type":"cancel"}'));
    const isCanceling = async () => (await client.get(id)).body.cancelRequestedAt !== undefined;
    await eventually(async () => expect(await isCanceling()).toBe(true));
    watching.terminate();
    const error = { code: "canceled", message: "as asked" };
    const answer = await act({ client, ...later }, id, ":fail", { attempt: 1, error });
    expect(answer.body).toMatchObject({ status: "canceled", error });
  };
});

export const watches: Readonly<Record<string, Scenario>> = {
  "a long poll for the end": wait("?wait=20s"),
  "a long poll for the next version": wait(""),
  "a create that waits": createdAndAwaited,
  "one operation's events": one(events, "events"),
  "one operation's WebSocket": one(socket, "watch"),
  "a tenant's events": all(events, "events"),
  "a tenant's WebSocket": all(socket, "watch"),
  "a cancel by WebSocket": canceled,
};
