import type { Plan } from "./plan.ts";
import type { Result } from "./simulation.ts";
import { run } from "./turn.ts";

/** most is how many runs a shortening may take. */
const most = 600;

/** Part names a step or a fault of a plan by its place: `3`, `f0`. */
type Part = string;

/** partsOf names all that a plan consists of. */
function partsOf({ steps, faults }: Plan): Part[] {
  return [...steps.map((_, index) => `${index}`), ...faults.map((_, index) => `f${index}`)];
}

/** keep is a plan of which only some parts are left. */
export function keep(plan: Plan, parts: readonly Part[]): Plan {
  const kept = new Set(parts);
  return {
    ...plan,
    steps: plan.steps.filter((_, index) => kept.has(`${index}`)),
    faults: plan.faults.filter((_, index) => kept.has(`f${index}`)),
  };
}

/**
 * shrink leaves out of a failing plan what is not needed for it to fail by the same invariant: ever
 * smaller pieces of it, until no single part can be left out.
 */
export async function shrink(
  plan: Plan,
  invariant: string,
): Promise<{ readonly parts: readonly Part[]; readonly result: Result }> {
  let parts = partsOf(plan);
  let result = await run(plan);
  let runs = 0;
  for (let size = Math.ceil(parts.length / 2); size >= 1 && runs < most; ) {
    let isShorter = false;
    for (let at = 0; at < parts.length && runs < most; ) {
      const rest = [...parts.slice(0, at), ...parts.slice(at + size)];
      const tried = await run(keep(plan, rest));
      runs += 1;
      if (tried.violation?.invariant === invariant) {
        [parts, result, isShorter] = [rest, tried, true];
      } else at += size;
    }
    if (size === 1 && !isShorter) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return { parts, result };
}
