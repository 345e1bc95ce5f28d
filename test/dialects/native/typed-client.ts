import { OperationsClient } from "../../../src/client/index.ts";
import { origin, send, type Tenant } from "../../edge/tenant.ts";

/** clientOf speaks to the Worker of the tests, with configuration where it needs some. */
export function clientOf(
  { token, tokens }: Tenant,
  config: Readonly<Record<string, string>> = {},
): OperationsClient {
  const fetch = (url: string, init: RequestInit) =>
    send(url, {
      method: init.method ?? "GET",
      headers: init.headers as Record<string, string>,
      ...(init.body && { body: init.body as string }),
      ...(init.signal && { signal: init.signal }),
      config: { TOKENS: tokens, ...config },
    });
  return new OperationsClient({ url: origin, token, fetch });
}

/** all reads a sequence to its end. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
