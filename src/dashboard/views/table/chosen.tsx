import { useEffect } from "preact/hooks";
import {
  type Acting,
  type Action,
  act,
  acting,
  ask,
  fits,
  forgetActing,
  type Plan,
  plan,
  stopActing,
} from "../../state/choosing/acting.ts";
import { chosen, isAllChosen, leaveAll } from "../../state/choosing/choice.ts";
import { Confirm } from "../confirm.tsx";
import { Trouble } from "../trouble.tsx";

const words: Readonly<
  Record<Action, { readonly verb: string; readonly doing: string; readonly done: string }>
> = {
  cancel: { verb: "Cancel", doing: "Canceling", done: "canceled" },
  rerun: { verb: "Rerun", doing: "Rerunning", done: "rerun" },
  delete: { verb: "Delete", doing: "Deleting", done: "deleted" },
};

const actions = ["cancel", "rerun", "delete"] as const;

/** ChosenBar shows what can be done with the selected operations, and the progress of that. */
export function ChosenBar() {
  const rows = chosen.value;
  const { value: under } = acting;
  useEffect(() => {
    if (rows.length > 0) forgetActing();
  }, [rows.length > 0]);
  return (
    <>
      <p class="unseen" role="status">
        {rows.length > 0 && `${number(rows.length)} selected`}
      </p>
      {rows.length > 0 && under?.isOver !== false && (
        <div class="chosen" role="toolbar" aria-label="Selected operations">
          <span class="chosen-count">
            {isAllChosen.value ? `All ${number(rows.length)}` : number(rows.length)} selected
          </span>
          {actions.map((action) => {
            const count = rows.filter((row) => fits(action, row)).length;
            return (
              <button
                key={action}
                type="button"
                class={action === "rerun" ? "" : "danger"}
                disabled={count === 0}
                onClick={() => ask(action)}
              >
                {words[action].verb} {number(count)}
              </button>
            );
          })}
          <button type="button" class="quiet" onClick={leaveAll}>
            Clear selection
          </button>
        </div>
      )}
      {under && <Progressed acting={under} />}
      {plan.value && <Planned plan={plan.value} />}
    </>
  );
}

function Planned({ plan: { action, count, skipped, trouble } }: { plan: Plan }) {
  const { verb } = words[action];
  const isCounted = count !== undefined;
  return (
    <Confirm
      title={isCounted ? `${verb} ${operations(count)}?` : `${verb}: counting…`}
      verb={isCounted ? `${verb} ${number(count)}` : verb}
      isDanger={action !== "rerun"}
      isBusy={!isCounted || count === 0}
      onYes={act}
      onNo={() => {
        plan.value = undefined;
      }}
    >
      <Trouble text={trouble} />
      <p>{consequence(action)}</p>
      {skipped > 0 && <p class="note">{skippedBecause(action, skipped)}</p>}
    </Confirm>
  );
}

function Progressed({ acting: under }: { acting: Acting }) {
  const { action, total, done, skipped, failed, trouble, isOver } = under;
  const { doing, done: made } = words[action];
  const rest = [
    skipped > 0 && `${number(skipped)} skipped`,
    failed > 0 && `${number(failed)} failed${trouble === undefined ? "" : `: ${trouble}`}`,
  ].filter(Boolean);
  const text = isOver
    ? [`${operations(done)} ${made}`, ...rest].join(", ")
    : `${doing}: ${number(done + skipped + failed)} of ${number(total)}`;
  return (
    <div class="chosen">
      <p class="chosen-count" role="status">
        {text}
      </p>
      <button type="button" class="quiet" onClick={isOver ? forgetActing : stopActing}>
        {isOver ? "Dismiss" : "Stop"}
      </button>
    </div>
  );
}

function consequence(action: Action): string {
  if (action === "cancel") return "They are asked to stop. You cannot undo this.";
  if (action === "delete") return "They are deleted for good, with their results.";
  return "Each one starts as a new operation with the same input.";
}

function skippedBecause(action: Action, count: number): string {
  const [are, have] = count === 1 ? ["is", "has"] : ["are", "have"];
  const because =
    action === "cancel" ? `${have} ended or ${are} being canceled` : `${have} not ended yet`;
  return `Skips ${operations(count)} that ${because}.`;
}

function operations(count: number): string {
  return `${number(count)} ${count === 1 ? "operation" : "operations"}`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}
