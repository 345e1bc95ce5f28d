/** place is where the dialect is spoken. */
export const place = "/api/openai";

/** root is what its paths begin with. */
export const root = `${place}/v1`;

/** responseId returns how a response is called here. */
export function responseId(id: string): string {
  return `resp_${id}`;
}

/** operationId returns the operation that a response is, by the name that responseId made or by its own. */
export function operationId(name: string): string {
  return name.replace(/^resp_/, "");
}
