import { maxBatch } from "../../core/limits.ts";
import { array, object, string } from "../../core/shape/shape.ts";

/** batchGetRequest is the body of `POST /operations:batchGet`. */
export const batchGetRequest = object({
  ids: array(string(), { max: maxBatch, many: `at most ${maxBatch} ids are allowed` }),
});
