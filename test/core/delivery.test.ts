import { describe, expect, test } from "vitest";
import {
  again,
  type Delivery,
  longest,
  maxTries,
  newDelivery,
  refusedDelivery,
  tried,
  webhookId,
} from "../../src/core/delivery.ts";

const webhook = { url: "https://hook.test/x", origin: "https://edge.test" };
const fresh = newDelivery("op", webhook, 1_000);

/** After that many failed tries, each at the time that the one before asked for. */
function failed(times: number, jitter = 0.5): { delivery: Delivery; waits: number[] } {
  let delivery = fresh;
  const waits: number[] = [];
  for (let i = 0; i < times; i++) {
    const now = delivery.nextAt ?? Number.NaN;
    delivery = tried(delivery, { at: now, status: 503 }, now, jitter);
    if (delivery.nextAt !== undefined) waits.push(delivery.nextAt - now);
  }
  return { delivery, waits };
}

describe("tried", () => {
  test("newDelivery is due at once", () => {
    expect(fresh).toEqual({
      id: "op",
      ...webhook,
      state: "pending",
      nextAt: 1_000,
      round: 0,
      tries: [],
    });
  });

  test.each([200, 201, 204, 299])(
    "tried with status %d is delivered, and never due again",
    (status) => {
      const made = { at: 1_000, status };
      const { nextAt: _, ...rest } = fresh;
      expect(tried(fresh, made, 1_100, 0)).toEqual({
        ...rest,
        state: "delivered",
        round: 1,
        tries: [made],
      });
    },
  );

  test("tried with status 410 is gone, and never due again", () => {
    const delivery = tried(fresh, { at: 1_000, status: 410 }, 1_100, 0);
    expect(delivery.state).toBe("gone");
    expect(delivery).not.toHaveProperty("nextAt");
  });

  test.each([
    { status: 100 },
    { status: 199 },
    { status: 300 },
    { status: 301 },
    { status: 302 },
    { status: 307 },
    { status: 400 },
    { status: 404 },
    { status: 429 },
    { status: 500 },
    { error: "No answer" },
  ])("tried with %j is tried again", (answer) => {
    const delivery = tried(fresh, { at: 1_000, ...answer }, 1_100, 0.5);
    expect(delivery).toMatchObject({ state: "pending", nextAt: 6_100, round: 1 });
  });

  test("tried waits as Standard Webhooks suggests, over three days, and then is exhausted", () => {
    const { delivery, waits } = failed(10);
    expect(waits.map((wait) => wait / 1_000)).toEqual([
      5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(3 * 86_400_000);
    expect(delivery.state).toBe("exhausted");
    expect(delivery).not.toHaveProperty("nextAt");
    expect(delivery.tries).toHaveLength(10);
  });

  test("tried is exhausted with the first failed try after all the waits have passed, and not before it", () => {
    const first = tried(fresh, { at: 1_000, status: 503 }, 1_000, 0.5);
    const late = 1_000 + longest + 1;
    // Never tried, however late: it has its try, and others after it.
    const made = { at: late, status: 503 };
    expect(tried({ ...fresh, nextAt: late }, made, late, 0.5).state).toBe("pending");
    expect(tried(first, { at: late - 1, status: 503 }, late, 0.5).state).toBe("pending");
    expect(tried(first, made, late, 0.5).state).toBe("exhausted");
    expect(tried(fresh, made, late, 0.5).state).toBe("exhausted");
    expect(tried(first, { at: late, status: 204 }, late, 0.5).state).toBe("delivered");
    // A round that was asked for begins anew.
    const round = again(first, late);
    expect(tried(round, { at: late, status: 503 }, late, 0.5).state).toBe("pending");
    expect(longest).toBeGreaterThan(3 * 86_400_000);
    expect(longest).toBeLessThan(4 * 86_400_000);
  });

  test("tried spreads each wait by a tenth either way", () => {
    expect(failed(2, 0).waits).toEqual([4_500, 270_000]);
    expect(failed(2, 1).waits).toEqual([5_500, 330_000]);
  });

  test("again begins a whole new round, and tries before it stay to be seen", () => {
    const once = again(failed(10).delivery, 9_000);
    expect(once).toMatchObject({ state: "pending", nextAt: 9_000, round: 0 });
    expect(once.tries).toHaveLength(10);
    expect(tried(once, { at: 9_000, status: 500 }, 9_000, 0.5).nextAt).toBe(14_000);
  });

  test("tried remembers the latest tries alone", () => {
    let delivery: Delivery = fresh;
    for (let at = 0; at < maxTries + 5; at++) {
      delivery = tried(again(delivery, at), { at, status: 500 }, at, 0);
    }
    expect(delivery.tries).toHaveLength(maxTries);
    expect(delivery.tries[0]?.at).toBe(5);
  });
});

test("tried of a round whose tries are not remembered begins with the one at hand", () => {
  const made = { at: longest * 2, status: 503 };
  const delivery = tried({ ...fresh, round: 3, tries: [] }, made, made.at, 0.5);
  expect(delivery).toMatchObject({ state: "pending", round: 4, tries: [made] });
});

describe("refusedDelivery", () => {
  test("refusedDelivery is over, and says when and why", () => {
    const { nextAt: _, ...rest } = fresh;
    const tries = [{ at: 2_000, error: "too many" }];
    expect(refusedDelivery(fresh, "too many", 2_000)).toEqual({
      ...rest,
      state: "exhausted",
      tries,
    });
  });

  test("refusedDelivery keeps the tries before it, as many as are remembered", () => {
    const tries = Array.from({ length: maxTries }, (_, at) => ({ at, status: 503 }));
    const refused = refusedDelivery({ ...fresh, tries }, "too many", 2_000);
    expect(refused.tries).toEqual([...tries.slice(1), { at: 2_000, error: "too many" }]);
  });
});

describe("webhookId", () => {
  test("webhookId is the operation's id, and says what it is", () => {
    expect(webhookId("01abc")).toBe("msg_01abc");
  });
});
