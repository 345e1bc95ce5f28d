import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { echo } from "../../src/kinds/echo.ts";
import { makeAsync } from "../../src/kinds/kind.ts";
import { createOperations } from "../../src/operations.ts";
import { freshTenant, log, tenant } from "./fresh-tenant.ts";
import { type Monitor, Tenant } from "./tenant.ts";

freshTenant();

const count = makeAsync({
  description: "Counts.",
  input: z.object({ n: z.number() }),
  run: ({ n }) => n,
});
const kinds = { echo, count };
const cron = "*/5 * * * *";
const at = (scheduledTime: number, of = cron) => ({ cron: of, scheduledTime });

const inputs = async (of = tenant) => {
  const { operations } = await of.get<{ operations: Monitor[] }>("/operations?order=asc");
  return Promise.all(
    operations.map(async ({ id }) => {
      const { input } = await of.get<{ input?: unknown }>(`/operations/${id}/input`);
      return input;
    }),
  );
};

describe("scheduled", () => {
  test("creates each of a tick once, however often it is told, and again at the next", async () => {
    const one = { cron, kind: "echo", input: 1, tenant: tenant.name } as const;
    const { scheduled } = createOperations({ kinds, schedules: [one, { ...one, input: 2 }, one] });
    await Promise.all([scheduled(at(1_000), env), scheduled(at(1_000), env)]);
    await scheduled(at(1_000, " */5  * * * *"), env);
    expect((await inputs()).sort()).toEqual([1, 1, 2]);
    await scheduled(at(301_000), env);
    expect(await inputs()).toHaveLength(6);
  });

  test("creates those of its cron alone, each for its tenant", async () => {
    const other = await Tenant.make();
    const { scheduled } = createOperations({
      kinds,
      schedules: [
        { cron, kind: "echo", input: "a", tenant: tenant.name },
        { cron, kind: "echo", input: "b", tenant: other.name },
        { cron: "0 3 * * MON", kind: "echo", input: "c", tenant: tenant.name },
      ],
    });
    await scheduled(at(5), env);
    expect(await inputs()).toEqual(["a"]);
    expect(await inputs(other)).toEqual(["b"]);
  });

  test("one that fails is logged and stops no other", async () => {
    const fickle = { "~standard": { ...count.input["~standard"], validate: vi.fn() } };
    fickle["~standard"].validate.mockReturnValueOnce({ value: 1 });
    fickle["~standard"].validate.mockReturnValue({ issues: [{ message: "not today" }] });
    const { scheduled } = createOperations({
      kinds: { echo, count: { ...count, input: fickle } },
      schedules: [
        { cron, kind: "count", input: { n: 1 }, tenant: tenant.name },
        { cron, kind: "echo", input: 1, tenant: tenant.name },
      ],
    });
    await scheduled(at(7), env);
    expect(await inputs()).toEqual([1]);
    expect(log.text()).toContain("a schedule failed");
  });

  test("a cron that no schedule has is a warning", async () => {
    await createOperations({ kinds, schedules: [] }).scheduled(at(7), env);
    expect(log.text()).toContain("no schedule has the cron that fired");
  });
});

describe("schedules", () => {
  const good = { cron, kind: "count", input: { n: 1 }, tenant: "acme" } as const;
  test.each([
    ["a cron", { cron: "every day" }, "cron must have five fields"],
    ["a cron of six fields", { cron: "* * * * * *" }, "cron must have five fields"],
    ["a kind", { kind: "cuont" }, "there is no such kind"],
    ["the kind bulk", { kind: "bulk" }, "there is no such kind"],
    ["a tenant", { tenant: "a/b" }, "is not a valid tenant"],
    ["an input", { input: { n: "1" } }, "its input is invalid"],
  ])("%s that can be none is an error at the start", (_, wrong, message) => {
    const schedules = [{ ...good, ...wrong }] as unknown as [typeof good];
    expect(() => createOperations({ kinds, schedules })).toThrow(message);
  });

  test("a wrong kind or input is a type error", () => {
    const check = () => {
      // @ts-expect-error: there is no such kind
      createOperations({ kinds, schedules: [{ ...good, kind: "cuont" }] });
      // @ts-expect-error: the input is another's
      createOperations({ kinds, schedules: [{ ...good, input: { m: 1 } }] });
    };
    expect(check).toThrow(TypeError);
  });
});
