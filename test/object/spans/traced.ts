import { encodeMonitor } from "../../../src/dialects/native/monitor.ts";
import { builtIn } from "../../../src/kinds/index.ts";
import { KindTable } from "../../../src/kinds/kind-table.ts";
import { traces } from "../../../src/object/spans/traces.ts";
import { Deployment } from "../../../src/runner/deployment.ts";

/** traced is a deployment that tells spans where its configuration names a collector. */
export const traced = new Deployment({
  kinds: new KindTable(builtIn),
  basePath: "/api",
  binding: "OPERATIONS",
  runner: "Runner",
  config: {},
  traces,
  encode: encodeMonitor,
  operations: () => {
    throw new Error("not asked for here");
  },
});
