import { execFileSync } from "node:child_process";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** How long nothing may begin or end before a run counts as stuck. No test is allowed half of it. */
const SILENCE_MS = 6 * 60_000;

/** The exit code of a run that was stuck; `.ci/run` tells it from one whose tests failed. */
const STUCK = 75;

/** What is done where time passes and at the end; the tests have their own. */
type Surroundings = Readonly<{
  every: (ms: number, check: () => void) => void;
  now: () => number;
  say: (line: string) => void;
  end: () => void;
}>;

const ofTheProcess: Surroundings = {
  every: (ms, check) => setInterval(check, ms).unref(),
  now: Date.now,
  say: (line) => console.error(line),
  end: () => {
    console.error(
      execFileSync("ps", ["-N", "--ppid", "2", "-o", "pid,ppid,pcpu,etimes,args"]).toString(),
    );
    process.exit(STUCK);
  },
};

/**
 * Ends a run in which nothing begins or ends any more, and says which files and tests were under way.
 *
 * A test has its timeout, but the runtime that it runs in keeps it: where that runtime hangs, a code
 * that never returns included, vitest waits for ever. CI would be stopped from outside and tell nothing.
 *
 * @example vitest run --reporter=default --reporter=./test/house/stuck.ts
 */
export default class Stuck implements Reporter {
  private readonly underWay = new Map<string, Set<string>>();
  private readonly around: Surroundings;
  private last: number;

  constructor(around?: Partial<Surroundings>) {
    this.around = { ...ofTheProcess, ...around };
    this.last = this.around.now();
    this.around.every(10_000, () => this.check());
  }

  onTestModuleQueued(module: TestModule): void {
    this.begins(nameOf(module));
  }

  onTestModuleEnd(module: TestModule): void {
    this.last = this.around.now();
    this.underWay.delete(nameOf(module));
  }

  onTestCaseReady(test: TestCase): void {
    this.begins(nameOf(test.module)).add(test.fullName);
  }

  onTestCaseResult(test: TestCase): void {
    this.begins(nameOf(test.module)).delete(test.fullName);
  }

  private begins(module: string): Set<string> {
    this.last = this.around.now();
    const tests = this.underWay.get(module) ?? new Set();
    this.underWay.set(module, tests);
    return tests;
  }

  private check(): void {
    const silent = this.around.now() - this.last;
    if (silent < SILENCE_MS) return;
    this.around.say(`Stuck: nothing began or ended for ${Math.round(silent / 1000)} s. Under way:`);
    for (const [module, tests] of this.underWay) {
      this.around.say(`  ${module}: ${[...tests].join(", ") || "between tests"}`);
    }
    this.around.end();
  }
}

const nameOf = (module: TestModule) => `${module.project.name} ${module.relativeModuleId}`;
