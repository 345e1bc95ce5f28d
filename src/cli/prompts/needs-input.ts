/**
 * needsInput returns whether a JSON schema requires an input: required members of an object, or something that is not
 * an object.
 */
export function needsInput(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  const { type, required, anyOf, oneOf, enum: listed, const: only } = schema as Schema;
  if (Array.isArray(required) && required.length > 0) return true;
  const either = Array.isArray(anyOf) ? anyOf : oneOf;
  if (Array.isArray(either) && either.length > 0) return either.every(needsInput);
  if (Array.isArray(listed) || only !== undefined) return true;
  return type !== undefined && type !== "object";
}

interface Schema {
  readonly type?: unknown;
  readonly required?: unknown;
  readonly anyOf?: unknown;
  readonly oneOf?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
}
