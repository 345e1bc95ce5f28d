import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { OutputPlace } from "../../core/output.ts";
import type { Reply } from "../../core/reply.ts";
import type { Asked } from "../../edge/exchange.ts";
import { newsOf } from "../native/watching/news.ts";
import { writtenBy } from "../native/watching/written.ts";
import { artifactsOf, encodeArtifact } from "./artifacts.ts";
import type { Told } from "./method.ts";
import type { Taken } from "./send.ts";
import { encodeArtifactUpdate, encodeStatusUpdate, encodeTask, isSettled } from "./task.ts";

/** lifeSign is after how long without news a stream gives a sign of life, in milliseconds. */
const lifeSign = 15_000;

/** longest is how many characters of an output one chunk contains. */
const longest = 65_536;

/** beginning is the offset before all output. */
const beginning: OutputPlace = { offset: 0 };

/**
 * taskStream sends a task: first the task itself, then what its work writes and each change, until it has ended or asks
 * for something. If another attempt writes output again, that replaces what was sent.
 */
export async function* taskStream(exchange: Asked, { snapshot, mayRead }: Taken): Told {
  const first = await artifactsFor(exchange, { snapshot, mayRead });
  if (first.error) return first.error;
  yield `{"task":${encodeTask(snapshot.op, first.artifacts)}}`;

  let at = snapshot;
  /** How much of the output has been sent; undefined if it is not sent at all. */
  let place = mayRead ? beginning : undefined;
  const output = new OutputArtifact();
  for (let isOver = isSettled(at.op); !isOver; ) {
    isOver = true;
    const news = newsOf(exchange, at, { pause: lifeSign, place: place && beginning });
    try {
      // The first change is the current state, which has been sent.
      await news.next();
      for (;;) {
        const { done, value } = await news.next();
        if (done) {
          if (value.error) return value.error;
          at = value;
          break;
        }
        if (value.type === "quiet") yield "";
        else if (value.type === "text") {
          place = value.place;
          yield* output.append(at.op, value.text);
        } else if (value.type === "reset") {
          yield output.void(at.op);
          // What is still valid is sent again, since a chunk cannot replace part of an artifact.
          isOver = value.place.offset === 0;
          if (!isOver) break;
        } else {
          at = value.snapshot;
          if (isSettled(at.op)) break;
          yield encodeStatusUpdate(at.op);
        }
      }
    } finally {
      await news.return(at);
    }
  }
  // The client has gone, or has received everything.
  if (!isSettled(at.op) || at === snapshot) return undefined;
  if (!isTerminal(at.op) && place) yield* restOf(exchange, at.op, place, output);
  if (isTerminal(at.op) && output.isTold) yield output.last(at.op);
  const made = await artifactsFor(exchange, { snapshot: at, mayRead });
  if (made.error) return made.error;
  for (const artifact of made.artifacts.filter(isResult)) {
    yield encodeArtifactUpdate({ op: at.op, artifact, append: false, isLast: true });
  }
  yield encodeStatusUpdate(at.op);
  return undefined;
}

/** artifactsFor returns the artifacts of a task, as far as its reader may see them. */
export async function artifactsFor(
  exchange: Asked,
  { snapshot, mayRead }: Taken,
): Promise<Reply<{ artifacts: readonly string[] }>> {
  return mayRead ? artifactsOf(exchange, snapshot, true) : { artifacts: [] };
}

/** What was written before a question was asked is sent before the question. */
async function* restOf(
  { map }: Asked,
  op: Operation,
  place: OutputPlace,
  output: OutputArtifact,
): AsyncGenerator<string, void> {
  const opened = await map.output(op.id, place, false);
  if (opened.error) return;
  for await (const written of writtenBy(opened.reader)) {
    if (written.type === "text") yield* output.append(op, written.text);
  }
}

/** OutputArtifact is the output of work, sent chunk by chunk. */
class OutputArtifact {
  isTold = false;

  *append(op: Operation, text: string): Generator<string, void> {
    for (let at = 0; at < text.length; at += longest) {
      yield this.#chunk(op, text.slice(at, at + longest), this.isTold);
    }
  }

  /** void records that what was sent is not valid any more. */
  void(op: Operation): string {
    return this.#chunk(op, "", false);
  }

  last(op: Operation): string {
    return this.#chunk(op, "", true, true);
  }

  #chunk(op: Operation, text: string, append: boolean, isLast = false): string {
    this.isTold = true;
    const artifact = encodeArtifact("output", JSON.stringify({ text, mediaType: "text/plain" }));
    return encodeArtifactUpdate({ op, artifact, append, isLast });
  }
}

function isResult(artifact: string): boolean {
  return artifact.startsWith(encodeArtifact("result", "").slice(0, -2));
}
