/** focusWrong leads to the first control that is wrong, once that is drawn: it may be out of sight. */
export function focusWrong(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** Submission is the event of a form that is sent. */
export interface Submission {
  readonly currentTarget: HTMLFormElement;
  preventDefault(): void;
}
