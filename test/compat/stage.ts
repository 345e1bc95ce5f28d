import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { errorOf } from "../../src/base/log.ts";
import { Client } from "../e2e/client.ts";
import { startCluster } from "./cluster.ts";
import { configuration, tokens } from "./configuration.ts";
import { startReceiver } from "./receiver.ts";
import { nameOf, phases, type Route, routesOf } from "./routes.ts";
import type { Run, Scenario, Step } from "./scenario.ts";
import { newBundle, oldBundle } from "./versions.ts";

/** Outcome is what became of all runs. */
export interface Outcome {
  /** By the name of its scenario, a line for each run that failed. */
  readonly failures: ReadonlyMap<string, readonly string[]>;
  /** How many runs came to their end, by the name of their scenario. */
  readonly ended: ReadonlyMap<string, number>;
  /** Lines of the logs that say that the code itself was at fault. */
  readonly panics: readonly string[];
}

/** atOnce is how many runs are under way together. */
const atOnce = 12;

/**
 * perform does every scenario on each of its routes: all steps that come after one deploy of the
 * objects, then the next deploy. A step that fails ends its run and no other.
 */
export async function perform(scenarios: Readonly<Record<string, Scenario>>): Promise<Outcome> {
  const bundles = { old: await oldBundle(), new: await newBundle() };
  const state = await mkdtemp(path.join(tmpdir(), "edge-operations-compat-"));
  const receiver = await startReceiver();
  const runs = Object.entries(scenarios).flatMap(([name, scenario]) =>
    routesOf(scenario).map((route) => ({ name, scenario, route })),
  );
  const acts = runs.map(({ name, scenario, route }, index) => {
    const run = { mark: `run-${index}`, kind: `work-${index}`, receiver };
    return new Act(name, scenario, route, run);
  });
  const bindings = configuration(
    acts.map(({ kind }) => kind),
    receiver.url,
  );
  const panics: string[] = [];
  try {
    for (const [phase, object] of phases.entries()) {
      const log = (line: string) => {
        if (isPanic(line)) panics.push(line);
      };
      const cluster = await startCluster({ bundles, object, state, bindings, log });
      try {
        await together(acts, (act) => act.perform(phase, cluster.urls));
      } finally {
        await cluster.stop();
      }
    }
  } finally {
    await receiver.close();
    await rm(state, { recursive: true, force: true });
  }
  const names = Object.keys(scenarios);
  const of = (name: string) => acts.filter((act) => act.name === name);
  return {
    failures: new Map(names.map((name) => [name, of(name).flatMap(({ failures }) => failures)])),
    ended: new Map(names.map((name) => [name, of(name).filter(({ hasEnded }) => hasEnded).length])),
    panics,
  };
}

/** Act is one run on its way. */
class Act {
  readonly name: string;
  readonly kind: string;
  readonly failures: string[] = [];
  readonly #route: Route;
  #next: Step | undefined;
  #step = 0;

  constructor(name: string, scenario: Scenario, route: Route, run: Run) {
    this.name = name;
    this.kind = run.kind;
    this.#route = route;
    this.#next = scenario.begin(run);
  }

  get hasEnded(): boolean {
    return this.#next === undefined && this.failures.length === 0;
  }

  /** perform does the steps that come after one deploy of the objects and before the next. */
  async perform(phase: number, urls: Readonly<Record<"old" | "new", string>>): Promise<void> {
    const { tenant, stops } = this.#route;
    for (let stop = stops[this.#step]; stop?.phase === phase; stop = stops[++this.#step]) {
      const { worker } = stop;
      const client = new Client(urls[worker], tokens[tenant]);
      const object = phases[phase] ?? "new";
      try {
        this.#next = await this.#next?.({ client, worker, object, phase });
      } catch (thrown) {
        this.failures.push(`${nameOf(this.#route)}, step ${this.#step + 1}: ${complaint(thrown)}`);
        this.#next = undefined;
      }
    }
  }
}

/** What went wrong, and the line of the scenario where it did. */
function complaint(thrown: unknown): string {
  const { message, stack = "" } = errorOf(thrown);
  const at = /[\w-]+\/[\w-]+\.ts:\d+:\d+/;
  const lines = stack.split("\n").filter((line) => line.includes("/scenarios/"));
  return `${message} at ${at.exec(lines[0] ?? stack)?.[0]}`;
}

/** Lines of workerd itself, on alarms that it finds overdue, are none of ours. */
function isPanic(line: string): boolean {
  return /"level":"(?:error|fatal)"|^Uncaught/i.test(line);
}

async function together(acts: readonly Act[], each: (act: Act) => Promise<void>): Promise<void> {
  const rest = [...acts];
  const take = async () => {
    for (let act = rest.shift(); act; act = rest.shift()) await each(act);
  };
  await Promise.all(Array.from({ length: atOnce }, take));
}
