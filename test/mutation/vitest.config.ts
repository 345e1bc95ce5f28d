import { defineConfig } from "vitest/config";

/** What mutants of src/core and src/config are run against: its own tests, on Node. */
export default defineConfig({
  test: {
    include: [
      "test/core/**/*.test.ts",
      "test/config/**/*.test.ts",
      "test/sim/operation-model.test.ts",
    ],
    setupFiles: ["test/mutation/first-failure.ts"],
    isolate: false,
    // A busy machine must not pass for a test that noticed; what never ends Stryker ends itself.
    testTimeout: 60_000,
  },
});
