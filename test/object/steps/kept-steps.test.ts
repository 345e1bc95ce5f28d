import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KeptSteps } from "../../../src/core/operation/step.ts";
import { type OperationContext, OperationFailure } from "../../../src/kinds/kind.ts";
import type { OperationsObject } from "../../../src/object/operations-object.ts";
import { eventually } from "../../eventually.ts";
import { command, operationsOf } from "../commands.ts";
import { becomes, perform, snapshotOf, start } from "../performing.ts";

/** What the code does after its steps. */
let then: "succeed" | "fail" | "hang" = "succeed";
/** What becomes of undoing a step. */
let undoing: "works" | "fails" | "hangs" = "works";
/** The keys of the steps that are undone. */
let undone: string[] = [];

beforeEach(() => {
  undone = [];
  undoing = "works";
  for (const level of ["log", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation(() => {});
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Code that makes these steps, each of which can be undone, and then does what `then` says. */
function makes(...names: string[]): void {
  perform(async (op: OperationContext) => {
    const next = then;
    for (const name of names) {
      await op.step(name, () => name, {
        compensate: async ({ stepKey }) => {
          undone.push(stepKey);
          if (undoing === "fails") throw new Error("Who knows");
          while (undoing === "hangs" && !op.signal.aborted) await scheduler.wait(20);
        },
      });
    }
    if (next === "fail") throw new OperationFailure("broken", "It broke", { retryable: false });
    while (next === "hang" && !op.signal.aborted) await scheduler.wait(20);
    op.signal.throwIfAborted();
  });
}

function undosOf(tenant: string, id: string): Promise<Record<string, string | null>> {
  return runInDurableObject(operationsOf(tenant), (_: OperationsObject, { storage }) =>
    Object.fromEntries(
      storage.sql
        .exec<{ name: string; state: string | null }>(
          "SELECT name, doc ->> '$.undo.state' AS state FROM steps WHERE id = ? ORDER BY seq",
          id,
        )
        .toArray()
        .map(({ name, state }) => [name, state]),
    ),
  );
}

async function stepped(tenant: string, id: string, count: number): Promise<void> {
  await eventually(async () => {
    expect(Object.keys(await undosOf(tenant, id))).toHaveLength(count);
  });
}

async function readKept(tenant: string, id: string): Promise<KeptSteps> {
  const kept = await operationsOf(tenant).readKept(id);
  if ("error" in kept) throw new Error(kept.error.message);
  return kept;
}

/** goOn answers the id of an operation that goes on with the steps of another, in its object or in one of its own. */
async function goOn(from: string, id: string, to = from): Promise<string> {
  const kept = from === to ? undefined : await readKept(from, id);
  return snapshotOf(await operationsOf(to).createKept(command(), id, kept)).op.id;
}

/** ended answers the id of an operation that has made a step, and ended with it as it is. */
async function ended(tenant: string, how: "succeeded" | "forced"): Promise<string> {
  makes("a");
  then = how === "forced" ? "hang" : "succeed";
  const id = await start(tenant);
  if (how === "forced") {
    await stepped(tenant, id, 1);
    await operationsOf(tenant).cancel(id, undefined, true);
  }
  await becomes(tenant, id, how === "forced" ? "canceled" : how);
  return id;
}

describe("steps that are kept", () => {
  const cases = (["succeeded", "forced"] as const).flatMap((how) =>
    ["the same", "another"].map((where) => [how, where] as const),
  );

  it.each(cases)(
    "from one that ended as %s stay as they are where what goes on with them in %s object ends without success",
    async (how, where) => {
      const tenant = `kept-${how}-${where}`;
      const there = where === "another" ? `${tenant}-there` : tenant;
      const first = await ended(tenant, how);
      const before = await undosOf(tenant, first);
      expect(before).toEqual({ a: how === "forced" ? "not_undone" : "due" });
      then = "hang";
      const canceled = await goOn(tenant, first, there);
      await becomes(there, canceled, "running");
      await operationsOf(there).cancel(canceled);
      expect((await becomes(there, canceled, "canceled")).error?.code).toBe("canceled");
      then = "fail";
      await becomes(there, await goOn(tenant, first, there), "failed");
      expect(undone).toEqual([]);
      expect(await undosOf(tenant, first)).toEqual(before);
    },
  );

  it("are those on which another that has succeeded rests", async () => {
    const tenant = "kept-twice";
    const first = await ended(tenant, "forced");
    then = "hang";
    const third = await goOn(tenant, first);
    await becomes(tenant, third, "running");
    then = "succeed";
    await becomes(tenant, await goOn(tenant, first), "succeeded");
    await operationsOf(tenant).cancel(third);
    await becomes(tenant, third, "canceled");
    expect(undone).toEqual([]);
  });

  it("stay, and what the operation itself has made is undone", async () => {
    const tenant = "kept-own";
    const first = await ended(tenant, "forced");
    makes("a", "b", "c");
    then = "fail";
    const again = await goOn(tenant, first);
    await becomes(tenant, again, "failed");
    const { keys } = await readKept(tenant, first);
    expect(keys.id).toBe(first);
    expect(undone).toEqual([`${first}/c`, `${first}/b`]);
    expect(await undosOf(tenant, again)).toEqual({ a: null, b: "undone", c: "undone" });
  });

  it.each(["works", "fails", "hangs"] as const)(
    "are none once undoing them has begun, which %s: they may be undone",
    async (how) => {
      const tenant = `kept-undoing-${how}`;
      makes("a");
      undoing = how;
      then = "fail";
      const first = await start(tenant);
      await eventually(() => expect(undone).toHaveLength(1));
      if (how === "hangs") await operationsOf(tenant).cancel(first, undefined, true);
      await becomes(tenant, first, how === "hangs" ? "canceled" : "failed");
      const state = how === "works" ? "undone" : "not_undone";
      expect(await undosOf(tenant, first)).toEqual({ a: state });
      for (const refused of [
        await operationsOf(tenant).createKept(command(), first),
        await operationsOf(tenant).readKept(first),
      ]) {
        expect("error" in refused && refused.error?.code).toBe("validation-failed");
      }
    },
  );

  it("stay where an object of older code says that they are due", async () => {
    const [tenant, there] = ["kept-older", "kept-older-there"];
    const first = await ended(tenant, "succeeded");
    const { keys, rows } = await readKept(tenant, first);
    const due = rows.map(([name, size, doc, value]) => {
      const older = JSON.stringify({ ...JSON.parse(doc), undo: { state: "due" } });
      return [name, size, older, value] as const;
    });
    then = "fail";
    const made = await operationsOf(there).createKept(command(), first, { keys, rows: due });
    const { id } = snapshotOf(made).op;
    await becomes(there, id, "failed");
    expect(undone).toEqual([]);
    expect(await undosOf(there, id)).toEqual({ a: null });
  });
});
