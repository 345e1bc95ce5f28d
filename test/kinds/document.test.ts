import { describe, expect, it } from "vitest";
import { failure } from "../../src/core/errors.ts";
import { document } from "../../src/kinds/document.ts";
import { echo } from "../../src/kinds/echo.ts";
import { OperationFailure } from "../../src/kinds/kind.ts";
import { KindTable } from "../../src/kinds/kind-table.ts";
import { FakeContext, refusals } from "./fake-context.ts";

const create = { storage: "services", id: "a", verb: "create", document: "{}" };

describe("document", () => {
  it("does work, and is no kind that a request may name", () => {
    const kinds = new KindTable({ echo });
    expect(kinds.findWork("document")).toBe(document);
    expect(kinds.find("document")).toBeUndefined();
    expect(kinds.all).toEqual([["echo", echo]]);
  });

  it.each([
    create,
    { ...create, verb: "update" },
    { ...create, verb: "update", revision: 7 },
    { storage: "services", id: "a", verb: "delete", result: "{}" },
  ])("writes %j", async (write) => {
    const op = new FakeContext();
    expect(await document.run(write, op)).toBeUndefined();
    expect(op.writes).toEqual([write]);
  });

  it("fails for good, with the code of the refusal, where the write is refused", async () => {
    const op = new FakeContext();
    op.refusal = failure("already-exists", "It is there");
    const thrown = await document.run(create, op).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OperationFailure);
    const code = "already_exists";
    expect(thrown).toMatchObject({ code, message: "It is there", retryable: false });
  });

  it.each([{}, { ...create, verb: "watch" }, { ...create, more: 1 }, { ...create, document: {} }])(
    "takes no %j",
    async (input) => {
      expect(await refusals(document, input)).not.toEqual([]);
    },
  );
});
