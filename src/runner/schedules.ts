import { type Logger, reasonOf } from "../base/log.ts";
import { plainName } from "../config/values.ts";
import type { KindTable } from "../kinds/kind-table.ts";
import { check } from "../kinds/schema.ts";

/** Schedule creates an operation at every tick of a cron trigger. */
export interface Schedule {
  /** As in `[triggers] crons` of wrangler.toml. */
  readonly cron: string;
  readonly kind: string;
  readonly input?: unknown;
  readonly tenant: string;
}

/** Tick is the runtime's event of a cron trigger. */
export interface Tick {
  readonly cron: string;
  /** Milliseconds since 1970; the same if the tick is delivered twice. */
  readonly scheduledTime: number;
}

/** Make creates the operation of a schedule, once for its key. */
export type Make = (schedule: Schedule, key: string) => Promise<unknown>;

/**
 * checkSchedules refuses schedules that could never create anything.
 *
 * @throws TypeError if the cron expression does not have five fields, the kind is not in the table, the tenant's name
 *   is not valid, or the kind refuses the input (if its schema is synchronous)
 */
export function checkSchedules(schedules: readonly Schedule[], kinds: KindTable): void {
  for (const { cron, kind: name, input, tenant } of schedules) {
    const refuse = (why: string) => {
      throw new TypeError(`Cannot schedule ${JSON.stringify({ cron, kind: name })}: ${why}`);
    };
    if (!/^[\w*/,#-]+(?: +[\w*/,#-]+){4}$/.test(cron.trim()) || cron.length > 100) {
      refuse("cron must have five fields, such as 0 3 * * *");
    }
    if (!plainName.test(tenant)) refuse(`${JSON.stringify(tenant)} is not a valid tenant`);
    const kind = kinds.find(name) ?? refuse("there is no such kind");
    const checked = kind && check(kind.input, input);
    if (checked && !(checked instanceof Promise) && checked.issues) {
      refuse(`its input is invalid: ${checked.issues[0]?.message}`);
    }
  }
}

/**
 * tick creates the operations of the schedules of one tick. Each has a key from its cron, kind and time, so a tick that
 * is delivered twice creates them once. A failure is logged and does not affect the others.
 */
export async function tick(
  schedules: readonly Schedule[],
  { cron, scheduledTime }: Tick,
  log: Logger,
  make: Make,
): Promise<void> {
  const due = schedules.filter((schedule) => plain(schedule.cron) === plain(cron));
  if (due.length === 0) log.warning("no schedule has the cron that fired", { cron });
  const alike = new Map<string, number>();
  await Promise.all(
    due.map(async (schedule) => {
      const { kind, tenant } = schedule;
      const of = `${tenant}/${kind}`;
      const place = alike.get(of) ?? 0;
      alike.set(of, place + 1);
      const key = `schedule ${plain(cron)} ${kind} ${scheduledTime} ${place}`;
      try {
        await make(schedule, key);
      } catch (thrown) {
        log.error("a schedule failed", { cron, kind, tenant, reason: reasonOf(thrown) });
      }
    }),
  );
}

/** Returns a cron expression without redundant spaces. */
function plain(cron: string): string {
  return cron.trim().replace(/\s+/g, " ");
}
