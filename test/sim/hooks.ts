import { registerHooks } from "node:module";

const at = (path: string) => new URL(path, (import.meta as ImportMeta & { url: string }).url).href;
const standIns = { workers: at("runtime/cloudflare-workers.ts"), kinds: at("runtime/kinds.ts") };
const kinds = at("../../src/kinds/index.ts");

/** Whatever asks for `cloudflare:workers`, or for the kinds, gets the stand-in of the simulation. */
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === "cloudflare:workers") return { url: standIns.workers, shortCircuit: true };
    const resolved = next(specifier, context);
    const isOurs = context.parentURL === standIns.kinds;
    return resolved.url === kinds && !isOurs ? { ...resolved, url: standIns.kinds } : resolved;
  },
});
