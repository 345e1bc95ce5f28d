import { echo } from "../../src/kinds/echo.ts";
import { createOperations } from "../../src/operations.ts";

const operations = createOperations({
  kinds: { echo },
  config: { TOKEN: "t" },
  schedules: [{ cron: "*/5 * * * *", kind: "echo", input: "tick", tenant: "default" }],
});
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}

export default {
  fetch: operations.fetch,
  scheduled: operations.scheduled,
} satisfies ExportedHandler<Cloudflare.Env>;
