import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Reply } from "../../core/reply.ts";
import type { Asked } from "../../edge/exchange.ts";
import { changesOf, within } from "../native/watching/changes.ts";
import { artifactsOf, encodeArtifact } from "./artifacts.ts";
import type { Told } from "./method.ts";
import { type OutputChunk, outputChunks } from "./output.ts";
import type { Taken } from "./send.ts";
import { encodeArtifactUpdate, encodeStatusUpdate, encodeTask, isSettled } from "./task.ts";

/** lifeSign is after how long without news a stream says that it lives, in milliseconds. */
const lifeSign = 15_000;

/** patience is how long the rest of an output is waited for in milliseconds, once the task has ended, or asks. */
const patience = { ended: 5_000, asks: 250 } as const;

/**
 * taskStream tells of a task: first the task, then what its work writes and each change, until it has
 * ended or asks for something.
 */
export async function* taskStream(exchange: Asked, { snapshot, mayRead }: Taken): Told {
  const first = await artifactsFor(exchange, { snapshot, mayRead });
  if (first.error) return first.error;
  yield `{"task":${encodeTask(snapshot.op, first.artifacts)}}`;
  if (isSettled(snapshot.op)) return undefined;

  const output = mayRead ? outputChunks(exchange, snapshot.op.id) : undefined;
  const changes = changesOf(exchange, snapshot, lifeSign);
  // The first is what was told.
  await changes.next();
  let change = changes.next();
  let chunk = output?.chunks.next();
  let hasOutput = false;
  let at = snapshot;
  try {
    for (;;) {
      if (chunk && (await isSecond(change, chunk))) {
        const { done, value } = await chunk;
        chunk = done ? undefined : output?.chunks.next();
        if (done) continue;
        hasOutput = true;
        yield written(at.op, value);
        continue;
      }
      const { done, value } = await change;
      if (value?.error) return value.error;
      if (value) at = value;
      if (done || isSettled(at.op)) break;
      change = changes.next();
      yield value ? encodeStatusUpdate(at.op) : "";
    }
    // What it wrote last is told before how it ended.
    while (chunk) {
      const left = await within(chunk, isTerminal(at.op) ? patience.ended : patience.asks);
      if (!left || left.done) break;
      chunk = output?.chunks.next();
      hasOutput = true;
      yield written(at.op, left.value);
    }
  } finally {
    output?.close();
  }
  // The client has gone.
  if (!isSettled(at.op)) return undefined;
  if (hasOutput && isTerminal(at.op)) yield written(at.op, lastChunk);
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

const lastChunk = { text: "", append: true, isLast: true };

function written(op: Operation, { text, append, ...more }: OutputChunk & { isLast?: boolean }) {
  const artifact = encodeArtifact("output", JSON.stringify({ text, mediaType: "text/plain" }));
  return encodeArtifactUpdate({ op, artifact, append, isLast: more.isLast ?? false });
}

function isResult(artifact: string): boolean {
  return artifact.startsWith(encodeArtifact("result", "").slice(0, -2));
}

/** Whether the second of two promises is settled first. */
function isSecond(one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> {
  return Promise.race([one.then(() => false), other.then(() => true)]);
}
