import { expect, it } from "vitest";
import { fuzz } from "../fuzz/run.ts";

it("20,000 malformed requests: no 5xx, no hang, no panic, nothing kept that was not accepted", async () => {
  const { outcomes, bad, panics, stored, streams } = await fuzz(20_000, 1);
  expect({ bad, panics }).toEqual({ bad: [], panics: [] });
  // One was there before; what else is stored was acknowledged.
  const acknowledged = (outcomes[202] ?? 0) + (outcomes[200] ?? 0) + (outcomes[424] ?? 0);
  expect(stored).toBeLessThanOrEqual(1 + acknowledged * 3);
  // Those of the requests under way, of which the last few may still end.
  expect(streams).toBeLessThan(100);
});
