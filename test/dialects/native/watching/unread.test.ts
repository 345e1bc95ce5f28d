import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { patience } from "../../../../src/base/streams/paced.ts";
import { TenantMap } from "../../../../src/map/tenant-map.ts";
import { createOperations } from "../../../../src/operations.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { eventually } from "../../../eventually.ts";
import { Writer } from "./writer.ts";

freshTenant();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a client that does not read", () => {
  test.each([
    ["an output", "/api/v1/operations/{id}/output", "*/*"],
    ["an output's events", "/api/v1/operations/{id}/output", "text/event-stream"],
    ["an operation's events", "/api/v1/operations/{id}/events", "*/*"],
    ["a tenant's events", "/api/v1/events", "*/*"],
    ["a stream of OpenAI", "/api/openai/v1/responses/{id}?stream=true", "*/*"],
    ["a stream of Replicate", "/api/replicate/v1/predictions/{id}/stream", "*/*"],
    ["a stream of fal", "/api/fal/me/resize/requests/{id}/status/stream", "*/*"],
  ])("is cut off from %s after a minute, and what it held is free", async (_, path, accept) => {
    const writer = await Writer.begin();
    await writer.write("some");
    const abort = vi.fn((_reason: unknown) => {});
    const url = path.replace("{id}", writer.id);
    const response = await tenant.send(url, { headers: { accept }, abort });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(patience - 1);
    expect(abort).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(abort).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ message: "The client does not read" }),
    );
    await expect(reader?.read()).rejects.toThrow("The client does not read");
    vi.useRealTimers();
    await eventually(async () => expect((await tenant.stats()).waiters).toBe(0));
  });

  test("may be work of this Worker, which reads when it has time", async () => {
    const writer = await Writer.begin();
    await writer.write("some");
    const inside = createOperations({ kinds: {} }).tenant(env, tenant.name);
    const asked = vi.spyOn(TenantMap.prototype, "output");
    const chunks = inside.output(writer.id)[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toMatchObject({ text: "some" });
    await vi.advanceTimersByTimeAsync(10 * patience);
    await writer.write("more");
    expect((await chunks.next()).value).toMatchObject({ text: "more" });
    // By the stream that it has had all the time.
    expect(asked).toHaveBeenCalledOnce();
    await chunks.return?.();
  });
});
