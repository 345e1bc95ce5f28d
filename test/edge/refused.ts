import { expect } from "vitest";
import { type ErrorCode, errors } from "../../src/core/errors.ts";
import { origin, type Problem, problemOf, type Tenant } from "./tenant.ts";

/** expectProblem holds an answer against the shape that every problem has, and answers it. */
export async function expectProblem(response: Response, code?: ErrorCode): Promise<Problem> {
  const problem = await problemOf(response.clone());
  if (code !== undefined) {
    expect([response.status, problem.error.code, problem.detail]).toEqual([
      errors[code].status,
      code,
      problem.detail,
    ]);
  }
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(problem).toMatchObject({
    type: `${origin}/problems/${problem.error.code}`,
    title: expect.stringMatching(/^[A-Z].+[^.]$/),
    detail: expect.stringMatching(/.[^.]$/s),
    instance: expect.stringMatching(/^\//),
    error: { code: expect.any(String), message: problem.detail },
  });
  expect(problem).not.toHaveProperty("status");
  expect(response.status).toBe(errors[problem.error.code as ErrorCode].status);
  return problem;
}

/** expectRefused is expectProblem for a create: it also sees that nothing was stored. */
export async function expectRefused(
  tenant: Tenant,
  response: Response,
  code: ErrorCode,
  where?: string,
): Promise<Problem> {
  const problem = await expectProblem(response, code);
  if (where !== undefined) expect(problem.errors?.map(({ path }) => path)).toContain(where);
  expect(await tenant.ids()).toEqual([]);
  return problem;
}
