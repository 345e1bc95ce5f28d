import type { Config } from "../config/config.ts";
import type { Task } from "./attempt.ts";
import type { Deployment } from "./deployment.ts";
import { hasOneTenant } from "./one-tenant.ts";

/** keyOf returns the key by which others recognize repeated work; see OperationContext.idempotencyKey. */
export function keyOf(task: Task, deployment: Deployment, config: Config): string {
  const { object, id, key } = task.keys ?? task;
  if (key === undefined) return id;
  return hasOneTenant(deployment, config) ? key : `${object.slice(0, 16)}/${key}`;
}
