import { expect, test } from "vitest";
import { othersWaiting, waitingWorkers } from "../../../src/map/claiming/waiting-here.ts";

test("waitingWorkers are those of one tenant and the same kinds, in any order; alone where calls are not combined", () => {
  const env = {} as Cloudflare.Env;
  const place = { env, tenant: "a", joins: true };
  const workers = waitingWorkers(place, ["x", "y"]);
  expect(waitingWorkers(place, ["y", "x", "y"])).toBe(workers);
  expect(waitingWorkers(place, ["x"])).not.toBe(workers);
  expect(waitingWorkers({ ...place, tenant: "b" }, ["x", "y"])).not.toBe(workers);
  expect(waitingWorkers({ ...place, env: {} as Cloudflare.Env }, ["x", "y"])).not.toBe(workers);
  expect(waitingWorkers({ ...place, joins: false }, ["x", "y"])).not.toBe(workers);
  const listening = { seenAt: Date.now(), end: () => {} };
  workers.listens(0, listening);
  workers.ended(0, listening);
  expect(waitingWorkers(place, ["x", "y"])).not.toBe(workers);
});

test("othersWaiting returns those that wait already, and keeps nothing of those that do not", () => {
  const place = { env: {} as Cloudflare.Env, tenant: "a", joins: true };
  expect(othersWaiting(place, ["x"])).toBeUndefined();
  const workers = waitingWorkers(place, ["x", "y"]);
  expect(othersWaiting(place, ["y", "x"])).toBe(workers);
  expect(othersWaiting({ ...place, joins: false }, ["x", "y"])).toBeUndefined();
});
