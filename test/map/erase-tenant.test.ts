import { expect, it } from "vitest";
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
  return eraseTenant({ config: { shards: 1 } } as TenantPlace, shards);
}

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
