import { signal } from "@preact/signals";
import {
  type BulkFilter,
  type BulkOptions,
  isFinished,
  type Operation,
  RequestError,
  type TenantOperations,
} from "../../../client/index.ts";
import { bulkKind } from "../../../core/bulk.ts";
import { forget, note } from "../feed.ts";
import { place } from "../navigation.ts";
import { rest } from "../polling.ts";
import type { Row } from "../row.ts";
import { client, failed } from "../session.ts";
import { bulkFilterOf } from "./bulk-filter.ts";
import { chosen, isAllChosen, leaveAll } from "./choice.ts";

/** Action is what one can do with many operations. */
export type Action = "cancel" | "rerun" | "delete";

/** Plan is what is about to be done with many operations. */
export interface Plan {
  readonly action: Action;
  /** How many it is done with; undefined while that is being counted. */
  readonly count: number | undefined;
  /** How many are in no state for it. */
  readonly skipped: number;
  /** Why they cannot be counted, for people. */
  readonly trouble?: string;
  /** Which they are: each by itself, or all that the service finds. */
  readonly which: { readonly ids: readonly string[] } | { readonly filter: BulkFilter };
}

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

/** plan is what is asked about, before it is done. */
export const plan = signal<Plan | undefined>(undefined);

/** acting is what is done with many, or was done last. */
export const acting = signal<Acting | undefined>(undefined);

let stopping = new AbortController();

/** atOnce is how many requests are under way at once; a browser has six connections, and one of them watches. */
const atOnce = 4;

/** fits says whether an operation is in a state for something; of all, none of those that act on many are meant. */
export function fits(action: Action, row: Row): boolean {
  if (isAllChosen.value && row.kind === bulkKind) return false;
  if (action !== "cancel") return row.finishedAt !== undefined;
  return row.finishedAt === undefined && !row.isCancelRequested;
}

/**
 * ask plans something with all that is chosen. Where that is all that matches a filter which the
 * service knows too, the service counts and does it, those included that the table does not hold.
 */
export async function ask(action: Action): Promise<void> {
  const asked = client.value;
  if (!asked) return;
  const rows = chosen.value;
  const ids = rows.filter((row) => fits(action, row)).map(({ id }) => id);
  const filter = isAllChosen.value ? bulkFilterOf(place.value.filter, Date.now()) : undefined;
  if (filter === undefined) {
    const skipped = rows.length - ids.length;
    plan.value = { action, count: ids.length, skipped, which: { ids } };
    return;
  }
  const counting: Plan = { action, count: undefined, skipped: 0, which: { filter } };
  plan.value = counting;
  const tell = (change: Partial<Plan>) => {
    if (plan.value === counting) plan.value = { ...counting, ...change };
  };
  try {
    const options = { dryRun: true, wait: "10s" };
    const made = await many(asked, action, filter, options);
    const { result } = await ended(asked, made);
    tell({ count: result.done, skipped: result.skipped });
  } catch (thrown) {
    tell({ trouble: failed(thrown) });
  }
}

/** act does what is planned, and tells how far it is. */
export async function act(): Promise<void> {
  const asked = client.value;
  const planned = plan.value;
  if (!asked || planned?.count === undefined || acting.value?.isOver === false) return;
  plan.value = undefined;
  leaveAll();
  stopping = new AbortController();
  const { action, which, count: total } = planned;
  const blank = { action, total, done: 0, skipped: 0, failed: 0, trouble: undefined };
  acting.value = { ...blank, isOver: false };
  if ("ids" in which) await actOnEach(asked, action, which.ids, stopping.signal);
  else await actOnAll(asked, action, which.filter, stopping.signal);
}

/** stopActing does nothing more of what is under way; what is done stays. */
export function stopActing(): void {
  stopping.abort();
}

/** forgetActing takes what was done last out of sight. */
export function forgetActing(): void {
  if (acting.value?.isOver) acting.value = undefined;
}

function tellActing(change: Partial<Acting>): void {
  if (acting.value) acting.value = { ...acting.value, ...change };
}

async function actOnEach(
  asked: TenantOperations,
  action: Action,
  ids: readonly string[],
  stopped: AbortSignal,
): Promise<void> {
  const counts = { done: 0, skipped: 0, failed: 0 };
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
          tellActing({ trouble: failed(thrown) });
        }
      }
      tellActing(counts);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  tellActing({ isOver: true });
}

/** The service does it, by an operation of its own, which the table shows as well. */
async function actOnAll(
  asked: TenantOperations,
  action: Action,
  filter: BulkFilter,
  stopped: AbortSignal,
): Promise<void> {
  try {
    const made = await many(asked, action, filter, {});
    note(made);
    stopped.addEventListener("abort", () => {
      asked.cancel(made.id).then(note, (thrown) => tellActing({ trouble: failed(thrown) }));
    });
    const total = acting.value?.total ?? 0;
    for await (const operation of asked.watch(made.id, { pause: rest })) {
      // How far it is, as it says; the counts come with its end.
      tellActing({ done: Math.round(((operation.percentComplete ?? 0) / 100) * total) });
    }
    const { result, trouble } = await ended(asked, made);
    tellActing({ ...result, ...(trouble !== undefined && { trouble, done: 0 }) });
  } catch (thrown) {
    tellActing({ trouble: failed(thrown) });
  }
  tellActing({ isOver: true });
}

function many(asked: TenantOperations, action: Action, filter: BulkFilter, options: BulkOptions) {
  if (action === "cancel") return asked.cancelMany(filter, options);
  return action === "delete" ? asked.deleteMany(filter, options) : asked.rerunMany(filter, options);
}

/** What an operation that acts on many has counted in the end, or why it has not. */
async function ended(asked: TenantOperations, made: Operation) {
  const operation = isFinished(made) ? made : await asked.waitFor(made.id);
  const none = { done: 0, skipped: 0, failed: 0 };
  if ("error" in operation) return { result: none, trouble: operation.error.message };
  if (operation.status !== "succeeded") return { result: none };
  const { done, skipped, failed: not } = { ...none, ...(operation.result as object) };
  return { result: { done, skipped, failed: not } };
}

async function once(asked: TenantOperations, action: Action, id: string): Promise<void> {
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
