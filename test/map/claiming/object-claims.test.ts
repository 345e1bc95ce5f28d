import { expect, test } from "vitest";
import type { ClaimCommand } from "../../../src/core/work.ts";
import { ObjectClaims } from "../../../src/map/claiming/object-claims.ts";
import type { OperationsStub } from "../../../src/object/address.ts";

const command: ClaimCommand = { kinds: ["resize"], max: 1, lease: 1_000 };

/** An object of older code, which lacks `claimMany`, and is reset at the call of that number. */
function older(resetAt: number) {
  let calls = 0;
  const stub = {
    claimMany: () =>
      Promise.reject(new TypeError('The RPC receiver does not implement the method "claimMany".')),
    claim: async () => {
      calls += 1;
      if (calls === resetAt) throw new Error("reset because its code was updated");
      return [calls];
    },
  };
  return new ObjectClaims(stub as unknown as OperationsStub);
}

test("ObjectClaims.claim asks an object of older code for each claim", async () => {
  expect(await older(9).claim([command, command, command])).toEqual([[1], [2], [3]]);
});

test("ObjectClaims.claim keeps what has been handed out when an object of older code is reset", async () => {
  expect(await older(3).claim([command, command, command])).toEqual([[1], [2], null]);
  await expect(older(1).claim([command, command])).rejects.toThrow("reset");
});
