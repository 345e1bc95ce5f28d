import { failure } from "../../core/errors.ts";

/** busy is why no other upload begins now. */
export const busy = failure("unavailable", "Too many large bodies are being stored; retry later");

/** unreachable is why nothing can be stored. */
export const unreachable = failure("unavailable", "The bucket cannot be reached; retry later");

/** lapsed is why a body is refused that the object has given up. */
export const lapsed = failure(
  "unavailable",
  "The upload of the body has timed out; send the request again",
);

/** noStorage is why a body is refused that is larger than what the tenant may still store. */
export const noStorage = failure(
  "quota-exceeded",
  "The tenant has too little storage left (MAX_STORAGE); delete some operations, or wait until they expire",
);
