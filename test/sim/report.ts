import { type Invariant, invariants } from "./invariants.ts";
import { planOf } from "./plan.ts";
import { keep, shrink } from "./shrink.ts";
import { type Result, simulate } from "./simulation.ts";

/** Options say which seeds are run. */
export interface Options {
  readonly seeds: number;
  readonly steps: number;
  /** The first. */
  readonly seed: number;
}

/** report runs seeds, prints what comes of them, and says whether every invariant has held. */
export function report(
  options: Options,
  kept: readonly string[] | undefined,
  goesOn: boolean,
): boolean {
  if (kept) return one(options, kept);
  const began = performance.now();
  const failed = new Map<string, string[]>();
  let [done, events, steps] = [0, 0, 0];
  for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
    const plan = planOf(seed, options.steps);
    const result = simulate(plan);
    done += 1;
    events += result.events;
    steps += plan.steps.length + plan.faults.length;
    if (!result.violation) continue;
    const { invariant, message } = result.violation;
    failed.set(invariant, [...(failed.get(invariant) ?? []), `seed ${seed}: ${message}`]);
    if (goesOn) continue;
    console.log(shortest(seed, options.steps, invariant));
    break;
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(`${done} seeds, ${steps} steps and faults, ${events} events in ${seconds} s`);
  for (const [invariant, messages] of failed) {
    console.log(`${messages.length} × ${invariant}: ${invariants[invariant as Invariant]}`);
    for (const message of messages.slice(0, 10)) console.log(`    ${message.slice(0, 300)}`);
  }
  return failed.size === 0;
}

/** shortest is the shortest history found of a failing seed, and how to run it again. */
export function shortest(seed: number, steps: number, invariant: string): string {
  const { parts, result } = shrink(planOf(seed, steps), invariant);
  return told(result, seed, steps, parts);
}

function one({ seed, steps }: Options, kept: readonly string[]): boolean {
  const plan = planOf(seed, steps);
  const result = simulate(kept[0] === "all" ? plan : keep(plan, kept));
  console.log(told(result, seed, steps, kept));
  return result.violation === undefined;
}

function told(result: Result, seed: number, steps: number, parts: readonly string[]): string {
  const { plan, history, violation } = result;
  const lines = [
    `seed ${seed}, ${plan.shards} shards, ${plan.steps.length} steps, ${plan.faults.length} faults`,
    ...plan.steps.map(
      ({ at, does }) => `${at.toFixed(2).padStart(12)}  step: ${JSON.stringify(does)}`,
    ),
    ...history,
  ];
  if (violation) {
    const { invariant } = violation;
    lines.push(
      `${invariant}. ${invariants[invariant]}`,
      `Again: npm run simulate -- --seed ${seed} --steps ${steps} --keep ${parts.join(",")}`,
    );
  }
  return lines.join("\n");
}
