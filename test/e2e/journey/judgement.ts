import type { Attempt } from "../../../src/client/index.ts";
import type { Monitor } from "../client.ts";
import type { Visit } from "./counting-upstream.ts";

/** stages are the steps of `journey` in the order in which they are taken; those of one stage side by side. */
const stages: readonly (readonly string[])[] = [["first"], ["second"], ["left", "right"], ["last"]];

/**
 * judgeJourney returns what is wrong with a journey that has ended: it is to have ended as if nothing had
 * happened, with each step made at least once, never again once its answer was stored, and always with
 * one key.
 */
export function judgeJourney(op: Monitor, all: readonly Visit[]): string[] {
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`journey ${op.id}: ${what}`);
  if (op.status !== "succeeded") say(`${op.status} ${JSON.stringify(op.error)}`);
  const result = (op.result ?? {}) as Readonly<Record<string, unknown>>;
  const visits = all.filter(({ operation }) => operation === op.id);
  let stage = 0;
  for (const { step } of visits) {
    const at = stages.findIndex((names) => names.includes(step));
    if (at < stage) say(`"${step}" was made again after a later step`);
    stage = Math.max(stage, at);
  }
  for (const step of stages.flat()) {
    const own = visits.filter((visit) => visit.step === step);
    if (own.length === 0) say(`"${step}" was never made`);
    if (new Set(own.map(({ key }) => key)).size > 1) say(`"${step}" had more than one key`);
    // Once one try's answer is stored there is no other.
    if (own.at(-1)?.gave !== result[step]) say(`"${step}" was made again after it was stored`);
  }
  return wrong;
}

/** Retreat is what an operation of kind `retreat` is to do. */
export interface Retreat {
  readonly id: string;
  readonly how: "failed" | "canceled" | "deadline_exceeded";
}

/**
 * judgeRetreat returns what is wrong with a retreat that has ended: it is to have ended as it was to, each
 * step that was done undone or recorded as not, newest first, with no step made or undone again once
 * that was stored.
 */
export function judgeRetreat(
  { how }: Retreat,
  op: Monitor,
  attempts: readonly Attempt[],
  all: readonly Visit[],
): string[] {
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`retreat ${op.id} (${how}): ${what}`);
  const codes = how === "failed" ? ["retreat"] : [how];
  // What is lost so near its deadline that no attempt is worth while.
  if (how === "deadline_exceeded") codes.push("interrupted");
  if (!codes.includes(op.error?.code ?? "")) say(`${op.status} ${JSON.stringify(op.error)}`);
  const visits = all.filter(({ operation }) => operation === op.id);
  // As if each undoing were a step behind the fifth, the newest first.
  const places = visits.map(({ step }) => {
    const n = Number.parseInt(step, 10);
    return step.endsWith("-undo") ? 11 - n : n;
  });
  places.forEach((place, index) => {
    const before = places[index - 1] ?? 0;
    if (place < before) say(`"${visits[index]?.step}" was made after "${visits[index - 1]?.step}"`);
  });
  for (const [step, own] of Map.groupBy(visits, (visit) => visit.step)) {
    if (new Set(own.map(({ key }) => key)).size > 1) say(`"${step}" had more than one key`);
  }
  // Of many attempts, the first are not told, nor what they stored.
  const steps = attempts.flatMap((attempt) => attempt.steps).filter(({ type }) => type === "step");
  for (const { name, undo } of steps) {
    const isVisited = visits.some(({ step }) => step === `${name}-undo`);
    if (undo?.state === "undone" ? !isVisited : undo?.state !== "not_undone") {
      say(`"${name}" is ${undo?.state}, and ${isVisited ? "undone" : "not undone"}`);
    }
    if (undo?.state === "not_undone") say(`"${name}" is not undone: ${JSON.stringify(undo.error)}`);
  }
  if (attempts[0]?.attempt === 1) {
    const told = new Set(steps.map(({ name }) => `${name}-undo`));
    const other = visits.find(({ step }) => step.endsWith("-undo") && !told.has(step));
    if (other) say(`"${other.step}" was made, of a step that is not stored`);
  }
  return wrong;
}
