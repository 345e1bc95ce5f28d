import type { Client, Monitor } from "../e2e/client.ts";

/** seed makes many operations of a kind, a hundred at a time, and answers their ids in the order in which they were made. */
export async function seed(client: Client, kind: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const operations = Array.from({ length: Math.min(100, count - ids.length) }, (_, index) => ({
      kind,
      input: { n: ids.length + index },
      deadline: "1h",
      labels: { n: String(ids.length + index) },
    }));
    const { status, body } = await client.json<{ operations: Monitor[] }>(
      "/api/v1/operations:batchCreate",
      { method: "POST", body: JSON.stringify({ operations }) },
    );
    if (status !== 200) throw new Error(`Cannot seed: ${status}`);
    ids.push(...body.operations.map(({ id }) => id));
  }
  return ids;
}
