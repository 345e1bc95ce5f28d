import { isObject } from "../../base/json.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { invalidField } from "../../core/errors.ts";
import { isIdempotencyKey } from "../../core/idempotency-key.ts";
import { type Json, parseJson } from "../../core/json/json.ts";
import { memberOf } from "../native/payload.ts";
import { type Refused, refuse } from "./refusal.ts";

/** longestContext is how long a client's context may be, in characters: it is the value of a label. */
const longestContext = 256;

/** Sent is a message of a client, and what it asks for. */
export interface Sent {
  /** What makes it safe to repeat. */
  readonly key: string;
  readonly context: string | undefined;
  /** The task that it answers; without one, it creates one. */
  readonly taskId: string | undefined;
  /** The kind that it names, if any. */
  readonly kind: string | undefined;
  readonly content: Content;
  readonly returnImmediately: boolean;
}

/** Content is the content of a message: JSON, or a text, which may be JSON too. */
export type Content = { readonly data: Json } | { readonly text: string };

/** decodeSend reads a `SendMessageRequest`. */
export function decodeSend(params: Json): Result<Sent, Refused> {
  const message = memberOf(params, "message");
  if (!isObject(message.value)) return invalidField("message", "must be a message");
  const configuration = memberOf(params, "configuration").value;
  const config = isObject(configuration) ? configuration : {};
  if (isObject(config.taskPushNotificationConfig)) {
    return failed(refuse("PUSH_NOTIFICATION_NOT_SUPPORTED", noPush));
  }
  const { messageId, contextId = "", taskId = "" } = message.value;
  const key = typeof messageId === "string" ? `a2a-${messageId}` : "";
  if (messageId === "" || !isIdempotencyKey(key)) {
    return invalidField("message.messageId", "must be 1 to 251 printable characters");
  }
  if (typeof contextId !== "string" || contextId.length > longestContext) {
    return invalidField(
      "message.contextId",
      `must be a string of at most ${longestContext} characters`,
    );
  }
  if (typeof taskId !== "string") return invalidField("message.taskId", "must be a string");
  const kind = kindOf(params) ?? kindOf(message);
  if (kind !== undefined && typeof kind !== "string")
    return invalidField("metadata.kind", "must be a string");
  const content = decodeParts(memberOf(message, "parts"));
  if (!content.ok) return content;
  return ok({
    key,
    context: contextId || undefined,
    taskId: taskId || undefined,
    kind,
    content: content.value,
    returnImmediately: config.returnImmediately === true,
  });
}

/**
 * contentValue returns the content of a message as a value: its data, or its text, parsed if that is JSON, unless only
 * text is wanted.
 */
export function contentValue(content: Content, wantsText: boolean): Json {
  if ("data" in content) return content.data;
  const { text } = content;
  const parsed = wantsText ? undefined : parseJson(text);
  return parsed?.ok ? parsed.value : { value: text, exact: text };
}

/** noPush is the refusal of push notifications, which are not supported. */
export const noPush =
  "Push notifications are not supported; subscribe to the task, or use a webhook of the native API";

/** The first part that is data; without one, all texts. Files cannot be read. */
function decodeParts(parts: Json): Result<Content, Refused> {
  const { value, exact } = parts;
  if (!Array.isArray(value) || value.length === 0)
    return invalidField("message.parts", "must have at least one part");
  const texts: string[] = [];
  let data: Json | undefined;
  for (const [index, part] of value.entries()) {
    if (!isObject(part)) return invalidField(`message.parts[${index}]`, "must be a part");
    if ("raw" in part || "url" in part) {
      return failed(
        refuse("CONTENT_TYPE_NOT_SUPPORTED", "Files are not supported: send data or text"),
      );
    }
    if ("data" in part)
      data ??= memberOf({ value: part, exact: (exact as unknown[])[index] }, "data");
    else if (typeof part.text === "string") texts.push(part.text);
    else return invalidField(`message.parts[${index}]`, "must be data or text");
  }
  return ok(data ? { data } : { text: texts.join("\n") });
}

function kindOf(message: Json): unknown {
  return memberOf(memberOf(message, "metadata"), "kind").value;
}
