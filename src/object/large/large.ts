import type { Large } from "../../runner/large.ts";
import { arrive } from "./arrive.ts";
import { attemptBucket } from "./attempt-bucket.ts";
import { open, read } from "./bucket-reader.ts";
import { complete } from "./complete.ts";
import { LargeObjects } from "./large-objects.ts";
import { receive } from "./receive.ts";

/**
 * large stores results of more than 1 MiB in the R2 bucket bound as `RESULTS`, up to MAX_RESULT, and bodies of requests
 * to the proxy of more than MAX_BODY, up to MAX_UPLOAD: `createOperations({ kinds, large })`.
 */
export const large: Large = {
  room: (around) => new LargeObjects(around),
  attempt: attemptBucket,
  read,
  open,
  receive,
  arrive,
  complete,
};
