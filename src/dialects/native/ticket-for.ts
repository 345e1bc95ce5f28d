import type { Operation } from "../../core/operation/operation.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked } from "../../edge/exchange.ts";

/** life is how long a URL in an answer lets in by itself, in milliseconds. */
const life = 3_600_000;

/**
 * ticketFor makes a ticket for an operation, for a URL in the answer. It is a right to read: who may not read
 * gets none, and there are none where there is no secret.
 */
export async function ticketFor(
  { deployment: { tickets }, config, caller }: Asked,
  { id }: Operation,
): Promise<string | undefined> {
  if (!tickets || config.ticketSecrets.length === 0 || !allows(caller, "read")) return undefined;
  const expires = Math.floor((Date.now() + life) / 1_000);
  return tickets.sign(config, { tenant: caller.tenant, operation: id, expires });
}
