import type { Scenario } from "./scenario.ts";
import type { Version } from "./versions.ts";

/** phases are the deploys of the objects, one after the other on one state: there, back, and again. */
export const phases: readonly Version[] = ["old", "new", "old", "new"];

/** Tenant is named after the code that made its objects. */
export type Tenant = "born-old" | "born-new";

/** Stop is one step's place: how many deploys of the objects came before, and which Worker is asked. */
export interface Stop {
  readonly phase: number;
  readonly worker: Version;
}

/** Route is where the steps of a run are done, and on whose objects. */
export interface Route {
  readonly tenant: Tenant;
  readonly stops: readonly Stop[];
}

const versions: readonly Version[] = ["old", "new"];

/**
 * routesOf are the ways through a scenario: every step after the same deploy as the one before or
 * after the next one, at the same Worker or the other. Of three steps half the sequences of Workers
 * are taken, in which each pair of steps still meets every pair of Workers; without a deploy
 * between them, and of what is large, only those that change Workers each time.
 */
export function routesOf({ steps, isLarge = false }: Pick<Scenario, "steps" | "isLarge">): Route[] {
  const paths = workerPaths(steps);
  const alternating = paths.filter(alternates);
  const covering = steps === 2 ? paths : paths.filter(isOdd);
  const moving = isLarge ? alternating : covering;
  const still = isLarge ? [] : steps === 2 ? paths : alternating;
  return starts.flatMap(({ first, tenant }) =>
    [
      ...still.map((path) => path.map((worker) => ({ phase: first, worker }))),
      ...moving.map((path) => path.map((worker, step) => ({ phase: first + step, worker }))),
    ]
      .filter((stops) => stops.every(({ phase }) => phase < phases.length))
      .map((stops) => ({ tenant, stops })),
  );
}

/** nameOf names a route: `born-old: old Worker + old object → new Worker + new object`. */
export function nameOf({ tenant, stops }: Route): string {
  const names = stops.map(({ phase, worker }) => `${worker} Worker + ${phases[phase]} object`);
  return `${tenant}: ${names.join(" → ")}`;
}

const starts: readonly { readonly first: number; readonly tenant: Tenant }[] = [
  { first: 0, tenant: "born-old" },
  { first: 1, tenant: "born-old" },
  { first: 1, tenant: "born-new" },
  { first: 2, tenant: "born-new" },
];

function workerPaths(steps: number): readonly (readonly Version[])[] {
  if (steps === 0) return [[]];
  return workerPaths(steps - 1).flatMap((path) => versions.map((version) => [...path, version]));
}

function alternates(path: readonly Version[]): boolean {
  return path.every((version, index) => index === 0 || version !== path[index - 1]);
}

function isOdd(path: readonly Version[]): boolean {
  return path.filter((version) => version === "new").length % 2 === 1;
}
