import { expect, test } from "vitest";
import { sharedRead } from "../../../src/map/joining/shared-read.ts";
import { placeOf } from "../place-of.ts";

/** Reads of a tenant that each return how many there were, once they are let go. */
function reads(tenant: string, joins = true) {
  const { place } = placeOf(tenant, {} as never, joins);
  const gate = Promise.withResolvers<void>();
  let made = 0;
  const read = async () => {
    made += 1;
    const mine = made;
    await gate.promise;
    return mine;
  };
  const ask = (name = "stats") => sharedRead(place, name, read);
  return { ask, letGo: () => gate.resolve(), count: () => made };
}

test("sharedRead makes one read for all that ask while two are under way, once one of these is over", async () => {
  const { ask, letGo } = reads("shared");
  const asked = Array.from({ length: 6 }, () => ask());
  letGo();
  expect(await Promise.all(asked)).toEqual([1, 2, 3, 3, 3, 3]);
});

test("sharedRead shares nothing between names or tenants, nor where calls are not combined", async () => {
  const [one, other, inside] = [reads("apart"), reads("apart-2"), reads("apart-3", false)];
  const asked = [one.ask("a"), one.ask("a"), one.ask("b"), other.ask("a"), other.ask("a")];
  asked.push(...Array.from({ length: 4 }, () => inside.ask()));
  expect([one.count(), other.count(), inside.count()]).toEqual([3, 2, 4]);
  for (const { letGo } of [one, other, inside]) letGo();
  await Promise.all(asked);
});

test("sharedRead throws to all that share a read that fails", async () => {
  const { place } = placeOf("shared-failure", {} as never);
  const broken = new Error("out of reach");
  let made = 0;
  const asked = Array.from({ length: 5 }, () =>
    sharedRead(place, "stats", async () => {
      made += 1;
      throw broken;
    }),
  );
  const found = await Promise.allSettled(asked);
  expect(found.map((one) => one.status === "rejected" && one.reason)).toEqual(
    asked.map(() => broken),
  );
  expect(made).toBe(3);
});
