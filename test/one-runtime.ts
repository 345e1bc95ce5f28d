import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, vi } from "vitest";

// What is set up around each file where files share a runtime: it leaves nothing in it.

/** The configuration as text; bindings have none. */
const configuration = () =>
  Object.entries(env).filter(([, value]: [string, unknown]) => typeof value === "string");

/** What tests put something else in the place of. */
const clock = () => ({
  Date,
  now: Date.now,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  fetch,
});

let before: Readonly<{
  configuration: ReturnType<typeof configuration>;
  clock: ReturnType<typeof clock>;
}>;

beforeAll(() => {
  before = { configuration: configuration(), clock: clock() };
});

afterAll(async () => {
  // In this order: a spy on a fake timer would put the fake one back.
  vi.restoreAllMocks();
  vi.useRealTimers();
  // Objects of this file, and their alarms, do nothing beside the next.
  await reset();
  expect(configuration(), "a file that configures belongs to the project `alone`").toEqual(
    before.configuration,
  );
  const left = clock();
  for (const name of Object.keys(left) as (keyof typeof left)[]) {
    expect(left[name], `${name} is left as it was`).toBe(before.clock[name]);
  }
});
