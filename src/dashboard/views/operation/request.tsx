import type { OperationFields } from "../../../client/index.ts";

/** Request is what an operation asked of an upstream, and how that answered. Queries and headers are never told. */
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
