import { expect, it, vi } from "vitest";
import { eraseTenant } from "../../src/map/erase-tenant.ts";
import type { TenantPlace } from "../../src/map/place.ts";
import type { Shards } from "../../src/map/shards.ts";

/** What becomes of a tenant whose object answers so, the last of these for ever. */
function erased(...answers: readonly (boolean | Error)[]) {
  const left = [...answers];
  const erase = async () => {
    const answer = left.length > 1 ? left.shift() : left[0];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const shards = { at: () => ({ erase }) } as unknown as Shards;
  return eraseTenant({ config: { shards: 1 } } as TenantPlace, shards, 0);
}

/** Objects that end at their first call, each of which takes so many milliseconds; which were asked, and when. */
function emptied(count: number, takes = 0) {
  const asked: number[] = [];
  const ended = new Set<number>();
  const erase = async (shard: number) => {
    asked.push(shard);
    vi.setSystemTime(Date.now() + takes);
    if (ended.has(shard)) return true;
    ended.add(shard);
    throw new Error("erased on request");
  };
  const shards = { at: (shard: number) => ({ erase: () => erase(shard) }) } as unknown as Shards;
  const from = (first: number) =>
    eraseTenant({ config: { shards: count } } as TenantPlace, shards, first);
  return { asked, ended, from };
}

it("eraseTenant makes far fewer calls than a request may, and goes on from where it stopped", async () => {
  const tenant = emptied(1_001);
  const pages: { calls: number; objects?: number }[] = [];
  let next: number | undefined = 0;
  while (next !== undefined) {
    const before = tenant.asked.length;
    const reply: Awaited<ReturnType<typeof tenant.from>> = await tenant.from(next);
    if (reply.error) throw new Error(reply.error.message);
    pages.push({ calls: tenant.asked.length - before, objects: reply.objects });
    next = reply.next;
  }
  expect(tenant.ended.size).toBe(1_001);
  expect(pages.map(({ objects }) => objects)).toEqual([200, 400, 600, 800, 1_000, 1_001]);
  expect(Math.max(...pages.map(({ calls }) => calls))).toBe(400);
});

it("eraseTenant stops after a while, however few objects that was", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const tenant = emptied(64, 1_000);
  expect(await tenant.from(0)).toEqual({ objects: 16, next: 16 });
  vi.useRealTimers();
});

it("eraseTenant asks an object that has ended until it says that nothing is there", async () => {
  const ended = new Error("erased on request");
  expect(await erased(ended, false, ended, true)).toEqual({ objects: 1 });
});

it("eraseTenant says that a tenant has to be kept away whose clients fill it meanwhile", async () => {
  const reply = await erased(false);
  expect(reply.error).toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("tokens"),
  });
});
