import type { Client } from "../e2e/client.ts";
import type { Receiver } from "./receiver.ts";
import type { Version } from "./versions.ts";

/** Place is where one step of a scenario is done. */
export interface Place {
  /** Speaks to the Worker of this version, as the tenant of the run. */
  readonly client: Client;
  readonly worker: Version;
  readonly object: Version;
  /** Counts the objects' deploys, so that two steps with one number have no restart between them. */
  readonly phase: number;
}

/** Run is one way through a scenario. */
export interface Run {
  /** Unique among all runs; a label, a key, or part of a name. */
  readonly mark: string;
  /** An external kind that no other run uses. */
  readonly kind: string;
  /** Upstream and webhook target of all runs. */
  readonly receiver: Receiver;
}

/**
 * Step does one part of a scenario at a place, and answers the part that comes after it, where
 * there is one. What was known of the map travels from step to step in the closure.
 */
export type Step = (place: Place) => Promise<Step | undefined>;

/** Scenario is something that clients do, in two or three steps that a deploy may come between. */
export interface Scenario {
  readonly steps: 2 | 3;
  /** Whether it moves so much that it is not done on every route. */
  readonly isLarge?: boolean;
  begin(run: Run): Step;
}

/** two is a scenario whose first step answers its last. */
export function two(
  first: (place: Place, run: Run) => Promise<(place: Place) => Promise<void>>,
): Scenario {
  return {
    steps: 2,
    begin: (run) => async (place) => last(await first(place, run)),
  };
}

/** three is a scenario with a step in between. */
export function three(
  first: (
    place: Place,
    run: Run,
  ) => Promise<(place: Place) => Promise<(place: Place) => Promise<void>>>,
): Scenario {
  return {
    steps: 3,
    begin: (run) => async (place) => {
      const second = await first(place, run);
      return async (next) => last(await second(next));
    },
  };
}

function last(step: (place: Place) => Promise<void>): Step {
  return async (place) => {
    await step(place);
    return undefined;
  };
}
