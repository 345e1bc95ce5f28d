import { describe, expect, test } from "vitest";
import { actions } from "../../../../src/dialects/native/actions.ts";
import { parameters } from "../../../../src/dialects/native/openapi/parameters.ts";
import type { ActionSpec } from "../../../../src/edge/action-spec.ts";

describe("the parameters of the OpenAPI document", () => {
  test("are every member of a query that an action reads, and no other", () => {
    // The edge refuses any member of a query that the action does not list.
    const read = new Set(Object.values<ActionSpec>(actions).flatMap(({ query = [] }) => query));
    // The ticket is a security scheme.
    read.delete("ticket");
    const documented = Object.values(parameters).filter((parameter) => parameter.in === "query");
    expect([...read].sort()).toEqual([...new Set(documented.map(({ name }) => name))].sort());
  });
});
