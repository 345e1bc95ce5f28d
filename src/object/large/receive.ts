import { type Failure, failure } from "../../core/errors.ts";
import {
  longestArrival,
  longestSilence,
  renewEvery,
  type Upload,
} from "../../core/operation/large.ts";
import type { Reply } from "../../core/reply.ts";
import { OperationFailure } from "../../kinds/kind.ts";
import type { Received, Receiving } from "../../runner/large.ts";
import { write } from "./bucket-writer.ts";
import { lapsed, noStorage } from "./refusals.ts";

/** receive writes the body of a request into an upload; see Large. */
export async function receive(
  bucket: R2Bucket,
  upload: Upload,
  { body, limit, what, renew }: Receiving,
): Promise<Reply<Received>> {
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  // After an abort the digest rejects, and nobody waits for it.
  digest.digest.catch(() => {});
  const lease = renew && renewing(renew);
  const began = Date.now();
  const read = async () => {
    const piece = await within(longestSilence, body());
    if (!piece) return undefined;
    if (lease?.isLost()) throw new Refused(lapsed);
    if (Date.now() - began > longestArrival) throw new Refused(slow);
    await hash.write(piece);
    return piece;
  };
  try {
    const most = Math.min(limit, upload.limit);
    const size = await write(bucket, upload, read, most);
    if (size === undefined) {
      await hash.abort();
      return { error: most < limit ? noStorage : tooLarge(what, limit) };
    }
    await hash.close();
    return { size, sha256: new Uint8Array(await digest.digest).toHex() };
  } catch (thrown) {
    void hash.abort(thrown).catch(() => {});
    if (thrown instanceof Refused) return { error: thrown.failure };
    const isBucket = thrown instanceof OperationFailure;
    return {
      error: isBucket ? failure("unavailable", `${thrown.message}; retry later`) : brokenOff,
    };
  } finally {
    lease?.end();
  }
}

/** Renews a lease until it is lost or no longer needed. */
function renewing(renew: () => Promise<boolean>) {
  let isLost = false;
  const timer = setInterval(async () => {
    // If the object cannot be reached, the next renewal tries again.
    const isHeld = await renew().catch(() => true);
    if (!isHeld) isLost = true;
  }, renewEvery);
  return { isLost: () => isLost, end: () => clearInterval(timer) };
}

/** tooLarge returns the error for a body that exceeds its limit. */
function tooLarge(what: string, limit: number): Failure {
  return failure("payload-too-large", `The ${what} is larger than ${limit} bytes`);
}

const brokenOff = failure(
  "malformed-request",
  "Cannot read the body: it ends early, or its chunks are malformed",
);

const slow = failure("malformed-request", "Cannot read the body: it arrives too slowly");

/** Refused is thrown to stop reading a body. */
class Refused extends Error {
  readonly failure: Failure;

  constructor(why: Failure) {
    super(why.message);
    this.failure = why;
  }
}

function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Refused(slow)), milliseconds);
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}
