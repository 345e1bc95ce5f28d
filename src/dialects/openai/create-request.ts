import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, invalid, invalidField } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { parse } from "../../core/shape/parse.ts";
import { boolean, object, optional, record, string, unknown } from "../../core/shape/shape.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import type { NewOperation } from "../../map/creating/new-operation.ts";
import { labelKey } from "../native/create-request.ts";
import { memberOf } from "../native/payload.ts";
import { inputOf } from "./input.ts";

/** maxLabels is how many members `metadata` may have, as at OpenAI. */
const maxLabels = 16;

/** The members that say how to create a response; any other is for the kind. */
const createRequest = object({
  model: string({ min: 1 }),
  input: unknown,
  background: optional(boolean()),
  stream: optional(boolean()),
  store: optional(boolean()),
  metadata: optional(
    record(string({ pattern: labelKey, want: "is not the name of a label" }), string(), {
      max: maxLabels + 1,
      many: `at most ${maxLabels} members are allowed`,
    }),
  ),
});

const own: readonly string[] = ["model", "input", "background", "stream", "store", "metadata"];

/** longest is the maximum length of a label, in characters. */
const longest = 256;

/** Creating is what the body of a create asks for. */
export interface Creating {
  readonly operation: NewOperation;
  readonly isBackground: boolean;
  readonly isStream: boolean;
}

/**
 * decodeCreate reads the body of a create.
 *
 * @param schemaOf returns the JSON Schema of a kind's input, `{}` if it is not known
 */
export function decodeCreate(
  body: Json,
  schemaOf: (kind: string) => object,
): Result<Creating, Failure> {
  const { value, exact } = body;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return invalidField("", "must be an object");
  }
  // A null member counts as left out.
  const members = Object.entries(value).filter(([, member]) => member !== null);
  const ours = Object.fromEntries(members.filter(([name]) => own.includes(name)));
  const parsed = parse(createRequest, ours);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  const { model, background = false, stream = false, store, metadata = {} } = parsed.value;
  if (ours.input === undefined)
    return invalidField("input", "must be a string, or a list of messages");
  if (background && store === false) return invalidField("store", "must be true with background");
  const { webhook, ...labels } = metadata;
  for (const [name, label] of Object.entries(labels)) {
    if (label.length <= longest) continue;
    return invalidField(`metadata.${name}`, `must be at most ${longest} characters`);
  }
  if (Object.keys(labels).length > maxLabels) {
    return invalidField("metadata", `at most ${maxLabels} members are allowed`);
  }
  const names = members.map(([name]) => name).filter((name) => !own.includes(name));
  const others = names.map((name) => [name, memberOf({ value, exact }, name)] as const);
  const input = inputOf(memberOf(body, "input"), others, schemaOf(model));
  if (!input.ok) return input;
  return ok({
    isBackground: background,
    isStream: stream,
    operation: {
      kind: model,
      input: input.value.value,
      ...(input.value.exact !== input.value.value && { exactInput: input.value.exact }),
      labels,
      ...(webhook !== undefined && { webhook, webhookFormat: "openai" }),
    },
  });
}
