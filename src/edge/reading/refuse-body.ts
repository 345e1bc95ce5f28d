import { type Failure, invalid } from "../../core/errors.ts";
import type { Asked } from "../exchange.ts";
import { problem } from "../problem.ts";
import { readBytes } from "./body.ts";

/**
 * refuseFor responds to a request about an operation that is invalid itself: its body, or its condition. An operation
 * that does not exist, or is another tenant's, is 404 whatever was sent; it is looked up only here, so that a valid
 * request needs no look-up.
 */
export async function refuseFor(exchange: Asked, id: string, wrong: Failure): Promise<Response> {
  const reply = await exchange.map.get(id);
  return problem(exchange, reply.error ?? wrong);
}

/** unwantedBody returns why a request is refused that has a body although none is read. */
export async function unwantedBody(request: Request): Promise<Failure | undefined> {
  const read = await readBytes(request, 0);
  if (read.ok) return undefined;
  if (read.failure.code !== "payload-too-large") return read.failure;
  return invalid([{ path: "", message: "The request must not have a body" }]);
}
