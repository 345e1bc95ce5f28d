import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, vi } from "vitest";

// What is set up around each file where files share a runtime: it leaves nothing in it.

/** The configuration as text; bindings have none. */
const configuration = () =>
  Object.entries(env).filter(([, value]: [string, unknown]) => typeof value === "string");

let before: ReturnType<typeof configuration>;

beforeAll(() => {
  before = configuration();
});

afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  // Objects of this file, and their alarms, do nothing beside the next.
  await reset();
  expect(configuration(), "a file that configures belongs to the project `alone`").toEqual(before);
});
