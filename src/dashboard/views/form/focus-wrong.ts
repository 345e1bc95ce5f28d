/** focusWrong focuses the first invalid control once it has been drawn: it may be out of sight. */
export function focusWrong(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** Submission is the submit event of a form. */
export interface Submission {
  readonly currentTarget: HTMLFormElement;
  preventDefault(): void;
}
