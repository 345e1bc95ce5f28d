import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { InputRequiredOperation } from "../../../client/index.ts";
import { FormState } from "../../state/form/form-state.ts";
import { client, failed } from "../../state/session.ts";
import { focusWrong, type Submission } from "./focus-wrong.ts";
import { SchemaForm } from "./schema-form.tsx";

/** Question asks the user the question of an operation, with a form for its schema. */
export function Question({ operation }: { readonly operation: InputRequiredOperation }) {
  const { id, inputRequest } = operation;
  const schema = JSON.stringify(inputRequest.schema);
  const form = useMemo(() => new FormState(inputRequest.schema), [id, schema]);
  const isBusy = useSignal(false);
  const submit = async (event: Submission) => {
    event.preventDefault();
    const { currentTarget } = event;
    const read = form.read();
    if (!read.ok) {
      focusWrong(currentTarget);
      return;
    }
    isBusy.value = true;
    try {
      await client.value?.input(id, read.value ?? null);
    } catch (thrown) {
      form.refuse(thrown, failed(thrown));
      focusWrong(currentTarget);
    }
    isBusy.value = false;
  };
  return (
    <section class="panel question">
      <h3>Waiting for input</h3>
      {inputRequest.message !== undefined && <p class="asked">{inputRequest.message}</p>}
      <form onSubmit={submit}>
        <SchemaForm form={form} name="answer" title="Answer" />
        <button type="submit" class="primary" disabled={isBusy.value}>
          Submit
        </button>
      </form>
    </section>
  );
}
