import { formatDuration, parseDuration } from "../../base/duration.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { parseTime } from "../../base/time.ts";
import type { Config } from "../../config/config.ts";
import { type Failure, invalid, invalidField, quote } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { lastPriority, maxLabels, maxMetadata } from "../../core/limits.ts";
import { parse } from "../../core/shape/parse.ts";
import { retryOf, retryRequest } from "../../core/shape/retry-request.ts";
import {
  either,
  int,
  object,
  optional,
  or,
  record,
  string,
  type TypeOf,
  unknown,
} from "../../core/shape/shape.ts";
import { durationText, timeText } from "../../core/shape/texts.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import type { NewOperation } from "../../map/creating/new-operation.ts";
import { memberOf, payloadOf, withPayload } from "./payload.ts";

/** labelKey is the pattern of labels' names. */
export const labelKey = /^[A-Za-z0-9](?:[A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?$/;

const wantWebhook = "must be a URL, or an object with only a url";

/** createRequest is the body of `POST /operations`. */
export const createRequest = object({
  kind: string({ min: 1, max: 128 }),
  input: optional(unknown),
  labels: or(
    record(string({ pattern: labelKey, want: "is not a label name" }), string({ max: 256 }), {
      max: maxLabels,
      many: `at most ${maxLabels} labels are allowed`,
    }),
    {},
  ),
  metadata: optional(record(string(), unknown)),
  ttl: optional(durationText),
  deadline: optional(durationText),
  waitDeadline: optional(durationText),
  startAfter: optional(durationText),
  startAt: optional(timeText),
  priority: optional(int({ min: 0, max: lastPriority })),
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
  const wait = startAfter.value ? { startAfter: startAfter.value } : {};
  const start = request.startAt === undefined ? ok(wait) : startOf(request, maxDeadline);
  if (!start.ok) return start;
  const retry = request.retry ? retryOf(request.retry) : ok(undefined);
  if (!retry.ok) return failed(invalid(retry.failure));
  return ok({
    kind: request.kind,
    input: request.input,
    ...(body.exact !== body.value && { exactInput: memberOf(body, "input").exact }),
    labels: request.labels,
    ...(request.metadata && { metadata: metadata.text }),
    ...(ttl.value !== undefined && { ttl: ttl.value }),
    ...(deadline.value !== undefined && { deadline: deadline.value }),
    ...(request.waitDeadline !== undefined && {
      waitDeadline: parseDuration(request.waitDeadline) ?? 0,
    }),
    ...start.value,
    ...(retry.value && { retry: retry.value }),
    ...(request.priority !== undefined && { priority: request.priority }),
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
  return invalidField(path, `must be a duration ${range}, not ${quote(text)}`);
}

/** When it starts; a time in the past means immediately, since a request may be late. */
function startOf(
  { startAfter, startAt = "" }: TypeOf<typeof createRequest>,
  maxDeadline: number,
): Result<Pick<NewOperation, "startAfter" | "startsAt">, Failure> {
  const startsAt = parseTime(startAt) ?? 0;
  const wait = startsAt - Date.now();
  const wrong = (message: string) => invalidField("startAt", message);
  if (startAfter !== undefined) return wrong("use either startAt or startAfter, not both");
  const most = formatDuration(maxDeadline);
  if (wait > maxDeadline) return wrong(`must be a time within ${most}, not ${quote(startAt)}`);
  return ok(wait > 0 ? { startAfter: wait, startsAt } : {});
}

function urlOf(webhook: string | { readonly url: string }): string {
  return typeof webhook === "string" ? webhook : webhook.url;
}
