import * as z from "zod/mini";
import { errors } from "../../../core/errors.ts";
import { maxMetadata } from "../../../core/limits.ts";
import { statuses } from "../../../core/operation/operation.ts";
import { durationText } from "../../../core/shape/texts.ts";
import { zodOf } from "../../../core/shape/zod-of.ts";
import { ticketTtl } from "../ticket-request.ts";
import { leaseText } from "../work-request.ts";
import { noted, refTo } from "./vocabulary.ts";

const durationPattern = "^(?:0|(?:(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$";

/** duration is Go-style text, in requests. */
export const duration = noted(zodOf(durationText), {
  id: "Duration",
  description: "A duration in Go's format: numbers with the units ns, us, ms, s, m and h.",
  pattern: durationPattern,
  maxLength: 64,
  examples: ["300ms", "30s", "1m30s", "24h"],
});

// Durations with narrower ranges, which the members that use them state.
noted(zodOf(leaseText), refTo(duration));
noted(zodOf(ticketTtl), refTo(duration));

/** timestamp is a time in responses. */
export const timestamp = noted(z.string(), {
  id: "Timestamp",
  description: "A time: RFC 3339, UTC, with milliseconds.",
  format: "date-time",
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
  examples: ["2026-11-21T19:16:00.000Z"],
});

/** operationId is the id of an operation. */
export const operationId = noted(z.string().check(z.maxLength(40)), {
  id: "OperationId",
  description: "Opaque, URL-safe, unguessable and never reused. As text, ids sort by creation.",
  examples: ["01m8032f3r0000000a1b2c3d4e5f6g"],
});

/** status is the status of an operation. */
export const status = noted(z.enum(statuses), {
  id: "Status",
  description: "The last three are terminal: an operation with one of them never changes again.",
});

/** labels are an operation's labels, in responses. */
export const labels = noted(z.record(z.string(), z.string()), {
  id: "Labels",
  description: "Names and values to find operations by.",
  examples: [{ customer: "42" }],
});

/** metadata is any JSON object, which is stored and returned. */
export const metadata = noted(z.record(z.string(), z.unknown()), {
  id: "Metadata",
  description: `Any JSON object, stored and returned; at most ${maxMetadata} characters of JSON.`,
});

/** errorCode is a code of the table of errors. */
export const errorCode = noted(z.enum(Object.keys(errors) as (keyof typeof errors)[]), {
  id: "ErrorCode",
  description: "What is wrong with a request; GET /problems/{code} explains each.",
});
