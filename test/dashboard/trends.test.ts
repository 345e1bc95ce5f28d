import { afterEach, expect, it, vi } from "vitest";
import type { TenantOperations, Trends } from "../../src/client/index.ts";
import { eventually } from "../eventually.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What the page's state is made of is of a browser, whose types are not those of here. */
const stateIn = (path: string) =>
  import(/* @vite-ignore */ new URL(`../../src/dashboard/state/${path}.ts`, import.meta.url).href);

const storage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };

/** A client whose answer is told once. */
function askedOf(answer: Promise<Trends>): TenantOperations {
  return { trends: () => answer } as unknown as TenantOperations;
}

it("followTrends shows nobody what another was shown", async () => {
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false }));
  vi.stubGlobal("sessionStorage", storage);
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("location", { hash: "#/trends", origin: "http://127.0.0.1", pathname: "/" });
  vi.stubGlobal("addEventListener", () => {});
  const { client } = await stateIn("session");
  const { followTrends, trends } = await stateIn("trends/trends");
  const first = { range: "15m" } as Trends;
  client.value = askedOf(Promise.resolve(first));
  const leave = followTrends();
  await eventually(() => expect(trends.value).toBe(first));
  client.value = undefined;
  leave();
  client.value = askedOf(new Promise(() => {}));
  const leaveAgain = followTrends();
  expect(trends.value).toBeUndefined();
  leaveAgain();
});
