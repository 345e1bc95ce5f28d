import type { Scope } from "../../config/config.ts";
import type { Asked } from "../../edge/exchange.ts";
import type { Message, Outcome } from "../rpc/json-rpc.ts";
import type { Era } from "./era.ts";

/** Asking is a message that expects a response. */
export type Asking = Message & { readonly type: "request" };

/** Method is what a client can request, and what that needs. */
export interface Method {
  readonly scope: Scope;
  /** Whether it exists only for clients that support tasks. */
  readonly isOfTasks?: true;
  run(exchange: Asked, message: Asking, era: Era): Outcome | Promise<Outcome | Response>;
}

/** Methods are methods by name. */
export type Methods = Readonly<Record<string, Method>>;
