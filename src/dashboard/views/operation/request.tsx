import type { OperationFields } from "../../../client/index.ts";

/**
 * Request shows an operation's request to an upstream, and the status of the response. Queries and headers are never
 * shown.
 */
export function Request({ upstream }: { upstream: NonNullable<OperationFields["upstream"]> }) {
  const { name, method, path, status } = upstream;
  return (
    <p class="operation-request">
      <code>
        <strong>{method}</strong> {name}
        {path}
      </code>
      {status !== undefined && (
        <span class={status < 400 ? "http-status" : "http-status http-failed"}>HTTP {status}</span>
      )}
    </p>
  );
}
