import { builtIn } from "../../src/kinds/index.ts";
import { createOperations } from "../../src/operations.ts";

// A Worker that does nothing else, whose API stands in another place than the usual one.

const operations = createOperations({ kinds: builtIn, basePath: "/ops" });
export const { OperationsObject, Runner } = operations;
export default { fetch: operations.site };
