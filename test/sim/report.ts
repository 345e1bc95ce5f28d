import { readFileSync, writeFileSync } from "node:fs";
import { planOf } from "./draw.ts";
import { type Invariant, invariants } from "./invariants.ts";
import type { Plan } from "./plan.ts";
import { keep, shrink } from "./shrink.ts";
import type { Result } from "./simulation.ts";
import { run } from "./turn.ts";

/** Options say what is run, and what becomes of it. */
export interface Options {
  readonly seeds: number;
  readonly steps: number;
  /** The first. */
  readonly seed: number;
  /** Of one seed's plan, the parts that are kept. */
  readonly keep: readonly string[] | undefined;
  /** Where the shortened plan of a seed that fails goes. */
  readonly save: string | undefined;
  /** A file with such a plan. */
  readonly plan: string | undefined;
  /** Nothing goes wrong. */
  readonly isCalm: boolean;
  /** What fails is counted only. */
  readonly goesOn: boolean;
}

/** report runs what the options say, prints what comes of it, and says whether every invariant has held. */
export async function report(options: Options): Promise<boolean> {
  const { keep: kept, plan: file, seed, steps } = options;
  if (file !== undefined) return one(JSON.parse(readFileSync(file, "utf8")) as Plan);
  if (kept) return one(keep(planOf(seed, steps), kept), again(seed, steps, kept));
  return many(options);
}

async function many(options: Options): Promise<boolean> {
  const began = performance.now();
  const failed = new Map<Invariant, string[]>();
  let [done, events, steps] = [0, 0, 0];
  for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
    const drawn = planOf(seed, options.steps);
    const plan = options.isCalm ? { ...drawn, faults: [] } : drawn;
    const { violation, events: happened } = await run(plan);
    done += 1;
    events += happened;
    steps += plan.steps.length + plan.faults.length;
    if (options.goesOn && done % 1_000 === 0) console.log(`${done} seeds done`);
    if (!violation) continue;
    const { invariant, message } = violation;
    failed.set(invariant, [...(failed.get(invariant) ?? []), `seed ${seed}: ${message}`]);
    if (options.goesOn) continue;
    const { parts, result } = await shrink(plan, invariant);
    if (options.save !== undefined)
      writeFileSync(options.save, JSON.stringify(result.plan, null, 2));
    console.log(told(result, again(seed, options.steps, parts)));
    break;
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(`${done} seeds, ${steps} steps and faults, ${events} events in ${seconds} s`);
  for (const [invariant, messages] of failed) {
    console.log(`${messages.length} × ${invariant}: ${invariants[invariant]}`);
    for (const message of messages.slice(0, 10)) console.log(`    ${message.slice(0, 300)}`);
  }
  return failed.size === 0;
}

function again(seed: number, steps: number, parts: readonly string[]): string {
  return `npm run simulate -- --seed ${seed} --steps ${steps} --keep ${parts.join(",")}`;
}

async function one(plan: Plan, how?: string): Promise<boolean> {
  const result = await run(plan);
  console.log(told(result, how));
  return result.violation === undefined;
}

/** told is the history of a run, with what was planned and what is wrong. */
export function told({ plan, history, violation }: Result, how?: string): string {
  const { seed, shards, steps, faults } = plan;
  const lines = [
    `seed ${seed}, ${shards} shards, ${steps.length} steps, ${faults.length} faults`,
    ...steps.map(({ at, does }) => `${at.toFixed(2).padStart(12)}  step: ${JSON.stringify(does)}`),
    ...history,
  ];
  if (violation) lines.push(`${violation.invariant}. ${invariants[violation.invariant]}`);
  if (violation && how !== undefined) lines.push(`Again: ${how}`);
  return lines.join("\n");
}
