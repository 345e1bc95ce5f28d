import { signal } from "@preact/signals";
import type { CreateRequest } from "../../client/index.ts";

/** Draft is what the Start view is filled in with. */
export interface Draft {
  readonly request: CreateRequest;
  /** The id of the operation that is done again, where it is one. */
  readonly of?: string;
  /** Whether its input is known: the service does not tell that of others' operations. */
  readonly hasInput: boolean;
}

/** draft waits for the Start view to open, which takes it. */
export const draft = signal<Draft | undefined>(undefined);
