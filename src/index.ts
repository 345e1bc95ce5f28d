import { dialects } from "./dialects/index.ts";
import { builtIn } from "./kinds/index.ts";
import { createOperations } from "./operations.ts";

const operations = createOperations({ kinds: builtIn, dialects });

export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}

export default { fetch: operations.site } satisfies ExportedHandler<Cloudflare.Env>;
