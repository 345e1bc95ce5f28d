import * as z from "zod/mini";
import { metrics } from "../../src/dialects/native/metrics/metrics.ts";
import { proxy } from "../../src/dialects/proxy/proxy.ts";
import { echo } from "../../src/kinds/echo.ts";
import { http } from "../../src/kinds/http/http.ts";
import { makeAsync, OperationFailure } from "../../src/kinds/kind.ts";
import { traces } from "../../src/object/spans/traces.ts";
import { createOperations } from "../../src/operations.ts";

/** Has two steps and fails once, between them; its result is the trace that it saw last. */
const report = makeAsync({
  description: "Writes a report in two steps.",
  input: z.any(),
  retry: { maxAttempts: 2, initialInterval: "1ms" },
  run: async (_, op) => {
    await op.step("load:42", () => "s3cret-result");
    await op.step("send", () => {
      if (op.attempt === 1) throw new OperationFailure("no_paper", "s3cret-reason");
    });
    return op.trace;
  },
});

/** Makes another operation, which is part of the same trace. */
const parent = makeAsync({
  description: "Has an echo made.",
  input: z.any(),
  run: async (_, op) => {
    await op.operations.run("echo", "s3cret-child");
  },
});

const operations = createOperations({
  kinds: { echo, http, parent, report },
  dialects: [proxy],
  metrics,
  traces,
});
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}
export default { fetch: operations.fetch };
