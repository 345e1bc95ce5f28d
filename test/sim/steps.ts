import type { StepRecord } from "../../src/core/operation/step.ts";
import type { Wrong } from "./rest.ts";
import { type Attempt, nameOf, shortId } from "./runtime/network.ts";
import type { ObjectHost } from "./runtime/object-host.ts";
import type { World } from "./runtime/world.ts";

/** What a step does: it is made, or undone. */
export type Does = "made" | "undone";

/** stepsOf reads what is on the disk of an object of an operation's steps, in the order in which it was stored. */
export function stepsOf(host: ObjectHost, id: string): StepRecord[] {
  if (host.lives === 0 || !host.database.has("steps")) return [];
  return host.database
    .all("SELECT doc FROM steps WHERE id = ? ORDER BY seq", [id])
    .map(({ doc }) => JSON.parse(String(doc)) as StepRecord);
}

/**
 * checkStep holds what a step does against what is stored, where its attempt is the one that is heard: one that
 * is cut off from its object may know less.
 */
export function checkStep(
  world: World,
  host: ObjectHost,
  { task, life }: Attempt,
  name: string,
  does: Does,
): void {
  if (life !== host.life) return;
  const [row] = host.database.all("SELECT doc FROM operations WHERE id = ?", [task.id]);
  const op = row && JSON.parse(String(row.doc));
  if (op?.attempt !== task.attempt || op.status !== "running") return;
  const where = `step ${name} of ${nameOf(task)}`;
  const stored = stepsOf(host, task.id);
  const index = stored.findIndex((record) => record.name === name);
  const { endedAt, error, undo } = stored[index] ?? {};
  if (does === "made") {
    if (op.compensation) world.fail("S20", `${where} is made while others are undone`);
    if (endedAt !== undefined && !error) world.fail("S20", `${where} is stored, and made again`);
    return;
  }
  if (!op.compensation) world.fail("S21", `${where} is undone, and the work goes on`);
  if (undo?.state !== "due") world.fail("S21", `${where} is undone, which is ${undo?.state}`);
  const newer = stored.slice(index + 1).find((record) => record.undo?.state === "due");
  if (newer) world.fail("S21", `${where} is undone before the newer ${newer.name}`);
}

/** undoneOf finds steps of an operation that has ended without success that are neither undone nor told not to be. */
export function undoneOf(
  host: ObjectHost,
  { id, status }: { id: string; status: string },
): Wrong[] {
  if (status === "succeeded") return [];
  return stepsOf(host, id).flatMap(({ name, undo }): Wrong[] =>
    undo?.state === "due" ? [["S21", `step ${name} of ${shortId(id)} is left, and not told`]] : [],
  );
}
