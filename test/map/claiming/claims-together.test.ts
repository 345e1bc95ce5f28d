import { expect, test } from "vitest";
import type { ClaimCommand, Claimed } from "../../../src/core/work.ts";
import { claimInTurn } from "../../../src/map/claiming/claim-in-turn.ts";
import type { ObjectClaims } from "../../../src/map/claiming/object-claims.ts";
import type { Claimant } from "../../../src/map/claiming/open-claim.ts";
import type { Part } from "../../../src/object/calls.ts";

interface Held {
  readonly work: string[];
  /** How many operations fit into one message. */
  readonly most?: number;
  readonly fails?: boolean;
  /** What its answers wait for. */
  readonly gate?: Promise<void>;
}

/** Objects that hold work, how many claims each call made, what was sent, and what has been given back. */
function objectsOf(...held: readonly Held[]) {
  const released: string[] = [];
  const asked: number[] = [];
  const sent: (readonly ClaimCommand[])[] = [];
  const objects = held.map(({ work, most = 100, fails = false, gate }) => ({
    async claim(commands: readonly ClaimCommand[]) {
      asked.push(commands.length);
      sent.push(commands);
      if (fails) throw new Error("out of reach");
      let room = most;
      const found = commands.map(({ max }) => {
        const own = work.splice(0, Math.min(max, room));
        room -= own.length;
        return room === 0 && own.length === 0 && work.length > 0 ? null : own.map(claimedOf);
      });
      await gate;
      return found;
    },
    async release(claimed: readonly Claimed[]) {
      released.push(...claimed.map(({ op }) => op.id));
    },
  }));
  return { objects: objects as unknown as ObjectClaims[], released, asked, sent };
}

const claimedOf = (id: string) => ({ op: { id, attempt: 1 }, input: "" }) as unknown as Claimed;

const claimant = (max = 1, isGone = false): Claimant => ({
  command: { kinds: ["resize"], max, lease: 1_000 },
  isGone,
});

/** Claims for all, and returns what each has got, and what was told early. */
async function claim(objects: ObjectClaims[], claimants: readonly Claimant[], first?: number) {
  const early: Part[] = [];
  const failures: unknown[] = [];
  const kept: Promise<unknown>[] = [];
  const around = {
    keep: (promise: Promise<unknown>) => kept.push(promise),
    failed: (thrown: unknown) => failures.push(thrown),
    told: (part: Part) => early.push(part),
  };
  const late = await claimInTurn(objects, claimants, around, first);
  const all = [...early.flat(), ...late].sort(([a], [b]) => a - b);
  const got = all.map(([index, settled]): [number, readonly string[]] => [
    index,
    "thrown" in settled
      ? [String(settled.thrown)]
      : (settled.value as readonly Claimed[]).map(({ op }) => op.id),
  ]);
  return { got, early, failures, kept };
}

const three = [claimant(), claimant(2), claimant()];

test("claimInTurn asks an object once for all claims, and each gets its own", async () => {
  const { objects, asked } = objectsOf({ work: ["a", "b", "c", "d", "e"] });
  const { got } = await claim(objects, three);
  expect(got).toEqual([
    [0, ["a"]],
    [1, ["b", "c"]],
    [2, ["d"]],
  ]);
  expect(asked).toEqual([3]);
});

test("claimInTurn sends equal commands as one object, and equal kinds as one list", async () => {
  const { objects, sent } = objectsOf({ work: ["a"] }, { work: [] });
  const worker = { ...claimant(), command: { ...claimant().command, worker: "one" } };
  await claim(objects, [claimant(), claimant(3), claimant(), worker, claimant()], 0);
  const [first = [], second = []] = sent;
  expect(first).toEqual(
    [1, 3, 1, 1, 1].map((max, n) => ({ ...(n === 3 ? worker : claimant()).command, max })),
  );
  expect(first[2]).toBe(first[0]);
  expect([new Set(first).size, new Set(second).size]).toEqual([3, 3]);
  expect(new Set([...first, ...second].map(({ kinds }) => kinds)).size).toBe(1);
});

test("claimInTurn asks further objects only for the claims that need more, and tells the others meanwhile", async () => {
  const { objects, asked } = objectsOf({ work: ["a", "b"] }, { work: ["c", "d"] });
  const { got, early } = await claim(objects, three);
  expect(got.flatMap(([, ids]) => ids).toSorted()).toEqual(["a", "b", "c", "d"]);
  expect(got.map(([, ids]) => ids.length)).toEqual([1, 2, 1]);
  expect(asked).toEqual([3, 2]);
  expect(early.map((part) => part.map(([index]) => index))).toEqual([[0]]);
});

test("claimInTurn begins with the object that it is told to, and asks others for what that has not", async () => {
  const { objects } = objectsOf({ work: ["a", "b"] }, { work: ["c"] }, { work: ["d", "e"] });
  const { got } = await claim(objects, [claimant(), claimant(3)], 1);
  expect(got).toEqual([
    [0, ["c"]],
    [1, ["d", "e", "a"]],
  ]);
});

test("claimInTurn asks again for claims that were passed over because of the size of the others", async () => {
  const { objects, asked } = objectsOf({ work: ["a", "b", "c", "d"], most: 1 });
  const { got } = await claim(objects, [claimant(), claimant(), claimant(), claimant()]);
  expect(got).toEqual([
    [0, ["a"]],
    [1, ["b"]],
    [2, ["c"]],
    [3, ["d"]],
  ]);
  expect(asked).toEqual([4, 3, 2, 1]);
});

test("claimInTurn returns nothing to claims for which there is nothing", async () => {
  const { objects, asked } = objectsOf({ work: [] }, { work: [] });
  expect((await claim(objects, three)).got).toEqual([
    [0, []],
    [1, []],
    [2, []],
  ]);
  expect(asked).toEqual([3, 3]);
});

test("claimInTurn skips an object that fails, and throws to all where every one does", async () => {
  const some = objectsOf({ work: ["a", "b", "c", "d"] }, { work: [], fails: true });
  const first = await claim(some.objects, three);
  expect(first.got.flatMap(([, ids]) => ids)).toEqual(["a", "b", "c", "d"]);
  const none = objectsOf({ work: ["a"], fails: true }, { work: ["b"], fails: true });
  const { got, failures } = await claim(none.objects, three);
  expect(got.flatMap(([, error]) => error)).toEqual(three.map(() => "Error: out of reach"));
  expect(failures).toEqual([]);
});

test("claimInTurn claims nothing for a worker that has gone, and gives back what came too late for it", async () => {
  const gone = objectsOf({ work: ["a"] });
  expect((await claim(gone.objects, [claimant(1, true)])).got).toEqual([[0, []]]);
  expect(gone.asked).toEqual([]);

  const gate = Promise.withResolvers<void>();
  const { objects, released } = objectsOf({ work: ["a", "b"], gate: gate.promise });
  const [leaving, staying] = [claimant(), claimant()];
  const claiming = claim(objects, [leaving, staying]);
  leaving.isGone = true;
  gate.resolve();
  expect((await claiming).got).toEqual([
    [0, []],
    [1, ["b"]],
  ]);
  expect(released).toEqual(["a"]);
});

test("claimInTurn gives back what one object has handed out if its worker goes while another is asked", async () => {
  const gate = Promise.withResolvers<void>();
  const slow = { work: [], gate: gate.promise };
  const { objects, released, asked } = objectsOf({ work: ["a"] }, slow);
  const leaving = claimant(2);
  const claiming = claim(objects, [leaving], 0);
  await expect.poll(() => asked.length).toBe(2);
  leaving.isGone = true;
  gate.resolve();
  expect((await claiming).got).toEqual([[0, []]]);
  expect(released).toEqual(["a"]);
});

test("claimInTurn returns what it has claimed although what is left over cannot be given back", async () => {
  const gate = Promise.withResolvers<void>();
  const { objects } = objectsOf({ work: ["a", "b"], gate: gate.promise });
  const broken = new Error("cannot be given back");
  for (const object of objects) object.release = () => Promise.reject(broken);
  const [leaving, staying] = [claimant(), claimant()];
  const claiming = claim(objects, [leaving, staying]);
  leaving.isGone = true;
  gate.resolve();
  const { got, failures } = await claiming;
  expect(got).toEqual([
    [0, []],
    [1, ["b"]],
  ]);
  expect(failures).toEqual([broken]);
});

test("claimInTurn gives back what a slow object hands out after the claims have got theirs elsewhere", async () => {
  const gate = Promise.withResolvers<void>();
  const slow = { work: ["a", "b", "c", "d"], gate: gate.promise };
  const { objects, released } = objectsOf(slow, { work: ["e", "f", "g", "h"] });
  const { got, kept } = await claim(objects, three);
  expect(got.flatMap(([, ids]) => ids).toSorted()).toEqual(["e", "f", "g", "h"]);
  gate.resolve();
  await Promise.all(kept);
  // Nothing, if the other object came first.
  expect([[], ["a", "b", "c", "d"]]).toContainEqual(released.toSorted());
});
