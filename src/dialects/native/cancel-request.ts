import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, invalid } from "../../core/errors.ts";
import { parse } from "../../core/shape/parse.ts";
import { boolean, object, or } from "../../core/shape/shape.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";

/** cancelRequest is the body of `POST /operations/{id}:cancel`. */
export const cancelRequest = object({ force: or(boolean(), false) });

/** decodeCancel reads the body of `POST /operations/{id}:cancel`: whether to force it. */
export function decodeCancel(body: unknown): Result<boolean, Failure> {
  const parsed = parse(cancelRequest, body);
  return parsed.ok ? ok(parsed.value.force) : failed(invalid(fieldErrors(parsed.failure)));
}
