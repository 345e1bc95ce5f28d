import { describe, expect, test } from "vitest";
import { sharedTenant, tenant } from "../edge/fresh-tenant.ts";
import { data } from "./a2a/ask.ts";
import { framing } from "./mcp/ask.ts";

sharedTenant();

const a2aList = {
  contextId: "c",
  status: "TASK_STATE_FAILED",
  pageSize: 1,
  pageToken: "",
  historyLength: 0,
  statusTimestampAfter: "2026-01-01T00:00:00Z",
  includeArtifacts: true,
};
const a2aSend = {
  ...data(1, "echo", { contextId: "c", taskId: "0".repeat(30), metadata: { kind: "echo" } }),
  configuration: { returnImmediately: true, taskPushNotificationConfig: null },
};
const rpc = (method: string, params: object) => ({ jsonrpc: "2.0", id: 1, method, params });
const call = {
  name: "echo",
  arguments: { input: 1 },
  _meta: { progressToken: 1 },
  task: { ttl: 1 },
};
const modern = framing("tools/call", { name: "echo", arguments: {} });
const openai = {
  model: "echo",
  input: [{ role: "user", content: [{ type: "input_text", text: "a" }] }],
  background: true,
  stream: false,
  store: true,
  metadata: { a: "b" },
};
const replicate = { version: "echo", input: { a: 1 }, stream: true };
// No webhook is sent: its URL is none.
const webhook = { webhook: "none", webhook_events_filter: ["completed"] };
const native = { kind: "echo", input: 1, labels: { a: "b" }, retry: { maxAttempts: 1 }, ttl: "1h" };

/** What each dialect takes as JSON: a body with every member that is read of it. */
const bodies: readonly [string, unknown, Readonly<Record<string, string>>?][] = [
  ["/api/a2a/v1/message:send", a2aSend],
  ["/api/a2a/rpc", rpc("SendMessage", a2aSend)],
  ["/api/a2a/rpc", rpc("ListTasks", a2aList)],
  ["/api/a2a/rpc", rpc("GetTask", { id: "0".repeat(30) })],
  ["/api/mcp", rpc("tools/call", call)],
  [
    "/api/mcp",
    rpc("tools/call", { name: "operation_list", arguments: { status: "failed", limit: 1 } }),
  ],
  ["/api/mcp", rpc("tasks/get", { taskId: "0".repeat(30) })],
  [
    "/api/mcp",
    rpc("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: {} }),
  ],
  ["/api/mcp", modern.json, modern.headers],
  ["/api/openai/v1/responses", openai],
  ["/api/replicate/v1/predictions", replicate],
  ["/api/replicate/v1/predictions", { ...replicate, ...webhook }],
  ["/api/fal/me/echo", { a: 1 }],
  ["/api/google/v1/operations", native],
  ["/api/v1/operations", native],
  ["/api/v1beta1/operations", { ...native, metadata: { name: "a" } }],
];

/** What cannot be made a text, and what is taken for another value where it is made one. */
const hostile: readonly unknown[] = [
  { toString: 0 },
  { toString: 0, valueOf: 0 },
  [{ toString: 0 }],
  { length: 1 },
  ["true"],
  null,
];

/** malformed yields a value with one value in it, or itself, replaced by each that is hostile. */
function* malformed(value: unknown): Generator<unknown> {
  yield* hostile;
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    for (const other of malformed(member)) {
      yield Array.isArray(value) ? value.with(Number(name), other) : { ...value, [name]: other };
    }
  }
}

describe("a value of another kind in the place of any is no fault of the service", () => {
  test.each(bodies)("POST %s, as %#", async (path, body, headers = {}) => {
    let count = 0;
    for (const json of malformed(body)) {
      const response = await tenant.send(path, { json, headers });
      const text = await response.text();
      const isFault = response.status >= 500 || text.includes('"code":-32603');
      expect({ json, text, isFault }).toMatchObject({ isFault: false });
      count += 1;
    }
    expect(count).toBeGreaterThanOrEqual(hostile.length);
  });
});
