import { registerHooks } from "node:module";

/** Has an example that runs on Node find the client of the sources, where a user has installed the package. */
const client = new URL("../../src/client/index.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "edge-operations/client"
      ? { url: client, format: "module-typescript", shortCircuit: true }
      : next(specifier, context),
});
