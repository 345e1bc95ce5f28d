import { signal } from "@preact/signals";
import type { CreateRequest } from "../../../client/index.ts";

/** draft is what the Start view is filled in with, once it opens and takes it. */
export const draft = signal<CreateRequest | undefined>(undefined);
