import type { Large } from "../../runner/large.ts";
import { attemptBucket } from "./attempt-bucket.ts";
import { read } from "./bucket-reader.ts";
import { LargeObjects } from "./large-objects.ts";

/**
 * large keeps results of more than 1 MiB in the R2 bucket that is bound as `RESULTS`, up to MAX_RESULT:
 * `createOperations({ kinds, large })`.
 */
export const large: Large = {
  room: (around) => new LargeObjects(around),
  attempt: attemptBucket,
  read,
};
