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

/** lifeSign is how often a client hears of an unchanged operation, in milliseconds. */
const lifeSign = 10_000;

/** longest is how many characters of an output one notification has. */
const longest = 4_096;

/** Telling says what a stream sends of an operation. */
export interface Telling {
  /** The token of its progress notifications; without one, comments keep the stream open. */
  readonly token: RpcId | undefined;
  /** Whether its questions are sent to the client. */
  readonly asks: boolean;
}

/**
 * newsOf yields an operation's news as events until its end: its progress on every change, and every ten seconds
 * without one, since clients give up after about a minute; what it writes as it writes it (output that another attempt
 * writes again is sent again); and each of its questions once. It returns the ended operation, or why it cannot be
 * read.
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
    // `progress` must grow each time, even if nothing has changed.
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

/** progressToken returns the token with which a request asks for progress, if it does. */
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
