import { expect, test } from "vitest";
import { defaultTenant } from "../../src/config/grants.ts";
import { objectName } from "../../src/core/shard.ts";

test("defaultTenant names the objects of TOKEN, where its operations have been stored all along", () => {
  expect(objectName(defaultTenant, 0)).toBe("default/0");
});
