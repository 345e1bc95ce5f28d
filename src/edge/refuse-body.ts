import type { Failure } from "../core/errors.ts";
import { decode } from "../core/reply.ts";
import type { OperationsStub } from "../object/address.ts";
import type { Exchange } from "./exchange.ts";
import { problem } from "./problem.ts";

/**
 * refuseBody answers a request about an operation whose body is not good. One that is not there, or
 * is another tenant's, is 404 whatever was sent; it is looked for here alone, so that a good body
 * costs no look-up.
 */
export async function refuseBody(
  exchange: Exchange,
  stub: OperationsStub,
  id: string,
  wrong: Failure,
): Promise<Response> {
  const reply = decode(await stub.read(id));
  return problem(exchange, reply.error ?? wrong);
}
