import { ok } from "../../base/result.ts";
import { modern, tasksExtension } from "./era.ts";
import { instructions, serverInfo } from "./legacy.ts";
import type { Methods } from "./method.ts";
import { modernTasks } from "./tasks/modern-tasks.ts";
import { callTool, listed } from "./tools/tool-methods.ts";

/** How long the description of the service is valid, and for whom: tools depend on the tenant. */
const cached = { resultType: "complete", ttlMs: 60_000, cacheScope: "private" };

/** modernMethods are the methods of the revision of 2026-07-28. */
export const modernMethods: Methods = {
  "server/discover": {
    scope: "read",
    run: () =>
      ok({
        ...cached,
        supportedVersions: [modern],
        // The extension has no settings: clients take anything else to mean no tasks.
        capabilities: { tools: {}, extensions: { [tasksExtension]: {} } },
        instructions,
        _meta: { "io.modelcontextprotocol/serverInfo": serverInfo },
      }),
  },
  "tools/list": {
    scope: "read",
    run: (exchange, { params }) => listed(exchange, params, false, cached),
  },
  "tools/call": { scope: "read", run: callTool },
  ...modernTasks,
};
