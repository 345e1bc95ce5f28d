import { shown } from "../../state/feed.ts";
import { go } from "../../state/navigation.ts";
import { isWide } from "../../state/operation/opened.ts";

/** HeadButtons open the neighbors of the open operation in the table, widen it, and close it. */
export function HeadButtons({ id }: { readonly id: string }) {
  const rows = shown.value;
  const at = rows.findIndex((row) => row.id === id);
  const title = isWide.value ? "Show beside the list" : "Full width";
  return (
    <div class="head-buttons">
      {at >= 0 && (
        <>
          <Neighbor title="Previous operation" id={rows[at - 1]?.id} path="m4 10 4-4 4 4" />
          <Neighbor title="Next operation" id={rows[at + 1]?.id} path="m4 6 4 4 4-4" />
        </>
      )}
      <button
        type="button"
        class="quiet widen"
        aria-label={title}
        title={title}
        onClick={() => {
          isWide.value = !isWide.value;
        }}
      >
        <Icon path={isWide.value ? "M3 3h10v10H3zM8 3v10" : "M5 5 2 8l3 3m6-6 3 3-3 3M2 8h12"} />
      </button>
      <button type="button" class="quiet close" aria-label="Close operation" onClick={close}>
        ×
      </button>
    </div>
  );
}

interface NeighborProps {
  readonly title: string;
  /** Undefined at an end of the table. */
  readonly id: string | undefined;
  readonly path: string;
}

function Neighbor({ title, id, path }: NeighborProps) {
  return (
    <button
      type="button"
      class="quiet"
      aria-label={title}
      title={title}
      disabled={id === undefined}
      onClick={() => go({ open: id })}
    >
      <Icon path={path} />
    </button>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path class="mark" d={path} />
    </svg>
  );
}

function close(): void {
  go({ open: undefined });
  document.getElementById("grid")?.focus();
}
