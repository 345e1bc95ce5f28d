/**
 * serverAttributes returns the span attributes for the server of a request. Source: OpenTelemetry, semantic conventions
 * for HTTP spans.
 */
export function serverAttributes(url: string): {
  readonly "server.address": string;
  readonly "server.port": number;
} {
  const { hostname, port, protocol } = new URL(url);
  const implied = protocol === "https:" ? 443 : 80;
  return { "server.address": hostname, "server.port": Number(port) || implied };
}
