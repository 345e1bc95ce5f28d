import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface CopyButtonProps {
  /** A function if the text is expensive to build. */
  readonly text: string | (() => string);
  readonly label: string;
  /** Its content; an icon by default. */
  readonly children?: ComponentChildren;
}

/** CopyButton copies a text to the clipboard, or says that it could not. */
export function CopyButton({ text, label, children }: CopyButtonProps) {
  const said = useSignal<string | undefined>(undefined);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      said.value = "Copied";
    } catch {
      said.value = "Could not copy";
    }
    setTimeout(() => {
      said.value = undefined;
    }, 2_000);
  };
  return (
    <span class="copy">
      <button type="button" class="quiet" aria-label={label} title={label} onClick={copy}>
        {children ?? <CopyIcon />}
      </button>
      <span class="copied" role="status">
        {said.value}
      </span>
    </span>
  );
}

/** LinkIcon is a chain of two links. */
export function LinkIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path
        class="mark"
        d="M6.8 9.2a2.5 2.5 0 0 0 3.6 0l2.2-2.2A2.5 2.5 0 0 0 9 3.4l-.9.9M9.2 6.8a2.5 2.5 0 0 0-3.6 0L3.4 9A2.5 2.5 0 0 0 7 12.6l.9-.9"
      />
    </svg>
  );
}

function CopyIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path class="mark" d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />
    </svg>
  );
}
