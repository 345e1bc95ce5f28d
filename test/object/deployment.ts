import { sentry } from "../../src/base/sentry.ts";
import { encodeMonitor } from "../../src/dialects/native/monitor.ts";
import { openApi } from "../../src/dialects/native/openapi/outline-text.ts";
import { tickets } from "../../src/edge/access/ticket.ts";
import { builtIn } from "../../src/kinds/index.ts";
import { jsonSchema } from "../../src/kinds/json-schema.ts";
import { KindTable } from "../../src/kinds/kind-table.ts";
import { Deployment } from "../../src/runner/deployment.ts";

/** deployment is the code of the deployed Worker, for tests that reach below its front door. */
export const deployment = new Deployment({
  kinds: new KindTable(builtIn),
  basePath: "/api",
  binding: "OPERATIONS",
  runner: "Runner",
  config: {},
  sentry,
  jsonSchema,
  openApi,
  tickets,
  encode: encodeMonitor,
  operations: () => {
    throw new Error("These tests have no work that asks for other operations");
  },
});
