import { describe, expect, it, vi } from "vitest";
import { createOperation } from "../../src/core/operation/create.ts";
import { once } from "../../src/core/retry.ts";
import { type Follower, Followers } from "../../src/object/map/followers.ts";
import { Panics } from "../../src/object/map/panics.ts";
import { Savepoints } from "../../src/object/storage/savepoints.ts";

const op = createOperation(
  { id: "op", kind: "echo", ttl: 1, deadline: 1, retry: once, labels: {} },
  0,
);
const at = { now: 1, stamp: 1 };

/** Followers of which each says what it is told, in order. */
function following(...parts: Partial<Follower>[]) {
  const told: string[] = [];
  const savepoints = new Savepoints((write) => write());
  const panicked = vi.fn();
  const named = parts.map((part, n): Follower => {
    const event = `${n}`;
    const changed = () => {
      told.push(`${event} changed`);
      return () => void told.push(`${event} follows`);
    };
    return { event, changed, ...part };
  });
  const followers = new Followers(named, savepoints, new Panics(panicked));
  return { followers, savepoints, told, panicked };
}

describe("Followers", () => {
  it("are told of a change in order, and what they return is done once its rows hold", () => {
    const { followers, savepoints, told } = following({}, {});
    savepoints.run(() => {
      followers.changed(undefined, { op }, at);
      told.push("rows");
    });
    expect(told).toEqual(["0 changed", "1 changed", "rows", "0 follows", "1 follows"]);
  });

  it("one that throws takes the change back, with what others have noted and what would follow", () => {
    const undone = vi.fn();
    const broken = () => {
      throw new Error("disk full");
    };
    const { followers, savepoints, told } = following({ undone }, { changed: broken });
    const write = () => savepoints.run(() => followers.changed(op, { op }, at));
    expect(write).toThrow("disk full");
    expect([told, undone.mock.calls]).toEqual([["0 changed"], [[op, op]]]);
  });

  it("what breaks once the rows hold is reported by its name, and stops no other", () => {
    const broken = () => () => {
      throw new Error("socket");
    };
    const { followers, savepoints, told, panicked } = following({ changed: broken }, {});
    savepoints.run(() => followers.changed(op, { op }, at));
    expect(told).toEqual(["1 changed", "1 follows"]);
    expect(panicked).toHaveBeenCalledExactlyOnceWith(expect.anything(), { event: "0" });
  });

  it("a removal is told to those who follow removals", () => {
    const removed = vi.fn(() => undefined);
    const { followers, savepoints, told } = following({}, { removed });
    savepoints.run(() => followers.removed(op));
    expect([told, removed.mock.calls]).toEqual([[], [[op]]]);
  });
});
