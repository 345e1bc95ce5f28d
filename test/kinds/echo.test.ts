import { describe, expect, it } from "vitest";
import { echo } from "../../src/kinds/echo.ts";
import { FakeContext } from "./fake-context.ts";

describe("echo", () => {
  it.each([null, 0, "", false, "text", [1, [2]], { a: { b: [] } }, { "": null }])(
    "returns %j as it came",
    async (value) => {
      expect(await echo.run(value, new FakeContext())).toEqual(value);
    },
  );

  it("returns null where it was given nothing", async () => {
    expect(await echo.run(undefined, new FakeContext())).toBeNull();
  });

  it("reports no progress", async () => {
    const op = new FakeContext();
    await echo.run(1, op);
    expect(op.reports).toEqual([]);
  });
});
