import { describe, expect, test, vi } from "vitest";
import { builtIn } from "../../src/kinds/index.ts";
import { freshTenant, log, tenant } from "../edge/fresh-tenant.ts";
import { configure } from "../edge/tenant.ts";
import { eventually } from "../eventually.ts";

configure({ ALERT_WEBHOOK: "https://alerts.test/hook" });

const echo = builtIn.echo;
freshTenant();

describe("fault 6 of the original: a throw ends the operation as failed, is logged with its stack, and alerted", () => {
  test.each([
    ["an Error", new TypeError("nobody expected this"), /TypeError: nobody expected this\n +at /],
    ["text", "nobody expected this", /Thrown: nobody expected this/],
    ["nothing", undefined, /Thrown: undefined/],
  ])("%s is thrown", async (_, thrown, stack) => {
    vi.spyOn(echo, "run").mockRejectedValue(thrown);
    const alerts = vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response());
    const { operation } = JSON.parse(
      await (await tenant.post({ kind: "echo" }, "?sync=true")).text(),
    );
    expect(operation).toMatchObject({ status: "failed", error: { code: "internal" } });
    expect(JSON.stringify(operation)).not.toContain("nobody expected this");
    expect(await tenant.get(`/operations/${operation.id}`)).toEqual(operation);

    const panics = log.lines().filter((line) => "stack" in line);
    expect(panics).toMatchObject([
      { level: "error", operation: operation.id, stack: expect.stringMatching(stack) },
    ]);
    await eventually(() => expect(alerts).toHaveBeenCalledOnce());
    const [url, init] = alerts.mock.calls[0] ?? [];
    expect(url).toBe("https://alerts.test/hook");
    expect(JSON.parse(String(init?.body))).toMatchObject({ operation: operation.id });
  });

  test("an alert that cannot be delivered changes nothing, and its address is not logged", async () => {
    vi.spyOn(echo, "run").mockRejectedValue(new Error("broken"));
    const failing = new Error("cannot reach https://alerts.test/hook");
    const alerts = vi.spyOn(globalThis, "fetch").mockRejectedValue(failing);
    const response = await tenant.post({ kind: "echo" }, "?sync=true");
    expect(response.status).toBe(424);
    await eventually(() => expect(log.text()).toContain("a panic could not be reported"));
    expect(alerts).toHaveBeenCalledOnce();
    expect(log.text()).not.toContain("alerts.test");
  });

  test("what comes after a throw is served as before", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response());
    vi.spyOn(echo, "run").mockRejectedValueOnce(new Error("once"));
    await tenant.post({ kind: "echo" }, "?sync=true");
    expect(await tenant.create({ kind: "echo", input: 1 }, "?sync=true")).toMatchObject({
      status: "succeeded",
      result: 1,
    });
  });
});
