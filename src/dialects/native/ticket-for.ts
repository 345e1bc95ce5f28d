import type { Operation } from "../../core/operation/operation.ts";
import type { Asked } from "../../edge/exchange.ts";

/** life is how long a URL in an answer lets in by itself, in milliseconds. */
const life = 3_600_000;

/** ticketFor makes a ticket for an operation that a caller may read, for a URL in the answer; undefined where there are none. */
export async function ticketFor(
  { deployment: { tickets }, config, caller }: Asked,
  { id }: Operation,
): Promise<string | undefined> {
  if (!tickets || config.ticketSecrets.length === 0) return undefined;
  const expires = Math.floor((Date.now() + life) / 1_000);
  return tickets.sign(config, { tenant: caller.tenant, operation: id, expires });
}
