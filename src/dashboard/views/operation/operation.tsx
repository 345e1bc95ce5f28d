import { useEffect, useRef } from "preact/hooks";
import { encodeJson, type Operation } from "../../../client/index.ts";
import { isWide, opened } from "../../state/operation/opened.ts";
import { firstPlace, hashOf } from "../../state/place.ts";
import { CopyButton, LinkIcon } from "../copy-button.tsx";
import { Question } from "../form/question.tsx";
import { StatusName } from "../icon.tsx";
import { JsonTree } from "../json-tree.tsx";
import { Trouble } from "../trouble.tsx";
import { Actions } from "./actions.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Facts } from "./facts.tsx";
import { HeadButtons } from "./head-buttons.tsx";
import { Log } from "./log.tsx";
import { OutputView } from "./output.tsx";
import { Progress } from "./progress.tsx";
import { Request } from "./request.tsx";
import { ResultView } from "./result.tsx";
import { Timeline } from "./timeline.tsx";

/** OperationView shows everything about one operation. */
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
        <HeadButtons id={id} />
        {operation?.upstream && <Request upstream={operation.upstream} />}
        <p class="operation-id">
          <code>{id}</code>
          <CopyButton text={id} label="Copy ID" />
          <CopyButton text={linkOf(id)} label="Copy link">
            <LinkIcon />
          </CopyButton>
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
  const hasMetadata = Object.keys(operation.metadata).length > 0;
  const given = (
    <>
      {input !== undefined && <JsonSection title="Input" value={input} />}
      {hasMetadata && <JsonSection title="Metadata" value={operation.metadata} />}
    </>
  );
  return (
    <div class="operation-body">
      <div class="operation-part">
        {operation.status === "running" && operation.percentComplete !== undefined && (
          <div class="progress-line">
            <Progress percent={operation.percentComplete} label="Progress" />
            <span class="percent">{Math.round(operation.percentComplete)}%</span>
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
        <Facts operation={operation} />
        {operation.status === "succeeded" && <ResultView operation={operation} />}
        {isWide.value && given}
      </div>
      <div class="operation-part">
        <Timeline operation={operation} />
        {!isWide.value && given}
        <Log operation={operation} />
        {operation.links.output !== undefined && (
          <OutputView key={operation.id} id={operation.id} />
        )}
        <Deliveries id={operation.id} deliveries={opened.value?.deliveries ?? []} />
      </div>
    </div>
  );
}

function JsonSection({ title, value }: { title: string; value: unknown }) {
  return (
    <section>
      <div class="section-head">
        <h3>{title}</h3>
        <CopyButton text={encodeJson(value, 2) ?? ""} label={`Copy ${title.toLowerCase()}`} />
      </div>
      <div class="json json-given">
        <JsonTree value={value} />
      </div>
    </section>
  );
}

/** A link to this operation for a colleague, who has to sign in: it contains no secrets. */
function linkOf(id: string): string {
  return `${location.origin}${location.pathname}${hashOf({ ...firstPlace, open: id })}`;
}
