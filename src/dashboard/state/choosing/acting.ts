import { signal } from "@preact/signals";
import { isFinished, type OperationsClient, RequestError } from "../../../client/index.ts";
import { forget, note } from "../feed.ts";
import type { Row } from "../row.ts";
import { client, failed } from "../session.ts";
import { chosen, leaveAll } from "./choice.ts";

/** Action is what one can do with many operations. */
export type Action = "cancel" | "rerun" | "delete";

/** Acting is how far something that is done with many has come. */
export interface Acting {
  readonly action: Action;
  readonly total: number;
  readonly done: number;
  /** Those in no state for it any more. */
  readonly skipped: number;
  readonly failed: number;
  /** Why the last of them failed, for people. */
  readonly trouble: string | undefined;
  readonly isOver: boolean;
}

/** acting is what is done with many, or was done last. */
export const acting = signal<Acting | undefined>(undefined);

let stopping = new AbortController();

/** atOnce is how many requests are under way at once; a browser has six connections, and one of them watches. */
const atOnce = 4;

/** fits says whether an operation is in a state for something. */
export function fits(action: Action, row: Row): boolean {
  if (action !== "cancel") return row.finishedAt !== undefined;
  return row.finishedAt === undefined && !row.isCancelRequested;
}

/** act does something with all that is chosen and in a state for it, a few at a time, and tells how far it is. */
export async function act(action: Action): Promise<void> {
  const asked = client.value;
  if (!asked || acting.value?.isOver === false) return;
  const ids = chosen.value.filter((row) => fits(action, row)).map(({ id }) => id);
  leaveAll();
  stopping = new AbortController();
  const { signal: stopped } = stopping;
  const counts = { done: 0, skipped: 0, failed: 0 };
  let trouble: string | undefined;
  const tell = (isOver = false) => {
    acting.value = { action, total: ids.length, ...counts, trouble, isOver };
  };
  tell();
  const left = ids.values();
  const work = async () => {
    for (const id of left) {
      if (stopped.aborted) return;
      try {
        await once(asked, action, id);
        counts.done++;
      } catch (thrown) {
        if (isPast(thrown)) counts.skipped++;
        else {
          counts.failed++;
          trouble = failed(thrown);
        }
      }
      tell();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  tell(true);
}

/** stopActing does nothing more of what is under way; what is done stays. */
export function stopActing(): void {
  stopping.abort();
}

/** forgetActing takes what was done last out of sight. */
export function forgetActing(): void {
  if (acting.value?.isOver) acting.value = undefined;
}

async function once(asked: OperationsClient, action: Action, id: string): Promise<void> {
  if (action === "delete") {
    await asked.delete(id);
    forget(id);
  } else if (action === "cancel") {
    const operation = await asked.cancel(id);
    note(operation);
    if (isFinished(operation) && operation.status !== "canceled") throw new Past();
  } else note(await asked.rerun(id));
}

/** Past is thrown where an operation had ended before it was asked to. */
class Past extends Error {}

/** Whether an operation is in no state any more for what was asked: gone, ended, or started again. */
function isPast(thrown: unknown): boolean {
  if (thrown instanceof Past) return true;
  const code = thrown instanceof RequestError ? thrown.code : "";
  return ["operation-not-found", "operation-active", "already-terminal"].includes(code);
}
