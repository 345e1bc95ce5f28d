import { afterEach, expect, it, vi } from "vitest";
import { createOperation } from "../../../src/core/operation/create.ts";
import { once } from "../../../src/core/retry.ts";
import { OperationSpans } from "../../../src/object/spans/operation-spans.ts";
import { samplerOf } from "../../../src/object/spans/sampler.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("OperationSpans tells no create of what was made in another deployment", async () => {
  vi.useFakeTimers();
  const names: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_url, init) => {
    const text = new TextDecoder().decode(init?.body as Uint8Array<ArrayBuffer>);
    for (const { name } of JSON.parse(text).resourceSpans[0].scopeSpans[0].spans) names.push(name);
    return new Response("{}");
  });
  const spans = new OperationSpans(
    {
      url: "https://collector.test/v1/traces",
      headers: {},
      sampler: samplerOf("always_on", 1),
      resource: {},
    },
    {
      name: () => undefined,
      sync: async () => {},
      keepAwake: () => {},
      counted: () => {},
      dropped: () => {},
      sql: { exec: () => ({ toArray: () => [] }) } as never,
      saved: async () => {},
      failed: () => {},
    },
  );
  const spec = { ttl: 1, deadline: 1, retry: once, labels: {} };
  const made = spans.begun(createOperation({ ...spec, id: "one", kind: "made" }, 0));
  const other = spans.begun(createOperation({ ...spec, id: "two", kind: "moved" }, 0));
  const moved = { ...other, imported: { hash: "h", at: 1 } };
  for (const op of [made, moved]) spans.changed(undefined, { op })();
  await vi.runAllTimersAsync();
  expect(names).toEqual(["create made"]);
});
