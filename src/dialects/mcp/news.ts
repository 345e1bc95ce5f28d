import { failed, ok, type Result } from "../../base/result.ts";
import type { Json } from "../../core/json/json.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { Asked } from "../../edge/exchange.ts";
import { memberOf } from "../native/payload.ts";
import { changesOf, within } from "../native/watching/changes.ts";
import { comment, event } from "./event-stream.ts";
import { encodeCall, longestToken, RpcCode, type RpcError, type RpcId } from "./json-rpc.ts";
import { outputOf, textOf } from "./output.ts";
import { encodeQuestion, keyOf } from "./tasks/questions.ts";

/** lifeSign is how often a client hears of an operation that does not change, in milliseconds. */
const lifeSign = 10_000;

/** patience is how long the rest of an output is waited for, once the operation has ended, in milliseconds. */
const patience = 5_000;

/** Telling says what a stream tells of an operation. */
export interface Telling {
  /** By which its progress is told; without one, comments say that it lives. */
  readonly token: RpcId | undefined;
  /** Whether its questions are put to the client. */
  readonly asks: boolean;
}

/**
 * newsOf tells of an operation up to its end, as events: its progress on every change and every ten
 * seconds without one, since clients give up after about a minute, what it writes as it writes it, and
 * each of its questions once. It returns the operation as it ended, or why it cannot be read.
 */
export async function* newsOf(
  exchange: Asked,
  snapshot: Snapshot,
  { token, asks }: Telling,
): AsyncGenerator<string, Reply<Snapshot>> {
  let at = snapshot;
  let last = -0.001;
  let askedBefore: string | undefined;
  const told = (message: string): string => {
    if (token === undefined) return comment;
    // `progress` has to grow each time, also where nothing is known but that it lives.
    last = Math.max(at.op.percentComplete ?? 0, Math.round(last * 1_000 + 1) / 1_000);
    const news = { progressToken: token, progress: last, total: 100, message };
    return event(encodeCall("notifications/progress", news));
  };
  const reader = token === undefined ? undefined : await outputOf(exchange, snapshot.op.id);
  const changes = changesOf(exchange, snapshot, lifeSign);
  const texts = reader && textOf(reader);
  let change = changes.next();
  let text = texts?.next();
  try {
    for (;;) {
      if (text && (await isSecond(change, text))) {
        const { done, value } = await text;
        text = done ? undefined : texts?.next();
        if (!done) yield told(value);
        continue;
      }
      const { done, value } = await change;
      if (value?.error) return value;
      if (value) at = value;
      if (done || isTerminal(at.op)) break;
      change = changes.next();
      yield told(messageOf(at.op));
      const key = keyOf(at.op);
      if (asks && key !== undefined && key !== askedBefore) {
        askedBefore = key;
        yield event(encodeQuestion(at.op, key));
      }
    }
    // What it wrote last is told before how it ended.
    while (text && isTerminal(at.op)) {
      const rest = await within(text, patience);
      if (!rest || rest.done) break;
      text = texts?.next();
      yield told(rest.value);
    }
    return at;
  } finally {
    reader?.close();
  }
}

/** Whether the second of two promises is settled first. */
function isSecond(one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> {
  return Promise.race([one.then(() => false), other.then(() => true)]);
}

/** progressToken is by what a request wants to be told of its progress, if it does. */
export function progressToken(params: Json): Result<RpcId | undefined, RpcError> {
  const meta = memberOf(params, "_meta");
  const { value, exact } = memberOf(meta, "progressToken");
  if (value === undefined) return ok(undefined);
  const isText = typeof value === "string" && value.length <= longestToken;
  if (isText || typeof value === "number") return ok(exact as RpcId);
  const message = `Want a progressToken: a number, or a text of at most ${longestToken} characters`;
  return failed({ code: RpcCode.invalidParams, message });
}

function messageOf({ inputRequest, statusMessage, status }: Operation): string {
  return inputRequest?.message ?? statusMessage ?? status;
}
