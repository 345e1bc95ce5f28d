import { describe, expect, test } from "vitest";
import { apply } from "../../../src/core/operation/apply.ts";
import type { Event, Outcome } from "../../../src/core/operation/event.ts";
import { type Operation, statuses } from "../../../src/core/operation/operation.ts";
import {
  type EventName,
  eventNames,
  events,
  now,
  type State,
  stateNames,
  states,
} from "./states.ts";

describe("apply", () => {
  /** What each event makes of each state; "=" is nothing, a status is a change to it or within it. */
  const table = `
                    | waiting  due      retrying running        last           canceling      unclaimed claimed   lapsed   lapsed-last lapsed-canceling asking         parked   sleeping racing   answered  resumed   once           interrupted    worn           undoing to-undo succeeded failed canceled
    start           | =        running  running  =              =              =              =         =         pending  failed      canceled         =              =        running  =        =         =         =              =              =              =       running =         =      =
    claim           | =        =        =        =              =              =              running   =         pending  failed      canceled         =              =        =        =        =         =         =              =              =              =       =       =         =      =
    progress        | =        =        =        running        running        running        =         running   pending  failed      canceled         input_required =        =        =        running   running   running        running        running        running =       =         =      =
    ask             | =        =        =        input_required input_required input_required =         =         pending  failed      canceled         =              =        =        =        =         =         input_required input_required input_required =       =       =         =      =
    answer          | =        =        =        =              =              =              =         =         pending  failed      canceled         running        pending  =        pending  =         =         =              =              =              =       =       =         =      =
    cancel          | canceled canceled canceled running        running        =              canceled  running   canceled canceled    canceled         input_required canceled canceled canceled running   running   running        running        running        =       =       =         =      =
    force           | canceled canceled canceled canceled       canceled       canceled       canceled  canceled  canceled canceled    canceled         canceled       canceled canceled canceled canceled  canceled  canceled       canceled       canceled       canceled canceled =         =      =
    succeed         | =        =        =        succeeded      succeeded      succeeded      =         succeeded pending  failed      canceled         succeeded      =        =        =        succeeded succeeded succeeded      succeeded      succeeded      failed  =       =         =      =
    fail            | =        =        =        failed         failed         failed         =         failed    pending  failed      canceled         failed         =        =        =        failed    failed    failed         failed         failed         failed  =       =         =      =
    fail, retryable | =        =        =        pending        failed         failed         =         pending   pending  failed      canceled         pending        =        =        =        failed    failed    pending        pending        pending        failed  =       =         =      =
    give up         | =        =        =        canceled       canceled       canceled       =         canceled  pending  failed      canceled         canceled       =        =        =        canceled  canceled  canceled       canceled       canceled       failed  =       =         =      =
    lose            | =        =        =        pending        failed         canceled       =         =         pending  failed      canceled         input_required =        =        =        pending   failed    failed         pending        failed         running =       =         =      =
    lose, advanced  | =        =        =        pending        failed         canceled       =         =         pending  failed      canceled         input_required =        =        =        pending   failed    failed         pending        pending        running =       =         =      =
    postpone        | =        =        =        pending        pending        canceled       =         =         pending  failed      canceled         pending        =        =        =        pending   pending   pending        pending        pending        running =       =         =      =
    sleep           | =        =        =        pending        pending        canceled       =         =         pending  failed      canceled         input_required =        =        =        pending   pending   pending        pending        pending        =       =       =         =      =
    wait, asking    | =        =        =        pending        pending        canceled       =         =         pending  failed      canceled         input_required =        =        =        pending   pending   pending        pending        pending        =       =       =         =      =
    release         | =        =        =        =              =              =              =         pending   pending  failed      canceled         =              =        =        =        =         =         =              =              =              =       =       =         =      =
    tick            | =        =        =        =              =              =              =         =         pending  failed      canceled         =              =        =        pending  =         =         =              =              =              =       =       =         =      =`;
  const [header = "", ...lines] = table.trim().split("\n");
  const columns = header.replace("|", "").trim().split(/\s+/);
  const rows = lines.flatMap((line) => {
    const [name = "", cells = ""] = line.split("|").map((part) => part.trim());
    return cells.split(/\s+/).map((expected, column) => ({
      name: name as EventName,
      state: columns[column] as State,
      expected,
    }));
  });

  test("apply: the table covers every status, every event and every outcome", () => {
    const pairs = eventNames.flatMap((name) => stateNames.map((state) => `${name} on ${state}`));
    expect(rows.map(({ name, state }) => `${name} on ${state}`)).toEqual(pairs);
    expect(new Set(stateNames.map((state) => states[state].status))).toEqual(new Set(statuses));
    const made: Event[] = eventNames.map((name) => events[name](1));
    const types: Record<Event["type"], true> = {
      start: true,
      claim: true,
      progress: true,
      ask: true,
      answer: true,
      cancel: true,
      finish: true,
      lost: true,
      postpone: true,
      park: true,
      release: true,
      tick: true,
    };
    expect(new Set(made.map((event) => event.type))).toEqual(new Set(Object.keys(types)));
    const outcomes: Record<Outcome["type"], true> = {
      succeeded: true,
      failed: true,
      canceled: true,
    };
    expect(
      new Set(made.flatMap((event) => (event.type === "finish" ? [event.outcome.type] : []))),
    ).toEqual(new Set(Object.keys(outcomes)));
  });

  test.each(rows)("apply: $name on $state: $expected", ({ name, state, expected }) => {
    const op: Operation = states[state];
    const next = apply(op, events[name](op.attempt), now);
    if (expected === "=") expect(next).toBe(op);
    else expect(next).toMatchObject({ status: expected, version: op.version + 1 });
  });
});
