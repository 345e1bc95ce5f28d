import type { Config } from "../config/config.ts";
import { defaultTenant } from "../config/grants.ts";
import type { Task } from "./attempt.ts";
import type { Deployment } from "./deployment.ts";

/** keyOf is what tells repetitions of an attempt's operation to others; see OperationContext.idempotencyKey. */
export function keyOf(task: Task, { authenticate }: Deployment, { token, tokens }: Config): string {
  const { object, id, key } = task.keys ?? task;
  if (key === undefined) return id;
  const tenants = new Set(Object.values(tokens).map(({ tenant }) => tenant));
  if (token !== undefined) tenants.add(defaultTenant);
  // Whom the Worker's own code lets in is not known here.
  const isOneOfMany = authenticate !== undefined || tenants.size > 1;
  return isOneOfMany ? `${object.slice(0, 16)}/${key}` : key;
}
