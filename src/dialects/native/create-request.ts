import { formatDuration, parseDuration } from "../../base/duration.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import type { Config } from "../../config/config.ts";
import { type Failure, invalid, quote } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { maxLabels, maxMetadata } from "../../core/limits.ts";
import { once, type RetryPolicy } from "../../core/retry.ts";
import { parse } from "../../core/shape/parse.ts";
import {
  either,
  int,
  number,
  object,
  optional,
  or,
  record,
  string,
  type TypeOf,
  unknown,
} from "../../core/shape/shape.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import type { NewOperation } from "../../map/new-operation.ts";
import { memberOf, payloadOf, withPayload } from "./payload.ts";

/** labelKey is what the name of a label looks like. */
export const labelKey = /^[A-Za-z0-9](?:[A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?$/;

/** durationText is a duration in a request, as parseDuration reads it. */
export const durationText = string({
  fits: (text) => parseDuration(text) !== undefined,
  want: "want a duration such as 30s or 1h30m",
});

/** retryRequest is the `retry` of a create. */
export const retryRequest = object({
  maxAttempts: or(int({ min: 1, max: 100 }), 3),
  initialInterval: optional(durationText),
  backoffCoefficient: or(number({ min: 1, max: 100 }), once.backoffCoefficient),
  maximumInterval: optional(durationText),
});

const wantWebhook = "want a URL, or an object with a url and nothing else";

/** createRequest is the body of `POST /operations`. */
export const createRequest = object({
  kind: string({ min: 1, max: 128 }),
  input: optional(unknown),
  labels: or(
    record(string({ pattern: labelKey, want: "is not a label name" }), string({ max: 256 }), {
      max: maxLabels,
      many: `want at most ${maxLabels} labels`,
    }),
    {},
  ),
  metadata: optional(record(string(), unknown)),
  ttl: optional(durationText),
  deadline: optional(durationText),
  startAfter: optional(durationText),
  retry: optional(retryRequest),
  webhook: optional(either([string(), object({ url: string() })], wantWebhook)),
});

/** decodeCreate reads the body of `POST /operations`; what it leaves open, kind and configuration decide. */
export function decodeCreate(body: Json, config: Config): Result<NewOperation, Failure> {
  const parsed = parse(createRequest, body.value);
  const metadata = payloadOf(body, "metadata", maxMetadata);
  if (!parsed.ok || metadata.wrong) {
    const errors = parsed.ok ? [] : fieldErrors(parsed.failure);
    return failed(invalid(withPayload(errors, metadata.wrong)));
  }
  const request = parsed.value;
  const { maxTtl, maxDeadline } = config;
  const ttl = limited("ttl", request.ttl, 1, maxTtl);
  const deadline = limited("deadline", request.deadline, 1, maxDeadline);
  const startAfter = limited("startAfter", request.startAfter, 0, maxDeadline);
  if (!ttl.ok) return ttl;
  if (!deadline.ok) return deadline;
  if (!startAfter.ok) return startAfter;
  return ok({
    kind: request.kind,
    input: request.input,
    ...(body.exact !== body.value && { exactInput: memberOf(body, "input").exact }),
    labels: request.labels,
    ...(request.metadata && { metadata: metadata.text }),
    ...(ttl.value !== undefined && { ttl: ttl.value }),
    ...(deadline.value !== undefined && { deadline: deadline.value }),
    ...(startAfter.value && { startAfter: startAfter.value }),
    ...(request.retry && { retry: policy(request.retry) }),
    ...(request.webhook !== undefined && { webhook: urlOf(request.webhook) }),
  });
}

function limited(
  path: string,
  text: string | undefined,
  low: number,
  high: number,
): Result<number | undefined, Failure> {
  if (text === undefined) return ok(undefined);
  const value = parseDuration(text) ?? Number.NaN;
  if (value >= low && value <= high) return ok(value);
  const range = `from ${formatDuration(low)} to ${formatDuration(high)}`;
  return failed(invalid([{ path, message: `want a duration ${range}, not ${quote(text)}` }]));
}

function urlOf(webhook: string | { readonly url: string }): string {
  return typeof webhook === "string" ? webhook : webhook.url;
}

function policy(request: TypeOf<typeof retryRequest>): RetryPolicy {
  return {
    maxAttempts: request.maxAttempts,
    initialInterval: parseDuration(request.initialInterval ?? "") ?? once.initialInterval,
    backoffCoefficient: request.backoffCoefficient,
    maximumInterval: parseDuration(request.maximumInterval ?? "") ?? once.maximumInterval,
  };
}
