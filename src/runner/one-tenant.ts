import type { Config } from "../config/config.ts";
import { defaultTenant } from "../config/grants.ts";
import type { Deployment } from "./deployment.ts";

/** hasOneTenant returns whether all tokens belong to one tenant; with own authentication, that is unknown. */
export function hasOneTenant(
  { authenticate }: Pick<Deployment, "authenticate">,
  { token, tokens }: Pick<Config, "token" | "tokens">,
): boolean {
  const tenants = new Set(Object.values(tokens).map(({ tenant }) => tenant));
  if (token !== undefined) tenants.add(defaultTenant);
  return authenticate === undefined && tenants.size <= 1;
}
