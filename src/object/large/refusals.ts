import { failure } from "../../core/errors.ts";

/** busy is the error when too many uploads are in progress. */
export const busy = failure("unavailable", "Too many large bodies are being stored; retry later");

/** unreachable is the error when the bucket cannot be reached. */
export const unreachable = failure("unavailable", "The bucket cannot be reached; retry later");

/** lapsed is the error for a body whose upload has lapsed. */
export const lapsed = failure(
  "unavailable",
  "The upload of the body has timed out; send the request again",
);

/** noStorage is the error for a body that is larger than the tenant's remaining storage. */
export const noStorage = failure(
  "quota-exceeded",
  "The tenant has too little storage left (MAX_STORAGE); delete some operations, or wait until they expire",
);
