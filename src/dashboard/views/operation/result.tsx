import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { encodeJson, type SucceededOperation } from "../../../client/index.ts";
import { byteSize } from "../../state/byte-size.ts";
import { type Result, readResult, saveResult } from "../../state/operation/result.ts";
import { client, failed } from "../../state/session.ts";
import { CopyButton } from "../copy-button.tsx";
import { JsonTree } from "../json-tree.tsx";
import { Trouble } from "../trouble.tsx";

/** ResultView shows a result by its type: JSON as a tree, pixels as an image, everything else as text or a download. */
export function ResultView({ operation }: { readonly operation: SucceededOperation }) {
  const { id } = operation;
  const isInline = "result" in operation;
  const read = useSignal<Result | undefined>(undefined);
  const trouble = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const asked = client.value;
    if (isInline || !asked) return undefined;
    const leaving = new AbortController();
    readResult(asked, id, leaving.signal).then(
      (found) => {
        read.value = found;
      },
      (thrown) => {
        if (!leaving.signal.aborted) trouble.value = failed(thrown);
      },
    );
    return () => leaving.abort();
  }, [id, isInline]);
  const save = async () => {
    trouble.value = undefined;
    try {
      if (client.value) await saveResult(client.value, id);
    } catch (thrown) {
      trouble.value = failed(thrown);
    }
  };
  const known = read.value;
  return (
    <section class="result">
      <div class="section-head">
        <h3>Result</h3>
        {known && <span class="note">{describe(known)}</span>}
        {isInline && (
          <CopyButton text={encodeJson(operation.result, 2) ?? ""} label="Copy result" />
        )}
        <button type="button" class="quiet" onClick={save}>
          Download
        </button>
      </div>
      <Trouble text={trouble.value} />
      {isInline ? (
        <div class="json">
          <JsonTree value={operation.result} />
        </div>
      ) : (
        known && <Shown result={known} />
      )}
      {!isInline && !known && trouble.value === undefined && <p class="note">Loading…</p>}
    </section>
  );
}

function Shown({ result }: { result: Result }) {
  switch (result.type) {
    case "json":
      return (
        <div class="json">
          <JsonTree value={result.value} />
        </div>
      );
    case "text":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
        <pre class="result-text" tabIndex={0} role="region" aria-label="Result as text">
          {result.text}
        </pre>
      );
    case "image":
      return <Pixels pixels={result.pixels} />;
    case "download":
      return <p class="note">No preview for this type. Download it instead.</p>;
  }
}

function Pixels({ pixels }: { pixels: Blob }) {
  const url = useMemo(() => URL.createObjectURL(pixels), [pixels]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return <img class="result-image" src={url} alt="Result" />;
}

function describe({ mediaType, size }: Result): string {
  return size === undefined ? mediaType : `${mediaType}, ${byteSize(size)}`;
}
