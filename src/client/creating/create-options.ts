import type { InputOf, NameOf } from "../kind-types.ts";
import type { CallOptions } from "../options.ts";
import type { BatchCreateRequest } from "./batch.ts";
import type { CreateRequest } from "./create-request.ts";

/** SendOptions say how to send a create. */
export interface SendOptions extends CallOptions {
  /**
   * 1 to 255 printable ASCII characters; a random one by default. Creates with the same key and the
   * same request make one operation, for as long as that lives.
   */
  readonly idempotencyKey?: string | undefined;
  /** How long to wait for the end: Go-style text, such as `30s`. Not at all by default. */
  readonly wait?: string | undefined;
}

/** CreateOptions say what more is asked of an operation, and how its create is sent. */
export interface CreateOptions extends SendOptions, Omit<CreateRequest, "kind" | "input"> {}

/** RerunOptions say what is to be other than it was, and how the request is sent. */
export interface RerunOptions extends SendOptions {
  /** In the place of the operation's own input, as in a create. Not where steps are kept. */
  readonly input?: unknown;
  /**
   * Whether it goes on after the last step that the operation has stored, with the steps' keys: those
   * that have failed, and what came after them, are made anew.
   */
  readonly keepSteps?: boolean | undefined;
}

/** RunOptions say how an operation is made, and how long its end is waited for. */
export interface RunOptions extends Omit<CreateOptions, "wait"> {
  /** Go-style text, such as `90s` or `2h`; without it there is no end but the operation's. */
  readonly timeout?: string | undefined;
}

/** CreateManyEntry is one of the operations that createMany makes. */
export type CreateManyEntry<Kinds> = {
  readonly [Name in NameOf<Kinds>]: Omit<BatchCreateRequest, "kind" | "input"> & {
    readonly kind: Name;
  } & (undefined extends InputOf<Kinds[Name]>
      ? { readonly input?: InputOf<Kinds[Name]> }
      : { readonly input: InputOf<Kinds[Name]> });
}[NameOf<Kinds>];

/** Rest is what follows the name of a kind: its input, unless there need be none, and options. */
export type Rest<Input, Options> = undefined extends Input
  ? [input?: Input, options?: Options]
  : [input: Input, options?: Options];
