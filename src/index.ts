import { sentry } from "./base/sentry.ts";
import { dialects } from "./dialects/index.ts";
import { builtIn } from "./kinds/index.ts";
import { jsonSchema } from "./kinds/json-schema.ts";
import { createOperations } from "./operations.ts";

const operations = createOperations({ kinds: builtIn, dialects, sentry, jsonSchema });

export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}

export default { fetch: operations.site } satisfies ExportedHandler<Cloudflare.Env>;
