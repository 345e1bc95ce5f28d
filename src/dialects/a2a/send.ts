import { failed, ok, type Result } from "../../base/result.ts";
import { invalidField, quote } from "../../core/errors.ts";
import { parseJson } from "../../core/json/json.ts";
import { maxWait } from "../../core/limits.ts";
import type { Snapshot } from "../../core/reply.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked } from "../../edge/exchange.ts";
import { checkAnswer } from "../native/handlers/input.ts";
import { contentValue, type Sent } from "./message.ts";
import { type Refused, refuse } from "./refusal.ts";
import { skillsOf, wantsText } from "./skills.ts";
import { contextLabel, contextOf, isSettled, states } from "./task.ts";

/** atOnce is how long the object holds the response of a create, in milliseconds; after that, a socket waits. */
const atOnce = 500;

/** rest is how long changes are gathered while waiting, in milliseconds. */
const rest = 100;

/** Taken is what a message has led to, as far as its sender may see it. */
export interface Taken {
  readonly snapshot: Snapshot;
  /** Whether the sender may see the artifacts of the task. */
  readonly mayRead: boolean;
}

/**
 * take does what a message asks for: it creates a task, or answers a task's question.
 *
 * @param waits whether the sender waits for its end, so that the object may hold the response briefly
 */
export function take(exchange: Asked, sent: Sent, waits: boolean): Promise<Result<Taken, Refused>> {
  return sent.taskId === undefined
    ? create(exchange, sent, waits)
    : answer(exchange, sent, sent.taskId);
}

/**
 * settled waits until nothing more happens to a task without its client, at most 55 s. If the limit of waits is
 * reached, it returns the task in its current state, since the task has been created.
 */
export async function settled(
  { map, request: { signal } }: Asked,
  snapshot: Snapshot,
): Promise<Snapshot> {
  const until = Date.now() + maxWait;
  let at = snapshot;
  while (!isSettled(at.op) && !signal.aborted && Date.now() < until) {
    const { id, version: after } = at.op;
    const reply = await map.wait({ id, after, milliseconds: until - Date.now(), signal });
    if (reply.error) return at;
    at = reply;
    // Work that reports continuously is looked at now and then.
    if (!isSettled(at.op)) await scheduler.wait(rest);
  }
  return at;
}

/** The same message again is the same task: its ID is chosen by the sender. */
async function create(
  exchange: Asked,
  { kind: named, content, context, key }: Sent,
  waits: boolean,
): Promise<Result<Taken, Refused>> {
  const { map, request, caller } = exchange;
  const skills = skillsOf(exchange);
  const [only, other] = skills.keys();
  const kind = named ?? (other === undefined ? only : undefined);
  const skill = kind === undefined ? undefined : skills.get(kind);
  if (kind === undefined || !skill) {
    const asked = kind === undefined ? "" : `, not ${quote(kind)}`;
    const message = `must be the name of a skill${asked}: ${[...skills.keys()].slice(0, 32).join(", ")}`;
    return invalidField("metadata.kind", message);
  }
  const { value, exact } = contentValue(content, wantsText(skill.schema));
  const operation = {
    kind,
    input: value,
    exactInput: exact,
    labels: context === undefined ? {} : { [contextLabel]: context },
  };
  const meaningOf = (input: unknown) => ({ a2a: { kind, context, input } });
  const asked = { former: meaningOf(value), meaning: meaningOf(exact) };
  const waiting = { milliseconds: waits ? atOnce : 0, signal: request.signal };
  const made = await map.create(operation, { key, asked }, waiting);
  if (made.error) return failed(made.error);
  return ok({ snapshot: made, mayRead: !made.replayed || allows(caller, "read") });
}

async function answer(
  exchange: Asked,
  { content, context, key }: Sent,
  taskId: string,
): Promise<Result<Taken, Refused>> {
  const { map, caller } = exchange;
  const found = await map.get(taskId);
  if (found.error) return failed(found.error);
  const { op } = found;
  if (context !== undefined && context !== contextOf(op)) {
    const message = `must be ${quote(contextOf(op))}, the context of the task`;
    return invalidField("message.contextId", message);
  }
  const by = await digest(key);
  const mayRead = allows(caller, "read");
  // What it has answered stays answered: it does not apply to a later question.
  if (op.answeredBy?.includes(by)) return ok({ snapshot: found, mayRead });
  if (!op.inputRequest) {
    const message = `A task that is ${states[op.status]} accepts no messages`;
    return failed(refuse("UNSUPPORTED_OPERATION", message));
  }
  const schema = parseJson(op.inputRequest.schema);
  const value = contentValue(content, schema.ok && wantsText(schema.value.value));
  const checked = checkAnswer(exchange, op, value);
  if (!checked.ok) return checked;
  const reply = await map.answer(op.id, op.answers?.length ?? 0, checked.value, by);
  return reply.error ? failed(reply.error) : ok({ snapshot: reply, mayRead });
}

/** Distinguishes a message from all others that answer in a task: 96 bits, however long its ID is. */
async function digest(key: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return new Uint8Array(hash).toBase64().slice(0, 16);
}
