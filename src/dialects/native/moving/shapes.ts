import { isObject } from "../../../base/json.ts";
import type { Delivery } from "../../../core/delivery.ts";
import { maxTries } from "../../../core/delivery.ts";
import { parseId } from "../../../core/id.ts";
import { isIdempotencyKey, wantedKey } from "../../../core/idempotency-key.ts";
import {
  lastPriority,
  maxAnswer,
  maxAnswers,
  maxErrorCode,
  maxErrorDetails,
  maxErrorMessage,
  maxLabels,
  maxMetadata,
} from "../../../core/limits.ts";
import { logLevels, maxLines } from "../../../core/log-line.ts";
import type { AttemptRow } from "../../../core/operation/attempt-record.ts";
import { endings, keptAttempts, keptReports } from "../../../core/operation/history.ts";
import { type Operation, type Status, statuses } from "../../../core/operation/operation.ts";
import { maxStepName, maxSteps, type StepRecord } from "../../../core/operation/step.ts";
import {
  array,
  boolean,
  either,
  int,
  number,
  object,
  oneOf,
  optional,
  record,
  type Shape,
  string,
} from "../../../core/shape/shape.ts";
import { traceOf } from "../../../core/trace.ts";
import { labelKey } from "../create-request.ts";

/**
 * The shapes of an operation's stored data. A file may come from anywhere, and stored data is trusted: it is written
 * into responses unchanged, and decides what happens when. So every member of a type of the domain must be named here;
 * the compiler checks this.
 */

const time = int({ min: 0, max: 8_640_000_000_000_000 });
const span = int({ min: 0, max: 100 * 366 * 86_400_000 });
const count = int({ min: 0 });

function parsesAs(text: string, is: (value: unknown) => boolean): boolean {
  try {
    return is(JSON.parse(text));
  } catch {
    return false;
  }
}

/** jsonText returns the shape of JSON as text, which is written into responses unchanged. */
export function jsonText(max?: number): Shape<string> {
  // A text that is too long is refused anyway, and need not be parsed.
  const isLong = (text: string) => max !== undefined && text.length > max;
  const fits = (text: string) => isLong(text) || parsesAs(text, () => true);
  return string({ fits, want: "must be JSON as a string", ...(max !== undefined && { max }) });
}

const objectText = (max: number) =>
  string({
    fits: (text) => text.length > max || parsesAs(text, isObject),
    want: "must be a JSON object as a string",
    max,
  });

/** A flag is true, or absent. */
const flag = optional({
  is: "oneOf",
  words: [true as never],
  wrong: "must be true",
} as Shape<true>);
const id = string({ fits: (text) => parseId(text) !== undefined, want: "must be an id" });

/** The limits of a create, and of a kind. */
const coefficient = number({ min: 1, max: 100 });
const retry = {
  initialInterval: span,
  backoffCoefficient: coefficient,
  maximumInterval: span,
};

const interruptions = optional(
  object({
    limit: optional(int({ min: 0, max: 1_000 })),
    delay: optional(span),
    backoffCoefficient: optional(coefficient),
  }),
);

const errorMembers = {
  code: string({ min: 1, max: maxErrorCode }),
  message: string({ max: 4 * maxErrorMessage }),
  details: optional(jsonText(maxErrorDetails)),
};
const error = object(errorMembers);
const stepFailure = object({
  ...errorMembers,
  retryable: boolean(),
  thrown: optional(string({ max: 1_024 })),
});

const trace = object({
  parent: string({
    fits: (text) =>
      traceOf({ get: (name) => (name === "traceparent" ? text : null) })?.parent === text,
    want: "must be a traceparent",
  }),
  state: optional(string({ max: 512, pattern: /^[ -~]*$/ })),
});

const report = object({
  at: time,
  percent: optional(number({ min: 0, max: 100 })),
  message: optional(string({ max: 65_536 })),
});
const reports = optional(array(report, { max: keptReports }));

const present = {
  attempt: count,
  startedAt: time,
  worker: optional(string({ max: 256 })),
  isUndoing: flag,
};

const history = object({
  past: optional(
    array(
      object({
        ...present,
        endedAt: time,
        outcome: oneOf(endings),
        error: optional(object({ code: errorMembers.code, message: errorMembers.message })),
      }),
      { max: keptAttempts },
    ),
  ),
  present: optional(object({ ...present, reports })),
  rows: flag,
});

/** Valid characters of a header value (RFC 9110, 5.5), as Response accepts them. */
const headerValue = string({ max: 8_192, pattern: /^[\t\x20-\x7e\x80-\xff]*$/ });
const header = array(string({ max: 8_192 }), { min: 2, max: 2 });

const result = object({
  mediaType: headerValue,
  size: count,
  status: optional(int({ min: 200, max: 599 })),
  headers: optional(array(header, { max: 1_000 })),
  // Marks a result that is not in the file: the operation is refused.
  storage: optional(oneOf(["bucket"])),
});

/** sealedUrl is the URL of a webhook in a file. */
const sealedUrl = { target: string({ max: 2_048 }), sealed: optional(string({ max: 4_096 })) };

/** operationMembers are the members of an operation in a file. */
const operationMembers = {
  id,
  kind: string({ min: 1, max: 128 }),
  status: oneOf(statuses),
  version: int({ min: 1 }),
  attempt: count,
  createdAt: time,
  updatedAt: time,
  startedAt: optional(time),
  cancelRequestedAt: optional(time),
  deadlineAt: time,
  deadline: optional(span),
  waitDeadline: optional(span),
  ttl: span,
  labels: record(string({ pattern: labelKey, want: "is not a label name" }), string({ max: 256 }), {
    max: maxLabels,
    many: `at most ${maxLabels} labels are allowed`,
  }),
  metadata: optional(objectText(maxMetadata)),
  priority: optional(int({ min: 0, max: lastPriority })),
  rerunOf: optional(id),
  retry: object({ maxAttempts: int({ min: 1 }), ...retry }),
  external: flag,
  upstream: optional(
    object({
      name: string({ max: 128 }),
      method: string({ max: 32 }),
      path: string({ max: 300 }),
    }),
  ),
  trace: optional(trace),
  answers: optional(array(jsonText(maxAnswer), { max: maxAnswers })),
  answeredBy: optional(array(string({ max: 256 }), { max: maxAnswers })),
  resumed: optional(count),
  interruptions,
  interruptedInRow: optional(count),
  history: optional(history),
  hasOutput: flag,
  lostAttempt: optional(count),
  postponed: optional(count),
  waited: optional(span),
  keys: optional(object({ object: string({ max: 256 }), id, key: optional(string({ max: 255 })) })),
  compensation: optional(
    object({
      status: oneOf(["failed", "canceled"]),
      error,
      interruptions,
      statusMessage: optional(string({ max: 65_536 })),
      within: optional(span),
    }),
  ),
  statusMessage: optional(string({ max: 65_536 })),
  percentComplete: optional(number({ min: 0, max: 100 })),
  idempotency: optional(
    object({
      key: string({ fits: isIdempotencyKey, want: wantedKey }),
      fingerprint: string({ max: 256 }),
      meaning: optional(string({ max: 256 })),
    }),
  ),
  webhook: optional(
    object({ ...sealedUrl, origin: string({ max: 2_048 }), format: optional(string({ max: 64 })) }),
  ),
  startAt: optional(time),
  wait: optional(object({ attempt: count, at: time, left: span })),
  leaseExpiresAt: optional(time),
  inputRequest: optional(
    object({
      schema: jsonText(maxAnswer),
      message: optional(string({ max: 65_536 })),
      name: optional(string({ max: maxStepName })),
    }),
  ),
  isParked: flag,
  finishedAt: optional(time),
  expiresAt: optional(time),
  result: optional(result),
  error: optional(error),
} satisfies Record<Exclude<keyof Operation, "imported" | "upload">, Shape>;

/** operationShape is an operation in a file. */
export const operationShape = object(operationMembers);

/** The members that an operation has only in some statuses: required and optional ones. */
const own = {
  pending: [[], ["startAt", "wait"]],
  running: [[], ["leaseExpiresAt", "startAt"]],
  input_required: [["inputRequest"], ["isParked", "startAt", "wait"]],
  succeeded: [["finishedAt", "expiresAt", "result"], []],
  failed: [["finishedAt", "expiresAt", "error"], []],
  canceled: [["finishedAt", "expiresAt", "error"], []],
} as const satisfies Record<Status, readonly [readonly string[], readonly string[]]>;

/** misfit returns a member that an operation must not have in its status, or one that is missing. */
export function misfit(op: { readonly status: Status }): string | undefined {
  const [must, may] = own[op.status] as readonly (readonly string[])[] as [string[], string[]];
  const all = new Set(Object.values(own).flat(2) as string[]);
  return [...all].find((name) => {
    const has = (op as Record<string, unknown>)[name] !== undefined;
    return has ? !must.includes(name) && !may.includes(name) : must.includes(name);
  });
}

/** isHeader says whether Response accepts a pair as a header. */
export function isHeader([name = "", value = ""]: readonly string[]): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false;
  }
}

/** The shapes of the documents in rows, except for steps' values. */
export const rowShapes = {
  steps: object({
    name: string({ max: maxStepName }),
    type: oneOf(["step", "sleep", "ask"]),
    attempt: count,
    startedAt: time,
    endedAt: optional(time),
    until: optional(time),
    tries: optional(count),
    error: optional(stepFailure),
    isOptional: flag,
    outputOffset: optional(count),
    undo: optional(
      object({
        state: oneOf(["due", "undone", "not_undone"]),
        at: optional(time),
        attempt: optional(count),
        error: optional(stepFailure),
      }),
    ),
    indexes: optional(array(count, { max: maxSteps })),
  } satisfies Record<Exclude<keyof StepRecord, "value">, Shape>),
  attempts: object({
    log: optional(
      array(
        object({
          line: int({ min: 1 }),
          at: time,
          level: oneOf(logLevels),
          message: string({ max: 4_096 }),
          fields: optional(
            record(
              string({ max: 128 }),
              either([string({ max: 1_024 }), number(), boolean()], "must be a plain value"),
            ),
          ),
        }),
        { max: maxLines },
      ),
    ),
    reports,
    stack: optional(string({ max: 16_384 })),
  } satisfies Record<keyof AttemptRow, Shape>),
  deliveries: object({
    id,
    ...sealedUrl,
    origin: string({ max: 2_048 }),
    state: oneOf(["pending", "delivered", "gone", "exhausted"]),
    nextAt: optional(time),
    round: count,
    ended: optional(object({ status: string({ max: 32 }), at: time })),
    trace: optional(trace),
    tries: array(
      object({
        at: time,
        status: optional(int({ min: 100, max: 599 })),
        error: optional(string({ max: 4_096 })),
      }),
      { max: maxTries },
    ),
  } satisfies Record<Exclude<keyof Delivery, "url" | "imported"> | keyof typeof sealedUrl, Shape>),
} as const;
