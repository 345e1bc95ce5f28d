import { useSignal } from "@preact/signals";
import type { KindDescription } from "../../client/index.ts";
import { kinds, setPaused } from "../state/kinds.ts";
import { Trouble } from "./trouble.tsx";

/** KindState shows the state of a kind, if the service reports it, and pauses or resumes it. */
export function KindState({ kind: of }: { kind: KindDescription }) {
  const { kind, paused, running, waiting, asking = 0, parked } = of;
  const trouble = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  if (paused === undefined) return null;
  const change = async () => {
    isBusy.value = true;
    trouble.value = await setPaused(kind, !paused);
    isBusy.value = false;
  };
  const counts = [
    told(running === undefined ? undefined : running - asking, "running"),
    told(asking || undefined, "asking"),
    told(waiting, "queued"),
    told(parked || undefined, "parked"),
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

function told(count: number | undefined, what: string): string | undefined {
  return count === undefined ? undefined : `${count.toLocaleString("en")} ${what}`;
}

/** PausedKinds shows the paused kinds, which are a reason for operations to stay pending. */
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
