import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, invalid, invalidField } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { parse } from "../../core/shape/parse.ts";
import { boolean, object, optional, unknown } from "../../core/shape/shape.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import type { Rerun } from "../../map/creating/new-operation.ts";
import { memberOf } from "./payload.ts";

/** rerunRequest is the body of `POST /operations/{id}:rerun`. */
export const rerunRequest = object({ input: optional(unknown), keepSteps: optional(boolean()) });

/** decodeRerun reads the body of `POST /operations/{id}:rerun`. */
export function decodeRerun(id: string, body: Json): Result<Rerun, Failure> {
  const parsed = parse(rerunRequest, body.value);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  const { input, keepSteps = false } = parsed.value;
  if (input === undefined) return ok({ id, keepSteps });
  if (!keepSteps) return ok({ id, input: memberOf(body, "input") });
  const message = "must be left out with keepSteps: the stored steps belong to the original input";
  return invalidField("input", message);
}
