/** HeaderFields are the headers of an answer, by their names in lower case. */
export type HeaderFields = Readonly<Record<string, string>>;

/** json returns an answer of JSON text that nobody may keep. */
export function json(text: string, status = 200, headers: HeaderFields = {}): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}
