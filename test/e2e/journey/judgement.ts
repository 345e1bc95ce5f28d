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
