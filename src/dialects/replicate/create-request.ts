import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, invalid, invalidField } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { parse } from "../../core/shape/parse.ts";
import {
  array,
  boolean,
  object,
  oneOf,
  optional,
  string,
  unknown,
} from "../../core/shape/shape.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import type { NewOperation } from "../../map/creating/new-operation.ts";
import { memberOf } from "../native/payload.ts";

const events = ["start", "output", "logs", "completed"] as const;

const createRequest = object({
  version: optional(string({ min: 1 })),
  input: optional(unknown),
  webhook: optional(string()),
  webhook_events_filter: optional(array(oneOf(events, `must be a list of ${events.join(", ")}`))),
  stream: optional(boolean()),
});

/**
 * decodeCreate reads the body of a create. Of the events of a webhook only `completed` exists: clients that do not ask
 * for it get no webhook.
 *
 * @param model the kind, if the path names it; otherwise it is the end of `version`
 */
export function decodeCreate(body: Json, model: string | undefined): Result<NewOperation, Failure> {
  const parsed = parse(createRequest, body.value);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  const { version, input, webhook, webhook_events_filter: filter } = parsed.value;
  const kind = model ?? version?.split(":").at(-1);
  if (kind === undefined || kind === "") {
    return invalidField("version", "must be the name of a kind");
  }
  const isTold = webhook !== undefined && (filter === undefined || filter.includes("completed"));
  return ok({
    kind,
    input,
    ...(body.exact !== body.value && { exactInput: memberOf(body, "input").exact }),
    labels: {},
    ...(isTold && { webhook, webhookFormat: "replicate" }),
  });
}
