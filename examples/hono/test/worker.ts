import { createOperations } from "edge-operations";
import { testing } from "edge-operations/testing";
import { kinds } from "../src/kinds";

// The same kinds in a Worker that takes orders of tests.
export const operations = createOperations({ kinds, testing: testing() });
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}
export default { fetch: operations.fetch };
