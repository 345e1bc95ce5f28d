import { describe, expect, it } from "vitest";
import { rootSecrets, signingKeys } from "../../src/runner/webhook-keys.ts";

const shared = `whsec_${btoa("k".repeat(24))}`;
const root = `whroot_${btoa("r".repeat(32))}`;
const other = `whroot_${btoa("o".repeat(24))}`;

/** What `hkdfSync` of node:crypto makes of them for acme: receivers have these, so they may never change. */
const acme = "whsec_rbNSTKAzO7hvkcHTbs6vVFoA27WpUvRkn0rR17xcbjU=";
const acmeOfOther = "whsec_TkZq2F1UGqmLMU41DQQJXXo1QcZ96BJoKa0UB3leqwI=";

describe("signingKeys", () => {
  it.each([
    [[root], "acme", true, [acme]],
    [[root], "acme", false, [acme]],
    [[shared], "acme", true, [shared]],
    [[shared, root], "acme", true, [shared, acme]],
    [[shared, root], "acme", false, [acme]],
    [[shared, root], undefined, true, [shared]],
    [[other, root], "acme", true, [acmeOfOther, acme]],
  ])("of %j for %s, where shared ones sign: %s", async (secrets, tenant, isShared, keys) => {
    expect(await signingKeys(secrets, { tenant, isShared })).toEqual({ ok: true, value: keys });
  });

  it("are others for each tenant and each root secret", async () => {
    const all = await Promise.all(
      ["acme", "acme/", "default", "Acme"].map(async (tenant) => {
        const found = await signingKeys([root, other], { tenant, isShared: true });
        return found.ok ? found.value : [];
      }),
    );
    expect(new Set(all.flat()).size).toBe(8);
  });

  it.each([
    [[], "WEBHOOK_SECRET is not set"],
    [
      [shared],
      "The tenant has no key of its own: WEBHOOK_SECRET has no secret that begins with whroot_",
    ],
  ])("of %j says why there is none", async (secrets, why) => {
    const found = await signingKeys(secrets, { tenant: "acme", isShared: false });
    expect(found).toEqual({ ok: false, failure: why });
  });
});

it("rootSecrets are those that no receiver has", () => {
  expect(rootSecrets([shared, root, other])).toEqual([root, other]);
});
