import { useSignal } from "@preact/signals";
import type { KindDescription } from "../../client/index.ts";
import { kinds, setPaused } from "../state/kinds.ts";
import { Trouble } from "./trouble.tsx";

/** KindState is how a kind stands, where the service says it, and pauses it or lets it go on. */
export function KindState({ kind: { kind, paused, running, waiting } }: { kind: KindDescription }) {
  const trouble = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  if (paused === undefined) return null;
  const change = async () => {
    isBusy.value = true;
    trouble.value = await setPaused(kind, !paused);
    isBusy.value = false;
  };
  const counts = [
    running !== undefined && `${running.toLocaleString("en")} running`,
    waiting !== undefined && `${waiting.toLocaleString("en")} queued`,
  ].filter(Boolean);
  return (
    <div class="kind-state">
      <span role="status">
        <strong>{paused ? `${kind} is paused` : `${kind} is active`}</strong>
        {counts.length > 0 && `, ${counts.join(", ")}`}
        {paused && ". New operations stay in the queue until you resume it."}
      </span>
      <button type="button" disabled={isBusy.value} onClick={change}>
        {paused ? "Resume" : "Pause"}
        <span class="unseen"> {kind}</span>
      </button>
      <Trouble text={trouble.value} />
    </div>
  );
}

/** PausedKinds are those of which nothing starts: that is why operations stay pending. */
export function PausedKinds() {
  const paused = kinds.value?.filter((kind) => kind.paused) ?? [];
  return (
    <>
      {paused.map((kind) => (
        <KindState key={kind.kind} kind={kind} />
      ))}
    </>
  );
}
