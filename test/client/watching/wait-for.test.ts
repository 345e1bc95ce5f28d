import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeService, json, monitor, never, problem, type Sent, settle } from "../fake-service.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Answers after some time, as the service does that holds a poll. */
function held(milliseconds: number, more: Readonly<Record<string, unknown>> = {}) {
  return async (_: Sent) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return json(monitor(more));
  };
}

const done = json.bind(undefined, monitor({ status: "succeeded" }));
const waits = (service: FakeService) => service.sent.map(({ path }) => path.split("wait=")[1]);

describe("OperationsClient.waitFor", () => {
  it("polls for as long as the service holds an answer, without pauses, until the end", async () => {
    const service = new FakeService(held(55_000), held(55_000), held(9, { status: "failed" }));
    expect(await settle(service.client.waitFor("op1"))).toMatchObject({ status: "failed" });
    expect(waits(service)).toEqual(["55s", "55s", "55s"]);
    expect(service.times).toEqual([0, 55_000, 110_000]);
  });

  it("asks for no more than is left, and rejects with the last state then", async () => {
    const service = new FakeService(held(55_000), held(5_000, { percentComplete: 40 }));
    await expect(settle(service.client.waitFor("op1", { timeout: "1m" }))).rejects.toMatchObject({
      name: "WaitTimeoutError",
      message: "op1 has not ended within 1m: it is running",
      operation: { percentComplete: 40 },
    });
    expect(waits(service)).toEqual(["55s", "5s"]);
  });

  it("with a timeout of nothing looks once", async () => {
    const service = new FakeService(done(), json(monitor()));
    const options = { timeout: "0s" };
    expect(await settle(service.client.waitFor("op1", options))).toMatchObject({ id: "op1" });
    const error = { name: "WaitTimeoutError" };
    await expect(settle(service.client.waitFor("op1", options))).rejects.toMatchObject(error);
    expect(waits(service)).toEqual(["0s", "0s"]);
  });

  it("goes on across trouble for as long as it takes, with longer and longer pauses", async () => {
    const trouble = Array.from({ length: 9 }, () => problem(503, "unavailable"));
    const service = new FakeService(...trouble, done());
    expect(await settle(service.client.waitFor("op1"))).toMatchObject({ status: "succeeded" });
    const pauses = service.times.map((at, index) => at - (service.times[index - 1] ?? 0)).slice(1);
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  });

  it("begins with short pauses again once the service has answered", async () => {
    const reset = new TypeError("reset");
    const service = new FakeService(reset, reset, held(55_000), reset, done());
    await settle(service.client.waitFor("op1"));
    expect(service.times).toEqual([0, 250, 750, 55_750, 56_000]);
  });

  it("honours Retry-After, though not past its own end, when it looks once more", async () => {
    const busy = problem(429, "rate-limited", { "retry-after": "3600" });
    const service = new FakeService(busy, done());
    const waiting = service.client.waitFor("op1", { timeout: "2m" });
    expect(await settle(waiting)).toMatchObject({ status: "succeeded" });
    expect(service.times).toEqual([0, 120_000]);
    expect(waits(service)).toEqual(["55s", "0s"]);
  });

  it("rejects with the trouble as cause where the service was never reached", async () => {
    const service = new FakeService();
    await expect(settle(service.client.waitFor("op1", { timeout: "3s" }))).rejects.toMatchObject({
      name: "WaitTimeoutError",
      message: "op1 has not ended within 3s: it was not reached",
      operation: undefined,
      cause: { name: "UnreachableError" },
    });
    expect(service.times.at(-1)).toBe(3_000);
  });

  it("is at most 5 s late where answers do not come at all", async () => {
    const service = new FakeService(never, never);
    const begun = Date.now();
    const waiting = service.client.waitFor("op1", { timeout: "10s" });
    await expect(settle(waiting)).rejects.toMatchObject({ name: "WaitTimeoutError" });
    expect(Date.now() - begun).toBeLessThanOrEqual(15_100);
  });

  it("leaves a second between polls that something answers at once", async () => {
    const service = new FakeService(json(monitor()), json(monitor()), done());
    await settle(service.client.waitFor("op1"));
    expect(service.times).toEqual([0, 1_000, 2_000]);
  });

  it.each([401, 404])("rejects at once with %i", async (status) => {
    const service = new FakeService(held(55_000), problem(status, "some-code"));
    await expect(settle(service.client.waitFor("op1"))).rejects.toMatchObject({ status });
    expect(service.sent).toHaveLength(2);
  });

  it("ends its request when the signal is aborted, and rejects with the reason", async () => {
    const service = new FakeService(never);
    const leaving = new AbortController();
    const waiting = service.client.waitFor("op1", { signal: leaving.signal });
    const rejected = expect(waiting).rejects.toThrow("enough");
    await vi.advanceTimersByTimeAsync(1_000);
    leaving.abort(new Error("enough"));
    await rejected;
    expect(service.sent[0]?.signal.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
