import { expect } from "vitest";

/** Held is an operation whose work a test does. */
export interface Held {
  readonly id: string;
  readonly input: unknown;
  /** write adds to its output. */
  write(output: string): Promise<void>;
  /** complete ends it. */
  complete(result: unknown): Promise<void>;
  /** release gives it back: another attempt may begin. */
  release(): Promise<void>;
}

/** claimed waits for work of an external kind, as a worker elsewhere does, and takes it. */
export async function claimed(url: string, kind: string): Promise<Held> {
  const ask = async (method: string, path: string, json: unknown) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: "Bearer test-token", "content-type": "application/json" },
      body: JSON.stringify(json),
    });
    expect(response.status).toBe(200);
    return response.json();
  };
  const claim = { kinds: [kind], max: 1 };
  const { operations } = (await ask("POST", "/operations:claim?wait=30s", claim)) as {
    operations: readonly {
      readonly id: string;
      readonly attempt: number;
      readonly input: unknown;
    }[];
  };
  const [operation] = operations;
  if (!operation) throw new Error(`There is no work of kind ${kind}`);
  const { id, attempt, input } = operation;
  return {
    id,
    input,
    write: async (output) => void (await ask("PATCH", `/operations/${id}`, { attempt, output })),
    complete: async (result) =>
      void (await ask("POST", `/operations/${id}:complete`, { attempt, result })),
    release: async () => void (await ask("POST", `/operations/${id}:release`, { attempt })),
  };
}
