import { expect, it } from "vitest";
import * as z from "zod/mini";
import {
  described,
  namedSchemas,
  noted,
} from "../../../../src/dialects/native/openapi/vocabulary.ts";

it("described says nothing of a schema where it stands elsewhere too", () => {
  const count = z.int();
  const one = z.object({ lines: count, accepted: count });
  const other = z.object({ waiters: count });
  described(noted(one, { id: "One" }), { lines: "How many were read." });
  described(noted(other, { id: "Other" }), { waiters: "Clients that wait." });
  const { One, Other } = namedSchemas() as Record<string, { properties?: Record<string, object> }>;
  expect(One?.properties?.lines).toMatchObject({ description: "How many were read." });
  expect(One?.properties?.accepted).not.toHaveProperty("description");
  expect(Other?.properties?.waiters).toMatchObject({ description: "Clients that wait." });
});
