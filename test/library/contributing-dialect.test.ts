import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { asInSrc, blocksOf, root } from "../house/documents.ts";
import { builtWorker } from "./built-worker.ts";
import { inMiniflare } from "./in-miniflare.ts";

// The dialect that CONTRIBUTING.md shows, in a Worker that speaks it.

const listing = blocksOf("CONTRIBUTING.md").find(({ text }) => text.startsWith("// src/dialects/"));

const worker = `
import { echo } from "../../src/kinds/echo.ts";
import { simulate } from "../../src/kinds/simulate.ts";
import { createOperations } from "../../src/operations.ts";
import { plain } from "./plain.ts";

const operations = createOperations({
  kinds: { echo, simulate },
  dialects: [plain],
  config: { TOKEN: "t" },
});
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}
export default { fetch: operations.fetch };
`;

const on = inMiniflare(
  () => {
    const directory = path.join(root, "dist/contributing-dialect");
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, "plain.ts"), asInSrc(listing?.text ?? ""));
    writeFileSync(path.join(directory, "worker.ts"), worker);
    return builtWorker("../../dist/contributing-dialect/worker.ts");
  },
  { durableObjects: { OPERATIONS: { className: "OperationsObject", useSQLite: true } } },
);

async function ask(method: string, at: string, input?: unknown, more: object = {}) {
  const response = await fetch(`${on.url}${at}`, {
    method,
    headers: { authorization: "Bearer t", "content-type": "application/json", ...more },
    ...(input !== undefined && { body: JSON.stringify(input) }),
  });
  return [response.status, await response.text()] as const;
}

it("is about 60 lines", () => {
  expect(listing?.text.split("\n").length).toBeLessThanOrEqual(75);
});

it("orders, looks and stops, on the operations that all others read", async () => {
  const [made, id] = await ask("POST", "/api/plain/orders/of/echo", { a: [1.5] });
  expect(made).toBe(200);
  await expect.poll(() => ask("GET", `/api/plain/orders/${id}`)).toEqual([200, '{"a":[1.5]}']);
  const [, monitor] = await ask("GET", `/api/v1/operations/${id}`);
  expect(JSON.parse(monitor)).toMatchObject({ id, status: "succeeded", result: { a: [1.5] } });
  const [, hanging] = await ask("POST", "/api/plain/orders/of/simulate", { outcome: "hang" });
  expect(await ask("GET", `/api/plain/orders/${hanging}`)).toEqual([
    202,
    expect.stringMatching(/^(?:pending|running)$/),
  ]);
  expect(await ask("DELETE", `/api/plain/orders/${hanging}`)).toEqual([204, ""]);
  await expect
    .poll(() => ask("GET", `/api/plain/orders/${hanging}`))
    .toEqual([424, expect.stringMatching(/^canceled: /)]);
});

it("makes an order once for its key", async () => {
  const key = { "idempotency-key": "k" };
  const first = await ask("POST", "/api/plain/orders/of/echo", 1, key);
  expect(await ask("POST", "/api/plain/orders/of/echo", 1, key)).toEqual(first);
  const [status, text] = await ask("POST", "/api/plain/orders/of/echo", 2, key);
  expect([status, text]).toEqual([422, expect.stringMatching(/^idempotency-key-reused: /)]);
});

it.each([
  ["GET", "/api/plain/orders/x", undefined, {}, 404, /^operation-not-found: Cannot find/],
  ["GET", "/api/plain/other", undefined, {}, 404, /^not-found: /],
  ["GET", "/api/plain/orders/x", undefined, { authorization: "" }, 401, /^unauthenticated: /],
  ["PUT", "/api/plain/orders/x", undefined, {}, 405, /^method-not-allowed: /],
  ["GET", "/api/plain/orders/x?a=1", undefined, {}, 400, /^validation-failed: a: Unknown/],
  ["POST", "/api/plain/orders/of/none", 1, {}, 404, /^kind-not-found: /],
  ["POST", "/api/plain/orders/of/simulate", { steps: -1 }, {}, 400, /^validation-failed: input.st/],
])("refuses %s %s %j in its own words", async (method, at, input, more, status, words) => {
  expect(await ask(method, at, input, more)).toEqual([status, expect.stringMatching(words)]);
});
