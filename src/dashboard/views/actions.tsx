import { useSignal } from "@preact/signals";
import type { Operation } from "../../client/index.ts";
import { getCommands } from "../state/commands.ts";
import { draft } from "../state/draft.ts";
import { note } from "../state/feed.ts";
import { go } from "../state/navigation.ts";
import { requestOf } from "../state/own-requests.ts";
import { client, failed } from "../state/session.ts";
import { CommandTexts } from "./command-texts.tsx";

/** Actions is what one can do to an operation. */
export function Actions({ operation }: { readonly operation: Operation }) {
  const trouble = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const isFinished = "finishedAt" in operation;
  const isAsked = operation.cancelRequestedAt !== undefined;
  const cancel = async () => {
    isBusy.value = true;
    trouble.value = undefined;
    try {
      const after = await client.value?.cancel(operation.id);
      if (after) note(after);
    } catch (thrown) {
      trouble.value = failed(thrown);
    }
    isBusy.value = false;
  };
  return (
    <section class="actions" aria-label="Actions">
      <div class="buttons">
        {!isFinished && (
          <button type="button" class="danger" disabled={isBusy.value || isAsked} onClick={cancel}>
            {isAsked ? "Cancel requested" : "Cancel"}
          </button>
        )}
        <button type="button" onClick={() => again(operation)}>
          {isFinished ? "Retry as new" : "Start another"}
        </button>
      </div>
      {trouble.value !== undefined && (
        <p class="wrong" role="alert">
          {trouble.value}
        </p>
      )}
      <CommandTexts commands={getCommands(location.origin, operation.id)} />
    </section>
  );
}

/** The Start view opens with what is known of it: all where this tab made it, else all but its input. */
function again({ id, kind, labels, metadata }: Operation): void {
  const own = requestOf(id);
  const told = { kind, labels, ...(Object.keys(metadata).length > 0 && { metadata }) };
  draft.value = { of: id, request: own ?? told, hasInput: own !== undefined };
  go({ view: "start", kind, open: undefined });
}
