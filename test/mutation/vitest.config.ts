import { defineConfig } from "vitest/config";

/** What mutants of src/core are run against: its own tests, on Node. */
export default defineConfig({
  test: { include: ["test/core/**/*.test.ts", "test/sim/operation-model.test.ts"] },
});
