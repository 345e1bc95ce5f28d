import { useEffect, useRef } from "preact/hooks";
import type { Operation } from "../../../client/index.ts";
import { requestText } from "../../../core/upstream-request.ts";
import { now } from "../../state/clock.ts";
import { shortDuration } from "../../state/elapsed.ts";
import { go, place } from "../../state/navigation.ts";
import { opened } from "../../state/operation/opened.ts";
import { hashOf } from "../../state/place.ts";
import { CopyButton } from "../copy-button.tsx";
import { Question } from "../form/question.tsx";
import { StatusName } from "../icon.tsx";
import { JsonTree } from "../json-tree.tsx";
import { Trouble } from "../trouble.tsx";
import { Actions } from "./actions.tsx";
import { Attempts } from "./attempts.tsx";
import { Deliveries } from "./deliveries.tsx";
import { OutputView } from "./output.tsx";
import { Progress } from "./progress.tsx";
import { ResultView } from "./result.tsx";
import { Timeline } from "./timeline.tsx";

/** OperationView is all there is to see of one operation. */
export function OperationView({ id }: { readonly id: string }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  const known = opened.value?.id === id ? opened.value : undefined;
  const operation = known?.operation;
  return (
    <article class="operation" aria-labelledby="operation-title">
      <header class="operation-head">
        <div class="operation-name">
          <h2 id="operation-title" ref={title} tabIndex={-1}>
            {operation?.kind ?? "Operation"}
          </h2>
          {operation && <StatusName status={operation.status} />}
        </div>
        <button type="button" class="quiet close" aria-label="Close operation" onClick={close}>
          ×
        </button>
        {operation?.upstream && (
          <p class="operation-request">
            <code>{requestText(operation.upstream)}</code>
          </p>
        )}
        <p class="operation-id">
          <code>{id}</code>
          <CopyButton text={id} label="Copy ID" />
        </p>
      </header>
      <Trouble text={known?.trouble} />
      {!operation && known?.trouble === undefined && <p class="note">Loading…</p>}
      {operation && <Body operation={operation} />}
    </article>
  );
}

function Body({ operation }: { operation: Operation }) {
  const input = opened.value?.input;
  return (
    <>
      {operation.status === "running" && (
        <div class="progress-line">
          <Progress percent={operation.percentComplete} label="Progress" />
          {operation.percentComplete !== undefined && (
            <span class="percent">{Math.round(operation.percentComplete)}%</span>
          )}
          <span class="message">{operation.statusMessage}</span>
        </div>
      )}
      <Actions operation={operation} />
      {operation.status === "input_required" && <Question operation={operation} />}
      {"error" in operation && (
        <section class="panel error-panel">
          <h3>{operation.status === "canceled" ? "Canceled" : "Error"}</h3>
          <p>
            <code class="error-code">{operation.error.code}</code> {operation.error.message}
          </p>
          {operation.error.details !== undefined && <JsonTree value={operation.error.details} />}
        </section>
      )}
      {operation.links.output !== undefined && <OutputView key={operation.id} id={operation.id} />}
      {operation.status === "succeeded" && <ResultView operation={operation} />}
      <Timeline operation={operation} />
      <Attempts />
      {input !== undefined && (
        <section>
          <h3>Input</h3>
          <div class="json">
            <JsonTree value={input} />
          </div>
        </section>
      )}
      <Facts operation={operation} />
      <Deliveries id={operation.id} deliveries={opened.value?.deliveries ?? []} />
    </>
  );
}

function Facts({ operation }: { operation: Operation }) {
  const labels = Object.entries(operation.labels);
  const hasMetadata = Object.keys(operation.metadata).length > 0;
  const end = "finishedAt" in operation ? Date.parse(operation.finishedAt) : now.value;
  return (
    <section>
      <h3>Details</h3>
      <dl class="facts">
        <dt>Duration</dt>
        <dd>{shortDuration(end - Date.parse(operation.createdAt))}</dd>
        {operation.rerunOf !== undefined && (
          <>
            <dt>Rerun of</dt>
            <dd>
              <a href={hashOf({ ...place.value, open: operation.rerunOf })}>
                <code>{operation.rerunOf}</code>
              </a>
            </dd>
          </>
        )}
        <dt>Attempts</dt>
        <dd>{operation.attempt}</dd>
        <dt>Version</dt>
        <dd>{operation.version}</dd>
        {labels.length > 0 && (
          <>
            <dt>Labels</dt>
            <dd class="labels">
              {labels.map(([name, value]) => (
                <span key={name} class="label">
                  <span class="label-name">{name}</span>
                  {value}
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
      {hasMetadata && (
        <>
          <h4>Metadata</h4>
          <div class="json">
            <JsonTree value={operation.metadata} />
          </div>
        </>
      )}
    </section>
  );
}

function close(): void {
  go({ open: undefined });
  document.getElementById("grid")?.focus();
}
