import { vi } from "vitest";

/** Line is one line of the log, parsed. */
export type Line = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly module: string;
  readonly message: string;
};

/** LogLines is what was logged since captureLog, as text and as lines. */
export interface LogLines {
  readonly text: () => string;
  readonly lines: () => Line[];
  /** requests answers the access lines alone. */
  readonly requests: () => Line[];
}

/** captureLog keeps what is logged from now on, instead of showing it, until mocks are restored. */
export function captureLog(): LogLines {
  const raw: string[] = [];
  for (const method of ["log", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      raw.push(words.join(" "));
    });
  }
  const lines = () => raw.map((line) => JSON.parse(line) as Line);
  return {
    text: () => raw.join("\n"),
    lines,
    requests: () => lines().filter(({ message }) => message === "request"),
  };
}
