import { errors, everything, type Failure, type FieldError } from "../../core/errors.ts";

/** statuses are those for which Replicate's API uses others. */
export const statuses = { "validation-failed": 422 } as const;

/** encodeFailure writes a Failure as Replicate's API does; errors in an input are listed field by field. */
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
