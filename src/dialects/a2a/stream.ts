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

/** lifeSign is after how long without news a stream says that it lives, in milliseconds. */
const lifeSign = 15_000;

/** longest is how much of an output one chunk carries, in characters. */
const longest = 65_536;

/** beginning is the place before all output. */
const beginning: OutputPlace = { offset: 0 };

/**
 * taskStream tells of a task: first the task, then what its work writes and each change, until it has
 * ended or asks for something. What another attempt writes anew replaces what was told of the output.
 */
export async function* taskStream(exchange: Asked, { snapshot, mayRead }: Taken): Told {
  const first = await artifactsFor(exchange, { snapshot, mayRead });
  if (first.error) return first.error;
  yield `{"task":${encodeTask(snapshot.op, first.artifacts)}}`;

  let at = snapshot;
  /** How far the output has been told; undefined where it is not told at all. */
  let place = mayRead ? beginning : undefined;
  const output = new OutputArtifact();
  for (let isOver = isSettled(at.op); !isOver; ) {
    isOver = true;
    const news = newsOf(exchange, at, { pause: lifeSign, place: place && beginning });
    try {
      // The first is how it stands, which was told.
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
          // What still holds of it is told again, since a chunk can replace no part of an artifact.
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
  // The client has gone, or has been told all.
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

/** artifactsFor returns what a task has made, as far as its reader may see it. */
export async function artifactsFor(
  exchange: Asked,
  { snapshot, mayRead }: Taken,
): Promise<Reply<{ artifacts: readonly string[] }>> {
  return mayRead ? artifactsOf(exchange, snapshot, true) : { artifacts: [] };
}

/** What was written before a question was asked is told before the question. */
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

/** OutputArtifact is what work writes, told chunk by chunk. */
class OutputArtifact {
  isTold = false;

  *append(op: Operation, text: string): Generator<string, void> {
    for (let at = 0; at < text.length; at += longest) {
      yield this.#chunk(op, text.slice(at, at + longest), this.isTold);
    }
  }

  /** void says that what was told does not hold. */
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
