import { useEffect, useMemo } from "preact/hooks";
import type { KindDescription } from "../../../client/index.ts";
import { draft } from "../../state/form/draft.ts";
import { kinds, kindsTrouble, readKinds } from "../../state/kinds.ts";
import { go, place } from "../../state/navigation.ts";
import { KindState } from "../kind-state.tsx";
import { Trouble } from "../trouble.tsx";
import { StartForm } from "./start-form.tsx";

/** Start is the view for creating an operation: a kind, its input and its options. */
export function Start() {
  // The draft is used once: a reload starts with an empty form.
  const given = useMemo(() => {
    const { value } = draft;
    draft.value = undefined;
    return value;
  }, []);
  useEffect(() => void readKinds(), []);
  const known = kinds.value;
  const chosen = known?.find(({ kind }) => kind === place.value.kind) ?? known?.[0];
  return (
    <section class="page start" aria-labelledby="start-title">
      <h2 id="start-title">New operation</h2>
      <Trouble text={kindsTrouble.value} />
      {known && chosen && (
        <>
          <KindPicker known={known} chosen={chosen} />
          <KindState kind={chosen} />
          <StartForm
            key={chosen.kind}
            kind={chosen}
            {...(given?.kind === chosen.kind && { given })}
          />
        </>
      )}
      {known?.length === 0 && <p>This service has no kinds yet.</p>}
    </section>
  );
}

function KindPicker({
  known,
  chosen,
}: {
  known: readonly KindDescription[];
  chosen: KindDescription;
}) {
  return (
    <div class="field">
      <label for="kind">Kind</label>
      <select
        id="kind"
        value={chosen.kind}
        aria-describedby="kind-note"
        onChange={(event) => go({ kind: event.currentTarget.value })}
      >
        {known.map(({ kind }) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </select>
      <p id="kind-note" class="note">
        {chosen.description}
      </p>
    </div>
  );
}
