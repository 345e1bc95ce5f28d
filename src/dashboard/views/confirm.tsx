import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface ConfirmProps {
  readonly title: string;
  /** The text of the confirming button. */
  readonly verb: string;
  readonly isDanger?: boolean;
  readonly isBusy?: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
  readonly children: ComponentChildren;
}

/** Confirm asks before something that cannot be undone. The focus then returns to where it was. */
export function Confirm({ title, verb, isDanger, isBusy, onYes, onNo, children }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else document.getElementById("grid")?.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="confirm-title" onClose={onNo}>
      <h2 id="confirm-title">{title}</h2>
      <div class="confirm-text">{children}</div>
      <div class="buttons">
        <button type="button" onClick={() => dialog.current?.close()}>
          Go back
        </button>
        <button
          type="button"
          class={isDanger ? "danger" : "primary"}
          disabled={isBusy}
          onClick={onYes}
        >
          {verb}
        </button>
      </div>
    </dialog>
  );
}
