import type { Result } from "../../base/result.ts";
import type { Scope } from "../../config/config.ts";
import type { Json } from "../../core/json/json.ts";
import type { Asked } from "../../edge/exchange.ts";
import type { Refused } from "./refusal.ts";

/**
 * Told yields the items of a stream: each a `StreamResponse` as JSON text, or an empty text if there is nothing new. It
 * returns why it breaks off, if it does.
 */
export type Told = AsyncGenerator<string, Refused | undefined>;

/** Answer is the response of a method: JSON text, or a stream. */
export type Answer = string | Told;

/** Method is what a client can request by either binding, and what that needs. */
export interface Method {
  readonly scope: Scope;
  /** @param params the protocol's request message; unknown members are ignored, as in protobuf */
  run(exchange: Asked, params: Json): Promise<Result<Answer, Refused>>;
}
