import { errors, everything, type Failure, type FieldError } from "../../core/errors.ts";

/** statuses are those that Replicate's API has others for. */
export const statuses = { "validation-failed": 422 } as const;

/** encodeFailure writes a Failure as Replicate's API does; what is wrong with an input is told field by field. */
export function encodeFailure(failure: Failure): string {
  const { code, errors: wrong } = failure;
  const { status, title } = { ...errors[code], ...(code in statuses && { status: 422 }) };
  return JSON.stringify({
    title,
    detail: everything(failure),
    status,
    ...(wrong && { invalid_fields: wrong.map(fieldOf) }),
  });
}

function fieldOf({ path, message }: FieldError) {
  return { field: path, description: message };
}
