import * as z from "zod/mini";
import { formatDuration, parseDuration } from "../../base/duration.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, type FieldError, failure, invalid } from "../../core/errors.ts";
import { type Json, jsonText } from "../../core/json/json.ts";
import {
  maxErrorCode,
  maxErrorDetails,
  maxErrorMessage,
  maxMetadata,
  maxResult,
} from "../../core/limits.ts";
import type { Snapshot } from "../../core/reply.ts";
import {
  type ClaimCommand,
  defaultLease,
  maxClaim,
  maxClaimKinds,
  maxLease,
  minLease,
  type WorkEnd,
  type WorkReport,
} from "../../core/work.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import { encodeMonitor } from "./monitor.ts";
import { memberOf, payloadOf, withPayload } from "./payload.ts";

const attempt = z.int().check(z.gte(1));

/** leaseText is a duration that a lease may have, from minLease to maxLease. */
export const leaseText = z.string().check(
  z.refine(
    (text) => {
      const value = parseDuration(text) ?? 0;
      return value >= minLease && value <= maxLease;
    },
    { message: `want a duration from ${formatDuration(minLease)} to ${formatDuration(maxLease)}` },
  ),
);

/** claimRequest is the body of `POST /operations:claim`. */
export const claimRequest = z.strictObject({
  kinds: z
    .array(z.string())
    .check(
      z.minLength(1, "want at least one kind"),
      z.maxLength(maxClaimKinds, `want at most ${maxClaimKinds} kinds`),
    ),
  max: z._default(z.int().check(z.gte(1), z.lte(maxClaim)), 1),
  lease: z._default(leaseText, formatDuration(defaultLease)),
});

/** reportRequest is the body of `PATCH /operations/{id}`. */
export const reportRequest = z.strictObject({
  attempt,
  percentComplete: z.optional(z.number().check(z.gte(0), z.lte(100))),
  statusMessage: z.optional(z.string().check(z.maxLength(1_024))),
  metadata: z.optional(z.record(z.string(), z.unknown())),
  lease: z.optional(leaseText),
});

/** completeRequest is the body of `POST /operations/{id}:complete`. */
export const completeRequest = z.strictObject({ attempt, result: z.optional(z.unknown()) });

/** failRequest is the body of `POST /operations/{id}:fail`. */
export const failRequest = z.strictObject({
  attempt,
  error: z.strictObject({
    code: z.string().check(z.minLength(1), z.maxLength(maxErrorCode)),
    message: z.string().check(z.maxLength(maxErrorMessage)),
    details: z.optional(z.unknown()),
  }),
  retryable: z._default(z.boolean(), true),
});

/** decodeClaim reads the body of `POST /operations:claim`. */
export function decodeClaim(body: Json): Result<ClaimCommand, Failure> {
  const parsed = parse(claimRequest, body);
  if (!parsed.ok) return parsed;
  const { kinds, max, lease: text } = parsed.value;
  return ok({ kinds: [...new Set(kinds)], max, lease: parseDuration(text) ?? defaultLease });
}

/** decodeReport reads the body of `PATCH /operations/{id}`. */
export function decodeReport(body: Json): Result<WorkReport, Failure> {
  const kept = payloadOf(body, "metadata", maxMetadata);
  const parsed = parse(reportRequest, body, kept.wrong);
  if (!parsed.ok) return parsed;
  const { metadata, lease: text, percentComplete, statusMessage } = parsed.value;
  return ok({
    attempt: parsed.value.attempt,
    ...(percentComplete !== undefined && { percentComplete }),
    ...(statusMessage !== undefined && { statusMessage }),
    ...(metadata && { metadata: kept.text }),
    ...(text !== undefined && { lease: parseDuration(text) ?? defaultLease }),
  });
}

/** decodeComplete reads the body of `POST /operations/{id}:complete`; without a result it is null. */
export function decodeComplete(body: Json): Result<WorkEnd, Failure> {
  const parsed = parse(completeRequest, body);
  if (!parsed.ok) return parsed;
  const result = jsonText(memberOf(body, "result")) ?? "null";
  const size = new TextEncoder().encode(result).byteLength;
  if (size > maxResult) {
    return failed(failure("payload-too-large", `The result is larger than ${maxResult} bytes`));
  }
  return ok({ attempt: parsed.value.attempt, result, size });
}

/** decodeFail reads the body of `POST /operations/{id}:fail`. */
export function decodeFail(body: Json): Result<WorkEnd, Failure> {
  const details = payloadOf(memberOf(body, "error"), "details", maxErrorDetails, "error.details");
  const parsed = parse(failRequest, body, details.wrong);
  if (!parsed.ok) return parsed;
  const { error, retryable } = parsed.value;
  const { code, message } = error;
  return ok({
    attempt: parsed.value.attempt,
    error: details.text === "" ? { code, message } : { code, message, details: details.text },
    retryable,
  });
}

/** encodeClaimed writes an operation as its worker gets it: the monitor, with the input. */
export function encodeClaimed(snapshot: Snapshot, input: string, base: string): string {
  const text = encodeMonitor(snapshot, base);
  return input === "" ? text : `${text.slice(0, -1)},"input":${input}}`;
}

/** @param wrong what is wrong besides, with a payload */
function parse<S extends z.ZodMiniType>(
  schema: S,
  { value }: Json,
  wrong?: FieldError,
): Result<z.output<S>, Failure> {
  const parsed = schema.safeParse(value);
  if (parsed.success && !wrong) return ok(parsed.data);
  return failed(invalid(withPayload(fieldErrors(parsed.error?.issues ?? []), wrong)));
}
