import { describe, expect, test } from "vitest";
import { type Status, statuses } from "../../src/core/operation/operation.ts";
import { dialects } from "../../src/dialects/index.ts";
import { freshTenant, tenant } from "../edge/fresh-tenant.ts";
import { configure } from "../edge/tenant.ts";
import { everyDialect } from "./every-dialect.ts";

configure({ EXTERNAL_KINDS: "resize" });
freshTenant();

// The same operation, made in one dialect and read in every other: each dialect × each status.

/** What is asked for, so that an operation comes to a status. */
const asked: Readonly<Record<Status, readonly [string, Readonly<Record<string, unknown>>]>> = {
  // Nobody claims it.
  pending: ["resize", { width: 200 }],
  running: ["simulate", { outcome: "hang" }],
  input_required: ["simulate", { outcome: "ask", message: "Well?" }],
  succeeded: ["simulate", { value: { a: 1 } }],
  failed: ["simulate", { outcome: "fail", code: "teapot", message: "No coffee" }],
  canceled: ["simulate", { outcome: "hang" }],
};

const makers = everyDialect.flatMap(({ name, make }) => (make ? [{ name, make }] : []));

describe.each(makers)("an operation made in $name that is", ({ make }) => {
  test.each(statuses)("%s is that in every dialect", async (status) => {
    const [kind, input] = asked[status];
    const id = await make(kind, input);
    if (status === "canceled") {
      await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    }
    const monitor = async () => tenant.get(`/operations/${id}`);
    await expect.poll(monitor).toMatchObject({ id, kind, status });
    const given = await tenant.send(`/api/v1/operations/${id}/input`);
    expect(await given.json()).toEqual({ input });
    for (const { name, read, says } of everyDialect) {
      expect({ [name]: await read(id) }).toMatchObject({ [name]: says[status] });
    }
    expect(await tenant.ids()).toEqual([id]);
  });
});

test("every dialect has its row, but those whose operations are not of kinds that a client names", () => {
  const rows = everyDialect.map(({ name }) => name.split(" ")[0]?.toLowerCase());
  const names = dialects.map(({ name }) => name);
  const without = names.filter((name) => !rows.includes(name));
  // The wire of 2014 makes documents, and the proxy passes requests on.
  expect(without).toEqual(["kubernetes", "proxy"]);
});
