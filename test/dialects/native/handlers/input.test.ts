import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { maxAnswer } from "../../../../src/core/limits.ts";
import { echo } from "../../../../src/kinds/echo.ts";
import { ofZodMini } from "../../../../src/kinds/of-zod-mini.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Monitor, monitorOf, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

/** Asking is a monitor that asks something. */
interface Asking extends Monitor {
  readonly inputRequest?: { readonly message?: string; readonly schema: unknown };
}

let tenant: Tenant;

beforeAll(() => {
  captureLog();
});

beforeEach(async () => {
  tenant = await Tenant.make();
});

afterAll(() => {
  vi.restoreAllMocks();
});

async function asked(create: unknown): Promise<Asking> {
  const { id } = await tenant.create(create);
  await eventually(async () =>
    expect((await tenant.get(`/operations/${id}`)).status).toBe("input_required"),
  );
  return tenant.get<Asking>(`/operations/${id}`);
}

function input(id: string, json: unknown, of = tenant): Promise<Response> {
  return of.send(`/api/v1/operations/${id}:input`, { method: "POST", json });
}

describe("POST /operations/{id}:input", () => {
  test("simulate with outcome ask shows what is asked, and ends with the answer", async () => {
    const asking = await asked({
      kind: "simulate",
      input: { outcome: "ask", message: "Which colour?" },
    });
    expect(asking.inputRequest?.message).toBe("Which colour?");
    expect(asking.inputRequest?.schema).toBeTypeOf("object");
    const response = await input(asking.id, { colour: ["red", null] });
    expect(response.status).toBe(200);
    expect(await monitorOf(response)).not.toHaveProperty("inputRequest");
    const ended = await tenant.get(`/operations/${asking.id}?wait=10s`);
    expect(ended).toMatchObject({
      status: "succeeded",
      result: { answer: { colour: ["red", null] } },
    });
    await expectProblem(await input(asking.id, 1), "already-terminal");
  });

  test("an answer that the schema refuses is 400, with where, and is asked for still", async () => {
    const schema = ofZodMini(
      z.strictObject({ approve: z.boolean(), by: z.string().check(z.minLength(2)) }),
    );
    const spy = vi.spyOn(echo, "run").mockImplementation((_, op) => op.ask(schema, "Approve?"));
    const { id, version } = await asked({ kind: "echo" });
    for (const [body, path] of [
      [{ approve: "yes", by: "Ada" }, "approve"],
      [{ approve: true, by: "A" }, "by"],
      [{ approve: true, by: "Ada", more: 1 }, "more"],
      [null, ""],
    ] as const) {
      const { errors } = await expectProblem(await input(id, body), "validation-failed");
      expect(errors?.[0]?.path).toBe(path);
    }
    expect((await tenant.get(`/operations/${id}`)).version).toBe(version);
    await input(id, { approve: true, by: "Ada" });
    const ended = await tenant.get(`/operations/${id}?wait=10s`);
    expect(ended.result).toEqual({ approve: true, by: "Ada" });
    spy.mockRestore();
  });

  test("is refused where nothing is asked, for an unknown operation, without write, and when too large", async () => {
    const { id } = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
    const response = await input(id, 1);
    expect(response.headers.get("x-should-retry")).toBe("false");
    await expectProblem(response, "input-not-required");
    await expectProblem(await input("none", 1), "operation-not-found");
    await expectProblem(await input(id, "x".repeat(maxAnswer)), "payload-too-large");
    const reader = await Tenant.make(["read", "work"], tenant.name);
    await expectProblem(await input(id, 1, reader), "forbidden");
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
  });
});
