import { signal } from "@preact/signals";
import type { CreateRequest } from "../../../client/index.ts";

/** draft is the initial content of the form for a new operation, which uses it once. */
export const draft = signal<CreateRequest | undefined>(undefined);
