import { sentry } from "./base/sentry.ts";
import { dialects } from "./dialects/index.ts";
import { metrics } from "./dialects/native/metrics/metrics.ts";
import { openApi } from "./dialects/native/openapi/outline-text.ts";
import { tickets } from "./edge/access/ticket.ts";
import { builtIn } from "./kinds/index.ts";
import { jsonSchema } from "./kinds/json-schema.ts";
import { moving } from "./moving.ts";
import { large } from "./object/large/large.ts";
import { traces } from "./object/spans/traces.ts";
import { createOperations } from "./operations.ts";

const parts = { sentry, tickets, jsonSchema, large, metrics, moving, traces, openApi };
const operations = createOperations({ kinds: builtIn, dialects, ...parts });

export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}

export default { fetch: operations.site } satisfies ExportedHandler<Cloudflare.Env>;
