import { isObject } from "../../base/json.ts";
import { ok } from "../../base/result.ts";
import { packageVersion } from "../../base/version.ts";
import { legacy } from "./era.ts";
import type { Methods } from "./method.ts";
import { legacyTasks } from "./tasks/legacy-tasks.ts";
import { callTool, listed } from "./tools/tool-methods.ts";

/** serverInfo is who serves. */
export const serverInfo = { name: "edge-operations", version: packageVersion };

/** instructions are what the model of a host reads about all tools. */
export const instructions =
  "Each tool starts an operation, which continues after the call ends. If a result says that it is still running, call operation_wait with its id.";

const tasks = { list: {}, cancel: {}, requests: { tools: { call: {} } } };

/** legacyMethods are the methods of the revisions up to 2025-11-25. */
export const legacyMethods: Methods = {
  initialize: {
    scope: "read",
    run: (_, { params: { value } }) => {
      const asked = isObject(value) ? value.protocolVersion : undefined;
      const [newest] = legacy;
      const protocolVersion = legacy.find((version) => version === asked) ?? newest;
      const capabilities = { tools: {}, ...(protocolVersion === newest && { tasks }) };
      return ok({ protocolVersion, capabilities, serverInfo, instructions });
    },
  },
  ping: { scope: "read", run: () => ok({}) },
  "tools/list": {
    scope: "read",
    run: (exchange, { params }, { hasTasks }) => listed(exchange, params, hasTasks, {}),
  },
  "tools/call": { scope: "read", run: callTool },
  ...legacyTasks,
};
