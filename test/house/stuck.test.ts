import { expect, test } from "vitest";
import type { TestCase, TestModule } from "vitest/node";
import Stuck from "./stuck.ts";

const aModule = (id: string) =>
  ({ project: { name: "workers" }, relativeModuleId: id }) as unknown as TestModule;
const aTest = (module: TestModule, fullName: string) =>
  ({ module, fullName }) as unknown as TestCase;

/** A reporter under a clock that the test moves. */
const clocked = () => {
  let now = 0;
  let check = () => {};
  const said: string[] = [];
  let ends = 0;
  const reporter = new Stuck({
    now: () => now,
    every: (_ms, run) => {
      check = run;
    },
    say: (line) => said.push(line),
    end: () => {
      ends += 1;
    },
  });
  const pass = (minutes: number) => {
    now += minutes * 60_000;
    check();
    return ends;
  };
  return { reporter, said, pass };
};

test("Stuck lets a run go on in which something begins or ends", () => {
  const { reporter, said, pass } = clocked();
  const module = aModule("test/a.test.ts");
  reporter.onTestModuleQueued(module);
  expect(pass(5)).toBe(0);
  reporter.onTestCaseReady(aTest(module, "waits"));
  expect(pass(5)).toBe(0);
  reporter.onTestCaseResult(aTest(module, "waits"));
  expect(pass(5)).toBe(0);
  reporter.onTestModuleEnd(module);
  expect(pass(5)).toBe(0);
  expect(said).toEqual([]);
});

test("Stuck ends a silent run, and names what was under way", () => {
  const { reporter, said, pass } = clocked();
  const [done, hung, between] = ["done", "hung", "between"].map((name) =>
    aModule(`test/${name}.test.ts`),
  ) as [TestModule, TestModule, TestModule];
  for (const module of [done, hung, between]) reporter.onTestModuleQueued(module);
  reporter.onTestModuleEnd(done);
  reporter.onTestCaseReady(aTest(hung, "ends"));
  reporter.onTestCaseResult(aTest(hung, "ends"));
  reporter.onTestCaseReady(aTest(hung, "never returns"));
  expect(pass(7)).toBe(1);
  expect(said.slice(1)).toEqual([
    "  workers test/hung.test.ts: never returns",
    "  workers test/between.test.ts: between tests",
  ]);
});
