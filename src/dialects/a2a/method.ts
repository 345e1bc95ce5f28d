import type { Result } from "../../base/result.ts";
import type { Scope } from "../../config/config.ts";
import type { Json } from "../../core/json/json.ts";
import type { Asked } from "../../edge/exchange.ts";
import type { Refused } from "./refusal.ts";

/**
 * Told is what a stream tells: each a `StreamResponse` as JSON text, or an empty text where there is
 * nothing new. It returns why it breaks off, if it does.
 */
export type Told = AsyncGenerator<string, Refused | undefined>;

/** Answer is what a method answers: JSON text, or a stream. */
export type Answer = string | Told;

/** Method is what a client can ask for by either binding, and what that needs. */
export interface Method {
  readonly scope: Scope;
  /** @param params the request's message of the protocol; what it does not know of it, it ignores, as protobuf does */
  run(exchange: Asked, params: Json): Promise<Result<Answer, Refused>>;
}
