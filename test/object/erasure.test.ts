import { expect, test } from "vitest";
import { Erasure } from "../../src/object/map/erasure.ts";

test("Erasure ends the object once its critical section is over, and before anything else", async () => {
  const did: string[] = [];
  const note = (what: string) => async () => void did.push(what);
  const storage = {
    sql: { exec: () => ({ toArray: () => [{ name: "operations" }] }) },
    getAlarm: async () => null,
    deleteAlarm: note("deleteAlarm"),
    deleteAll: note("deleteAll"),
    sync: note("sync"),
  };
  const ctx = {
    storage,
    getWebSockets: () => [],
    blockConcurrencyWhile: async (act: () => Promise<unknown>) => {
      did.push("closed");
      const result = await act();
      did.push("open");
      return result;
    },
    // Within the section workerd would take it for a deadlock, and say so in its log.
    abort: () => void did.push("abort"),
  };
  const attempts = { ids: [], drop: () => {} };
  const around = { ctx, attempts, large: undefined, closeCode: 1012 };
  const erasure = new Erasure(around as unknown as ConstructorParameters<typeof Erasure>[0]);
  expect(await erasure.erase()).toBe(false);
  expect(did).toEqual(["closed", "deleteAlarm", "deleteAll", "sync", "open", "abort"]);
});
