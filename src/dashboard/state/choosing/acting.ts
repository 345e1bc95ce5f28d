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

/** Action is what a user can do with many operations. */
export type Action = "cancel" | "rerun" | "delete";

/** Plan is an action on many operations that awaits confirmation. */
export interface Plan {
  readonly action: Action;
  /** How many operations it affects; undefined while they are being counted. */
  readonly count: number | undefined;
  /** How many are in a state in which the action is not possible. */
  readonly skipped: number;
  /** Why they could not be counted, for people. */
  readonly trouble?: string;
  /** Either individual operations, or all that match a filter on the service. */
  readonly which: { readonly ids: readonly string[] } | { readonly filter: BulkFilter };
}

/** Acting is the progress of an action on many operations. */
export interface Acting {
  readonly action: Action;
  readonly total: number;
  readonly done: number;
  /** How many were no longer in a state in which the action is possible. */
  readonly skipped: number;
  readonly failed: number;
  /** The error of the last one that failed, for people. */
  readonly trouble: string | undefined;
  readonly isOver: boolean;
}

/** plan is the action that awaits confirmation. */
export const plan = signal<Plan | undefined>(undefined);

/** acting is the action in progress, or the last one. */
export const acting = signal<Acting | undefined>(undefined);

let stopping = new AbortController();

/**
 * atOnce is how many requests are sent at once; a browser has six connections, and one of them is used for watching.
 */
const atOnce = 4;

/** fits says whether an action is possible for an operation. If all are selected, it excludes those of kind `bulk`. */
export function fits(action: Action, row: Row): boolean {
  if (isAllChosen.value && row.kind === bulkKind) return false;
  if (action !== "cancel") return row.finishedAt !== undefined;
  return row.finishedAt === undefined && !row.isCancelRequested;
}

/**
 * ask plans an action on everything that is selected. If that is everything that matches a filter which the service
 * supports too, the service counts and does it, including operations that are not in the table.
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

/** act carries out the plan, and updates `acting`. */
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

/** stopActing stops the action in progress; what is done stays done. */
export function stopActing(): void {
  stopping.abort();
}

/** forgetActing hides the last action. */
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

/** The service does it with an operation of kind `bulk`, which the table shows as well. */
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
      // The progress that it reports; the counts follow at its end.
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

/** The counts of an operation that acts on many, or why it failed. */
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

/** Past is thrown if an operation had ended before it could be canceled. */
class Past extends Error {}

/** Whether an operation is no longer in a state in which the action is possible: deleted, ended, or started again. */
function isPast(thrown: unknown): boolean {
  if (thrown instanceof Past) return true;
  const code = thrown instanceof RequestError ? thrown.code : "";
  return ["operation-not-found", "operation-active", "already-terminal"].includes(code);
}
