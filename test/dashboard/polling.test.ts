import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OperationsClient, UnreachableError } from "../../src/client/index.ts";

/** What the page's state is made of is of a browser, whose types are not those of here. */
const stateIn = (path: string) =>
  import(/* @vite-ignore */ new URL(`../../src/dashboard/state/${path}.ts`, import.meta.url).href);

class FakeDocument extends EventTarget {
  hidden = false;

  show(isShown: boolean): void {
    this.hidden = !isShown;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

const storage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };

let page: FakeDocument;
let left: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakeDocument();
  left = new AbortController();
  vi.stubGlobal("document", page);
  vi.stubGlobal("sessionStorage", storage);
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("location", { hash: "#/trends", origin: "http://127.0.0.1", pathname: "/" });
  vi.stubGlobal("addEventListener", () => {});
});

afterEach(() => {
  left.abort();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const away = () => new UnreachableError("Cannot reach http://127.0.0.1: connect ECONNREFUSED");

/** Has times at which something was asked, while the service is away and once it is there. */
function service(answer: unknown) {
  const at: number[] = [];
  return {
    at,
    isAway: true,
    async ask() {
      at.push(Date.now());
      if (this.isAway) throw away();
      return answer;
    },
  };
}

describe("rest", () => {
  it("is over after its time, and no earlier", async () => {
    const { rest } = await stateIn("polling");
    const over = vi.fn();
    void rest(1_000, left.signal).then(over);
    await vi.advanceTimersByTimeAsync(999);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalled();
  });

  it("lasts for as long as the page is hidden, and ends once it is looked at", async () => {
    const { rest } = await stateIn("polling");
    const over = vi.fn();
    void rest(1_000, left.signal).then(over);
    page.show(false);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(over).not.toHaveBeenCalled();
    page.show(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(over).toHaveBeenCalled();
  });

  it("ends where nobody asks any more, also in a hidden page", async () => {
    const { rest } = await stateIn("polling");
    page.show(false);
    const resting = rest(1_000, left.signal);
    left.abort();
    await resting;
    await rest(1_000, left.signal);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("followAttempts", () => {
  const running = { attempt: 1, status: "running" } as never;

  async function following(of: ReturnType<typeof service>) {
    const { followAttempts } = await stateIn("operation/follow-attempts");
    const asked = { attempts: () => of.ask(), async *watch() {} };
    followAttempts(asked, "id", left.signal, () => {}).note(running);
    await vi.advanceTimersByTimeAsync(0);
  }

  it("asks ever less often while the service is away, each time after another while", async () => {
    const of = service([]);
    await following(of);
    await vi.advanceTimersByTimeAsync(600_000);
    const { at } = of;
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(at.filter((time) => time - (at[0] ?? 0) < 60_000).length).toBeLessThan(20);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(12_500);
    expect(new Set(waits.slice(-5)).size).toBeGreaterThan(1);
  });

  it("asks nothing in a hidden page, and at once when that is looked at again", async () => {
    const of = service([]);
    await following(of);
    page.show(false);
    await vi.advanceTimersByTimeAsync(600_000);
    const before = of.at.length;
    expect(before).toBe(1);
    page.show(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(of.at.length).toBe(before + 1);
  });

  it("asks as often as before once the service is back", async () => {
    const of = service([]);
    await following(of);
    await vi.advanceTimersByTimeAsync(60_000);
    of.isAway = false;
    await vi.advanceTimersByTimeAsync(15_000);
    const after = of.at.length;
    await vi.advanceTimersByTimeAsync(60_000);
    // There is nothing new.
    expect(of.at.length).toBe(after);
  });
});

describe("followTrends", () => {
  it("asks nothing in a hidden page, and less often while the service is away", async () => {
    const { client } = await stateIn("session");
    const { followTrends } = await stateIn("trends/trends");
    const of = service({ range: "15m" });
    client.value = { trends: () => of.ask() };
    const leave = followTrends();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(of.at.length).toBeLessThan(25);
    of.isAway = false;
    await vi.advanceTimersByTimeAsync(15_000);
    page.show(false);
    const before = of.at.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(of.at.length).toBe(before);
    page.show(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(of.at.length).toBe(before + 1);
    leave();
    client.value = undefined;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(of.at.length).toBe(before + 1);
  });
});

describe("startFeed", () => {
  it("leaves a service that is away alone in a hidden page, and asks at once when that is looked at again", async () => {
    vi.stubGlobal("requestAnimationFrame", () => 0);
    const { client } = await stateIn("session");
    const { startFeed } = await stateIn("feed");
    const of = service(undefined);
    const url = "http://127.0.0.1";
    client.value = new OperationsClient({ url, token: "tested", fetch: () => of.ask() as never });
    startFeed();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(of.at.length).toBeGreaterThan(5);
    page.show(false);
    const before = of.at.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(of.at.length).toBe(before);
    page.show(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(of.at.length).toBe(before + 1);
    client.value = undefined;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(of.at.length).toBe(before + 1);
  });
});

describe("startOpened", () => {
  const id = "01m8xq6g2k4n0v7d3c5b1a9e8f";
  const ended = {
    id,
    kind: "echo",
    status: "succeeded",
    version: 3,
    attempt: 1,
    labels: {},
    createdAt: "2026-11-26T10:00:00Z",
    updatedAt: "2026-11-26T10:00:01Z",
    finishedAt: "2026-11-26T10:00:01Z",
  };

  it("asks for deliveries about when there can be news of them, and less often while the service is away", async () => {
    vi.stubGlobal("requestAnimationFrame", () => 0);
    const { client } = await stateIn("session");
    const { place } = await stateIn("navigation");
    const { startOpened } = await stateIn("operation/opened");
    const nextTryAt = new Date(Date.now() + 3_600_000).toISOString();
    const of = service([{ webhookId: id, target: "https://a.test", state: "pending", nextTryAt }]);
    of.isAway = false;
    client.value = {
      get: async () => ended,
      inputOf: async () => null,
      attempts: async () => [],
      deliveries: () => of.ask(),
    };
    place.value = { ...place.value, open: id };
    startOpened();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(of.at.length).toBeGreaterThan(8);
    expect(of.at.length).toBeLessThan(13);
    of.isAway = true;
    const before = of.at.length;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(of.at.length - before).toBeLessThan(25);
    page.show(false);
    const hidden = of.at.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(of.at.length).toBe(hidden);
    client.value = undefined;
    await vi.advanceTimersByTimeAsync(0);
  });
});
