import type { StepReply } from "../attempt.ts";

/** tries is how often storing is tried. */
const tries = 4;

/**
 * stored resolves with what became of storing something of a step, or with nothing where nobody knows: an object that has
 * restarted takes nothing of the attempt.
 */
export async function stored(store: () => Promise<StepReply>): Promise<StepReply | undefined> {
  for (let failures = 0; ; failures++) {
    try {
      return await store();
    } catch {
      if (failures + 1 === tries) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 100 * 4 ** failures));
    }
  }
}
