import { failed, ok, type Result } from "../../base/result.ts";
import type { Json } from "../../core/json/json.ts";
import type { Operation } from "../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { Asked } from "../../edge/exchange.ts";
import { memberOf } from "../native/payload.ts";
import { newsOf as nativeNews } from "../native/watching/news.ts";
import { encodeCall, longestToken, RpcCode, type RpcError, type RpcId } from "../rpc/json-rpc.ts";
import { comment, event } from "./event-stream.ts";
import { encodeQuestion, keyOf } from "./tasks/questions.ts";

/** lifeSign is how often a client hears of an operation that does not change, in milliseconds. */
const lifeSign = 10_000;

/** longest is how much of an output one notification carries, in characters. */
const longest = 4_096;

/** Telling says what a stream tells of an operation. */
export interface Telling {
  /** By which its progress is told; without one, comments say that it lives. */
  readonly token: RpcId | undefined;
  /** Whether its questions are put to the client. */
  readonly asks: boolean;
}

/**
 * newsOf tells of an operation up to its end, as events: its progress on every change and every ten
 * seconds without one, since clients give up after about a minute, what it writes as it writes it (what
 * another attempt writes anew comes again), and each of its questions once. It returns the operation as
 * it ended, or why it cannot be read.
 */
export async function* newsOf(
  exchange: Asked,
  snapshot: Snapshot,
  { token, asks }: Telling,
): AsyncGenerator<string, Reply<Snapshot>> {
  let { op } = snapshot;
  let last = -0.001;
  let askedBefore: string | undefined;
  const notification = (message: string): string => {
    if (token === undefined) return comment;
    // `progress` has to grow each time, also where nothing is known but that it lives.
    last = Math.max(op.percentComplete ?? 0, Math.round(last * 1_000 + 1) / 1_000);
    const news = { progressToken: token, progress: last, total: 100, message };
    return event(encodeCall("notifications/progress", news));
  };
  const place = token === undefined ? undefined : { offset: 0 };
  const news = nativeNews(exchange, snapshot, { pause: lifeSign, place });
  try {
    for (;;) {
      const { done, value } = await news.next();
      if (done) return value;
      if (value.type === "text") {
        const { text } = value;
        for (let at = 0; at < text.length; at += longest)
          yield notification(text.slice(at, at + longest));
      } else if (value.type !== "reset") {
        if (value.type === "change") op = value.snapshot.op;
        yield notification(messageOf(op));
        const key = keyOf(op);
        if (asks && key !== undefined && key !== askedBefore) {
          askedBefore = key;
          yield event(encodeQuestion(op, key));
        }
      }
    }
  } finally {
    await news.return(snapshot);
  }
}

/** progressToken returns by what a request wants to be told of its progress, if it does. */
export function progressToken(params: Json): Result<RpcId | undefined, RpcError> {
  const meta = memberOf(params, "_meta");
  const { value, exact } = memberOf(meta, "progressToken");
  if (value === undefined) return ok(undefined);
  const isText = typeof value === "string" && value.length <= longestToken;
  if (isText || typeof value === "number") return ok(exact as RpcId);
  const message = `progressToken must be a number, or a string of at most ${longestToken} characters`;
  return failed({ code: RpcCode.invalidParams, message });
}

function messageOf({ inputRequest, statusMessage, status }: Operation): string {
  return inputRequest?.message ?? statusMessage ?? status;
}
