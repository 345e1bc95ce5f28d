import { type ErrorCode, errors } from "../../../core/errors.ts";
import { problemOf } from "./examples.ts";
import { type HeaderName, locating } from "./headers.ts";
import { problem } from "./problem-answers.ts";
import { refTo } from "./vocabulary.ts";

/** ProblemResponse is one status with its possible codes. */
export interface ProblemResponse {
  readonly status: string;
  /** Its name in `components.responses`, made of the codes. */
  readonly name: string;
  readonly response: Readonly<Record<string, unknown>>;
}

/** problemResponses groups codes by their HTTP status in the table of errors. */
export function problemResponses(codes: readonly ErrorCode[]): readonly ProblemResponse[] {
  const byStatus = Map.groupBy(new Set(codes), (code) => errors[code].status);
  return [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, group]) => {
      const sorted = [...group].sort();
      return {
        status: String(status),
        name: sorted.map(pascal).join("Or"),
        response: {
          description: sorted.map((code) => `\`${code}\`: ${errors[code].title}.`).join(" "),
          headers: Object.fromEntries(
            ["X-Request-Id", ...(headersOf[status] ?? [])].map((name) => [
              name,
              { $ref: `#/components/headers/${name}` },
            ]),
          ),
          content: {
            "application/problem+json": {
              schema: refTo(problem),
              examples: Object.fromEntries(
                sorted.map((code) => [code, { value: problemOf(code) }]),
              ),
            },
          },
          "x-codes": sorted,
        },
      };
    });
}

const headersOf: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ["WWW-Authenticate"],
  409: ["X-Should-Retry"],
  416: ["Content-Range"],
  424: [...locating, "Preference-Applied", "Idempotency-Replayed"],
  429: ["Retry-After"],
  503: ["Retry-After"],
};

function pascal(code: string): string {
  return code.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
