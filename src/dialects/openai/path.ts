/** place is the dialect's path. */
export const place = "/api/openai";

/** root is the beginning of its paths. */
export const root = `${place}/v1`;

/** responseId returns the ID of a response. */
export function responseId(id: string): string {
  return `resp_${id}`;
}

/** operationId returns the operation's ID, from an ID that responseId made or from its own. */
export function operationId(name: string): string {
  return name.replace(/^resp_/, "");
}
