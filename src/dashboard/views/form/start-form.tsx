import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { CreateRequest, KindDescription } from "../../../client/index.ts";
import { createCommands } from "../../state/commands.ts";
import { note } from "../../state/feed.ts";
import { type Options, StartState } from "../../state/form/start-state.ts";
import { go } from "../../state/navigation.ts";
import { client, failed, service } from "../../state/session.ts";
import { CommandTexts } from "../command-texts.tsx";
import { focusWrong, type Submission } from "./focus-wrong.ts";
import { SchemaForm } from "./schema-form.tsx";

interface StartFormProps {
  readonly kind: KindDescription;
  /** The initial content, if an operation is to be repeated. */
  readonly given?: CreateRequest;
}

/** StartForm creates an operation of one kind, and opens it. */
export function StartForm({ kind, given }: StartFormProps) {
  const state = useMemo(() => new StartState(kind, given), []);
  const trouble = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const submit = async (event: Submission) => {
    event.preventDefault();
    const { currentTarget } = event;
    const request = state.read();
    if (!request) focusWrong(currentTarget);
    if (!request || !client.value || isBusy.value) return;
    isBusy.value = true;
    trouble.value = undefined;
    try {
      const made = await client.value.create(request);
      note(made);
      go({ view: "now", open: made.id });
    } catch (thrown) {
      trouble.value = failed(thrown);
      state.input.refuse(thrown, "");
      focusWrong(currentTarget);
    }
    isBusy.value = false;
  };
  const request = state.peek();
  return (
    <form class="start-form" onSubmit={submit}>
      <SchemaForm form={state.input} name="input" title="Input" />
      <div class="field">
        <label for="labels">Labels</label>
        <textarea
          id="labels"
          rows={2}
          spellcheck={false}
          placeholder="customer: 42"
          aria-invalid={state.labelsWrong.value !== undefined}
          aria-describedby="labels-note"
          value={state.labels.value}
          onInput={(event) => {
            state.labels.value = event.currentTarget.value;
            state.labelsWrong.value = undefined;
          }}
        />
        <p id="labels-note" class={state.labelsWrong.value === undefined ? "note" : "wrong"}>
          {state.labelsWrong.value ?? "One label per line, as name: value"}
        </p>
      </div>
      <details class="options">
        <summary>Options</summary>
        <div class="option-fields">
          {optionFields.map(([name, title, placeholder]) => (
            <div class="field" key={name}>
              <label for={`option-${name}`}>{title}</label>
              <input
                id={`option-${name}`}
                placeholder={placeholder}
                spellcheck={false}
                value={state.options.value[name]}
                onInput={(event) => state.setOption(name, event.currentTarget.value)}
              />
            </div>
          ))}
        </div>
      </details>
      <p class="wrong" role="alert">
        {trouble.value}
      </p>
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy.value}>
          {isBusy.value ? "Starting…" : "Run"}
        </button>
      </div>
      {request && <CommandTexts commands={createCommands(service(), request)} />}
    </form>
  );
}

const optionFields: readonly (readonly [keyof Options, string, string])[] = [
  ["deadline", "Deadline", "15m"],
  ["ttl", "Keep result for", "24h"],
  ["startAfter", "Start after", "0s"],
  ["startAt", "Start at", "2026-12-01T08:00:00Z"],
  ["priority", "Priority (0 is highest)", "5"],
  ["attempts", "Max attempts (0 is unlimited)", "1"],
  ["webhook", "Webhook URL", "https://…"],
];
