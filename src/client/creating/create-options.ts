import type { InputOf, NameOf } from "../kind-types.ts";
import type { CallOptions } from "../options.ts";
import type { BatchCreateRequest } from "./batch.ts";
import type { CreateRequest } from "./create-request.ts";

/** SendOptions are the options for sending a create. */
export interface SendOptions extends CallOptions {
  /**
   * 1 to 255 printable ASCII characters; random by default. Creates with the same key and the same request create
   * only one operation, as long as it is kept.
   */
  readonly idempotencyKey?: string | undefined;
  /** How long to wait for the operation to end, such as `30s`. Default: no wait. */
  readonly wait?: string | undefined;
}

/** CreateOptions are the options of `create`: everything but the kind and its input. */
export interface CreateOptions extends SendOptions, Omit<CreateRequest, "kind" | "input"> {}

/** RerunOptions are the options of `rerun`. */
export interface RerunOptions extends SendOptions {
  /** Replaces the original's input, as in a create. Not with `keepSteps`. */
  readonly input?: unknown;
  /**
   * Whether to continue after the last step that the original stored, with the same idempotency keys. Failed steps,
   * and whatever comes after them, run again.
   */
  readonly keepSteps?: boolean | undefined;
}

/** RunOptions are the options of `run`. */
export interface RunOptions extends Omit<CreateOptions, "wait"> {
  /** How long to wait, such as `90s` or `2h`. Default: until the operation ends. */
  readonly timeout?: string | undefined;
}

/** CreateManyEntry is one entry of createMany. */
export type CreateManyEntry<Kinds> = {
  readonly [Name in NameOf<Kinds>]: Omit<BatchCreateRequest, "kind" | "input"> & {
    readonly kind: Name;
  } & (undefined extends InputOf<Kinds[Name]>
      ? { readonly input?: InputOf<Kinds[Name]> }
      : { readonly input: InputOf<Kinds[Name]> });
}[NameOf<Kinds>];

/** Rest are the arguments after the name of a kind: its input, unless it can be left out, and options. */
export type Rest<Input, Options> = undefined extends Input
  ? [input?: Input, options?: Options]
  : [input: Input, options?: Options];
