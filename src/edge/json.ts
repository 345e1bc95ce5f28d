/** HeaderFields is the headers of a response, by their names in lower case. */
export type HeaderFields = Readonly<Record<string, string>>;

/** json returns a response of JSON text that may not be cached. */
export function json(text: string, status = 200, headers: HeaderFields = {}): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}
