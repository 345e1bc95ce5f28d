import { useSignal } from "@preact/signals";
import type { Operation, TenantOperations } from "../../../client/index.ts";
import { getCommands } from "../../state/commands.ts";
import { forget, note } from "../../state/feed.ts";
import { draft } from "../../state/form/draft.ts";
import { go } from "../../state/navigation.ts";
import { hasStepsToKeep } from "../../state/operation/kept-steps.ts";
import { opened } from "../../state/operation/opened.ts";
import { client, failed, service } from "../../state/session.ts";
import { CommandTexts } from "../command-texts.tsx";
import { Confirm } from "../confirm.tsx";
import { Trouble } from "../trouble.tsx";

/** Actions are the buttons for what can be done with an operation. */
export function Actions({ operation }: { readonly operation: Operation }) {
  const trouble = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const isForcing = useSignal(false);
  const isDeleting = useSignal(false);
  const isFinished = "finishedAt" in operation;
  const isAsked = operation.cancelRequestedAt !== undefined;
  const act = async (ask: (asked: TenantOperations) => Promise<void>) => {
    if (!client.value) return;
    isBusy.value = true;
    trouble.value = undefined;
    try {
      await ask(client.value);
    } catch (thrown) {
      trouble.value = failed(thrown);
    }
    isBusy.value = false;
  };
  const cancel = () => act(async (asked) => note(await asked.cancel(operation.id)));
  const force = () =>
    act(async (asked) => {
      note(await asked.cancel(operation.id, { force: true }));
      isForcing.value = false;
    });
  const rerun = (keepSteps = false) =>
    act(async (asked) => {
      const made = await asked.rerun(operation.id, { keepSteps });
      note(made);
      go({ open: made.id });
    });
  const remove = () =>
    act(async (asked) => {
      await asked.delete(operation.id);
      forget(operation.id);
      go({ open: undefined });
    });
  const again = () =>
    act(async (asked) => startAgain(operation, await asked.inputOf(operation.id)));
  return (
    <section class="actions" aria-label="Actions">
      <div class="buttons">
        {!isFinished && (
          <button type="button" class="danger" disabled={isBusy.value || isAsked} onClick={cancel}>
            {isAsked ? "Canceling…" : "Cancel"}
          </button>
        )}
        {!isFinished && isAsked && (
          <button
            type="button"
            class="danger"
            disabled={isBusy.value}
            onClick={() => {
              isForcing.value = true;
            }}
          >
            Force cancel
          </button>
        )}
        {isFinished && (
          <button type="button" disabled={isBusy.value} onClick={() => rerun()}>
            Rerun
          </button>
        )}
        {hasStepsToKeep(operation, opened.value?.attempts ?? []) && (
          <button
            type="button"
            disabled={isBusy.value}
            title="Keeps the steps that have succeeded, and goes on after them"
            onClick={() => rerun(true)}
          >
            Rerun from last step
          </button>
        )}
        <button type="button" disabled={isBusy.value} onClick={again}>
          Edit and rerun
        </button>
        {isFinished && (
          <button
            type="button"
            class="danger"
            disabled={isBusy.value}
            onClick={() => {
              isDeleting.value = true;
            }}
          >
            Delete
          </button>
        )}
      </div>
      {isForcing.value && !isFinished && (
        <Confirm
          title="Force cancel?"
          verb="Force cancel"
          isDanger
          isBusy={isBusy.value}
          onYes={force}
          onNo={() => {
            isForcing.value = false;
          }}
        >
          <p>
            The operation ends now as canceled, without waiting for its work. Whatever is still
            running is ignored, and completed steps are not undone.
          </p>
        </Confirm>
      )}
      {isDeleting.value && (
        <Confirm
          title="Delete this operation?"
          verb="Delete"
          isDanger
          isBusy={isBusy.value}
          onYes={remove}
          onNo={() => {
            isDeleting.value = false;
          }}
        >
          <p>It is deleted for good, with its result.</p>
        </Confirm>
      )}
      <Trouble text={trouble.value} />
      <CommandTexts commands={getCommands(service(), operation.id)} />
    </section>
  );
}

/** Opens the form for a new operation with the same input; how long it may run and be kept is entered again. */
function startAgain({ kind, labels, metadata }: Operation, input: unknown): void {
  const hasMetadata = Object.keys(metadata).length > 0;
  const given = { ...(hasMetadata && { metadata }), ...(input !== undefined && { input }) };
  draft.value = { kind, labels, ...given };
  go({ view: "start", kind, open: undefined });
}
