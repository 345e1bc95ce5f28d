import { createOperations } from "edge-operations";
import { kinds } from "./kinds";

const operations = createOperations({ kinds });
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}

export default { fetch: operations.fetch };
