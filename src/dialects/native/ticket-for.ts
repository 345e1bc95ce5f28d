import type { Operation } from "../../core/operation/operation.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked } from "../../edge/exchange.ts";

/** life is how long a URL in a response gives access by itself, in milliseconds. */
const life = 3_600_000;

/**
 * ticketFor makes a ticket for an operation, for a URL in the response. It is a right to read: callers who may not read
 * get none, and there are none without a secret.
 */
export async function ticketFor(
  { deployment: { tickets }, config, caller }: Asked,
  { id }: Operation,
): Promise<string | undefined> {
  if (!tickets || config.ticketSecrets.length === 0 || !allows(caller, "read")) return undefined;
  const expires = Math.floor((Date.now() + life) / 1_000);
  return tickets.sign(config, { tenant: caller.tenant, operation: id, expires });
}
