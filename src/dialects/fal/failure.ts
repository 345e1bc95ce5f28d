import { everything, type Failure, type FieldError } from "../../core/errors.ts";

/**
 * encodeFailure writes a Failure as the queue does: `detail` is a text, or a list of what is wrong with which part of
 * the body, in FastAPI's format; the client shows `message`.
 */
export function encodeFailure(failure: Failure): string {
  const { code, errors } = failure;
  const message = everything(failure);
  const detail = code === "validation-failed" && errors ? errors.map(fieldOf) : message;
  return JSON.stringify({ detail, message });
}

/** The body is the input. */
function fieldOf({ path, message }: FieldError) {
  const parts = path.replace(/^input\.?/, "").split(/[.[\]]+/);
  const loc = parts
    .filter((part) => part !== "")
    .map((part) => (/^\d+$/.test(part) ? +part : part));
  return { loc: ["body", ...loc], msg: message, type: "value_error" };
}
