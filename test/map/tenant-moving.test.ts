import { describe, expect, it } from "vitest";
import type { MoveRules } from "../../src/core/moving/moving.ts";
import { write } from "../../src/dialects/native/moving/write.ts";
import { MidDeploy, TenantMoving } from "../../src/map/tenant-moving.ts";

/** An object of a version that can move, and does not know of documents. */
const older = {
  move: async () => undefined as never,
  webhook: () => expect.unreachable("nothing is checked"),
  unstartable: async () => undefined,
};

describe("TenantMoving", () => {
  it("ask rejects with MidDeploy where an object does not know what it is asked", async () => {
    const map = new TenantMoving(older);
    await expect(map.ask(0, { type: "documents", storage: "", after: "" })).rejects.toThrow(
      MidDeploy,
    );
    await expect(map.ask(0, { type: "arriveDocuments", documents: [] })).rejects.toThrow(MidDeploy);
  });

  it("ask returns nothing of the rows of an operation that is gone", async () => {
    const map = new TenantMoving(older);
    expect(await map.ask(0, { type: "rows", id: "x", place: [0, 0] })).toBeUndefined();
  });

  it("has an export say so before it has begun", async () => {
    const asked = { tenant: "t", cursor: undefined, skipped: () => {} };
    const rules = { shards: 1, webhookSecrets: [] } as unknown as MoveRules;
    const lines = write(new TenantMoving(older), rules, asked);
    if (!lines.ok) return expect.unreachable("there is no cursor");
    await expect(lines.value.next()).rejects.toThrow(MidDeploy);
  });
});
