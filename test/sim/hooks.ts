import { registerHooks } from "node:module";

const at = (path: string) => new URL(path, (import.meta as ImportMeta & { url: string }).url).href;
const standIn = at("runtime/cloudflare-workers.ts");

/** Whatever asks for `cloudflare:workers` gets the stand-in of the simulation. */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "cloudflare:workers"
      ? { url: standIn, shortCircuit: true }
      : next(specifier, context),
});
