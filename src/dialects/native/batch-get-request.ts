import * as z from "zod/mini";
import { maxBatch } from "../../core/limits.ts";

/** batchGetRequest is the body of `POST /operations:batchGet`. */
export const batchGetRequest = z.strictObject({
  ids: z.array(z.string()).check(z.maxLength(maxBatch, `want at most ${maxBatch} ids`)),
});
