import { fromBase64 } from "../../base/crypto/hmac.ts";
import { formatDuration, parseDuration } from "../../base/duration.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, type FieldError, failure, invalid } from "../../core/errors.ts";
import { type Json, jsonText } from "../../core/json/json.ts";
import {
  maxErrorCode,
  maxErrorDetails,
  maxErrorMessage,
  maxMetadata,
  maxOutput,
  maxResult,
} from "../../core/limits.ts";
import {
  logLevels,
  maxFieldName,
  maxLineFields,
  maxLineMessage,
  maxLines,
  maxLogText,
  type NewLine,
} from "../../core/log-line.ts";
import type { Snapshot } from "../../core/reply.ts";
import { parse as parseShape } from "../../core/shape/parse.ts";
import {
  array,
  boolean,
  either,
  int,
  number,
  object,
  oneOf,
  optional,
  or,
  record,
  type Shape,
  string,
  unknown,
} from "../../core/shape/shape.ts";
import { timeText } from "../../core/shape/texts.ts";
import {
  type ClaimCommand,
  defaultLease,
  maxClaim,
  maxClaimKinds,
  maxLease,
  maxWorker,
  minLease,
  type OutputWrite,
  type WorkEnd,
  type WorkReport,
} from "../../core/work.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import { encodeMonitor } from "./monitor.ts";
import { memberOf, payloadOf, withPayload } from "./payload.ts";

const attempt = int({ min: 1 });

/** leaseText is the duration of a lease, from minLease to maxLease. */
export const leaseText = string({
  fits: (text) => {
    const value = parseDuration(text) ?? 0;
    return value >= minLease && value <= maxLease;
  },
  want: `must be a duration from ${formatDuration(minLease)} to ${formatDuration(maxLease)}`,
});

/** claimRequest is the body of `POST /operations:claim`. */
export const claimRequest = object({
  kinds: array(string(), {
    min: 1,
    few: "must have at least one kind",
    max: maxClaimKinds,
    many: `at most ${maxClaimKinds} kinds are allowed`,
  }),
  max: or(int({ min: 1, max: maxClaim }), 1),
  lease: or(leaseText, formatDuration(defaultLease)),
  worker: optional(string({ min: 1, max: maxWorker })),
});

const logLine = object({
  message: string({ max: maxLineMessage }),
  level: or(oneOf(logLevels), "info"),
  time: optional(timeText),
  line: optional(int({ min: 1, max: 1_000_000_000 })),
  fields: optional(
    record(
      string({ max: maxFieldName }),
      // A text that is too long is cut; see boundLine.
      either([string(), number(), boolean()], "must be a string, a number or a boolean"),
      { max: maxLineFields },
    ),
  ),
});

const base64 = string({
  fits: (text) => /^[A-Za-z\d+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  want: "must be base64",
});

/** reportRequest is the body of `PATCH /operations/{id}`. */
export const reportRequest = object({
  attempt,
  percentComplete: optional(number({ min: 0, max: 100 })),
  statusMessage: optional(string({ max: 1_024 })),
  metadata: optional(record(string(), unknown)),
  lease: optional(leaseText),
  log: optional(array(logLine, { max: maxLines, many: `at most ${maxLines} lines are allowed` })),
  output: optional(
    either([string(), object({ base64 })], 'must be a string, or bytes as {"base64": …}'),
  ),
  outputOffset: optional(int({ min: 0, max: maxOutput })),
});

/** releaseRequest is the body of `POST /operations/{id}:release`. */
export const releaseRequest = object({ attempt });

/** completeRequest is the body of `POST /operations/{id}:complete`. */
export const completeRequest = object({ attempt, result: optional(unknown) });

/** failRequest is the body of `POST /operations/{id}:fail`. */
export const failRequest = object({
  attempt,
  error: object({
    code: string({ min: 1, max: maxErrorCode }),
    message: string({ max: maxErrorMessage }),
    details: optional(unknown),
  }),
  retryable: or(boolean(), true),
});

/** decodeClaim reads the body of `POST /operations:claim`. */
export function decodeClaim(body: Json): Result<ClaimCommand, Failure> {
  const parsed = parse(claimRequest, body);
  if (!parsed.ok) return parsed;
  const { kinds, max, lease: text, worker } = parsed.value;
  const lease = parseDuration(text) ?? defaultLease;
  return ok({ kinds: [...new Set(kinds)], max, lease, ...(worker !== undefined && { worker }) });
}

/** Report is a WorkReport, and the output that came with it. */
export interface Report extends WorkReport {
  readonly output?: OutputWrite;
}

/** decodeReport reads the body of `PATCH /operations/{id}`. */
export function decodeReport(body: Json): Result<Report, Failure> {
  const kept = payloadOf(body, "metadata", maxMetadata);
  const parsed = parse(reportRequest, body, kept.wrong);
  if (!parsed.ok) return parsed;
  const { metadata, lease: text, percentComplete, statusMessage, log } = parsed.value;
  if (log && JSON.stringify(log).length > maxLogText) {
    return failed(failure("payload-too-large", `The log is larger than ${maxLogText} characters`));
  }
  const now = Date.now();
  const { attempt: claimed, output, outputOffset: offset } = parsed.value;
  const bytes =
    typeof output === "string"
      ? new TextEncoder().encode(output)
      : fromBase64(output?.base64 ?? "");
  const write = { attempt: claimed, isExternal: true, bytes: bytes as Uint8Array<ArrayBuffer> };
  return ok({
    attempt: claimed,
    ...(output !== undefined && { output: offset === undefined ? write : { ...write, offset } }),
    ...(percentComplete !== undefined && { percentComplete }),
    ...(statusMessage !== undefined && { statusMessage }),
    ...(metadata && { metadata: kept.text }),
    ...(text !== undefined && { lease: parseDuration(text) ?? defaultLease }),
    ...(log && {
      log: log.map(({ time, ...line }) => ({
        at: time === undefined ? now : Date.parse(time),
        ...(line as Omit<NewLine, "at">),
      })),
    }),
  });
}

/** decodeRelease reads the body of `POST /operations/{id}:release`: the attempt. */
export function decodeRelease(body: Json): Result<number, Failure> {
  const parsed = parse(releaseRequest, body);
  return parsed.ok ? ok(parsed.value.attempt) : parsed;
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

/** @param wrong what else is wrong, besides a payload */
function parse<T>(shape: Shape<T>, { value }: Json, wrong?: FieldError): Result<T, Failure> {
  const parsed = parseShape(shape, value);
  if (parsed.ok && !wrong) return parsed;
  return failed(invalid(withPayload(parsed.ok ? [] : fieldErrors(parsed.failure), wrong)));
}
