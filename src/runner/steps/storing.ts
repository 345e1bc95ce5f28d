import type { StepReply } from "../attempt.ts";

/** tries is how many times storing is tried. */
const tries = 4;

/**
 * stored resolves with the reply to storing a step, or with undefined if it is unknown whether it was stored: an object
 * that has restarted accepts nothing from the attempt.
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
