import { useEffect } from "preact/hooks";
import { connection, trouble } from "../state/feed.ts";
import { go, place } from "../state/navigation.ts";
import { isWide } from "../state/operation/opened.ts";
import { Filters } from "./filters.tsx";
import { PausedKinds } from "./kind-state.tsx";
import { OperationView } from "./operation/operation.tsx";
import { ChosenBar } from "./table/chosen.tsx";
import { Table } from "./table/table.tsx";

/** Now is the table of all operations as they change, and the open one next to it. */
export function Now() {
  const { open } = place.value;
  useEffect(() => {
    document.addEventListener("keydown", shortcuts);
    return () => document.removeEventListener("keydown", shortcuts);
  }, []);
  return (
    <div
      class={open === undefined ? "now" : isWide.value ? "now now-open now-wide" : "now now-open"}
    >
      <section class="list" aria-labelledby="list-title">
        <h2 id="list-title" class="unseen">
          Operations
        </h2>
        {(connection.value === "lost" || trouble.value !== undefined) && (
          <p class="banner">
            {trouble.value ??
              "Connection lost. This list may be out of date. It reconnects by itself and catches up on everything it missed."}
          </p>
        )}
        <PausedKinds />
        <Filters />
        <ChosenBar />
        <Table />
      </section>
      {open !== undefined && <OperationView key={open} id={open} />}
    </div>
  );
}

/** `/` focuses the search field, Escape closes the open operation. */
function shortcuts(event: KeyboardEvent): void {
  const isTyping =
    event.target instanceof Element &&
    event.target.matches("input:not([type=checkbox]), textarea, select, dialog *");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    document.getElementById("search")?.focus();
  }
  if (event.key === "Escape" && !isTyping && place.value.open !== undefined) {
    go({ open: undefined });
    document.getElementById("grid")?.focus();
  }
}
