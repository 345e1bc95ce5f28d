import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { followOutput, noOutput, textOf } from "../../state/operation/output.ts";
import { client, failed } from "../../state/session.ts";
import { CopyButton } from "../copy-button.tsx";
import { Trouble } from "../trouble.tsx";

/** near is how close to its end an output has to be scrolled to stay there as it grows, in pixels. */
const near = 24;

/** OutputView shows the output of an operation as it grows: always as text. */
export function OutputView({ id }: { readonly id: string }) {
  const tail = useSignal(noOutput);
  const trouble = useSignal<string | undefined>(undefined);
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const asked = client.value;
    if (!asked) return undefined;
    const leaving = new AbortController();
    followOutput(asked, id, leaving.signal, (read) => {
      tail.value = read;
    }).catch((thrown) => {
      if (!leaving.signal.aborted) trouble.value = failed(thrown);
    });
    return () => leaving.abort();
  }, [id]);
  const text = textOf(tail.value);
  useLayoutEffect(() => {
    // A user who has scrolled back stays there.
    const { current } = box;
    if (current && isAtEnd.current) current.scrollTop = current.scrollHeight;
  }, [text]);
  const scrolled = () => {
    const { current } = box;
    if (!current) return;
    isAtEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight <= near;
  };
  return (
    <section class="output">
      <div class="section-head">
        <h3>Output</h3>
        {tail.value.offset > 0 && <span class="note">the end of it</span>}
        <CopyButton text={text} label="Copy the output" />
      </div>
      <Trouble text={trouble.value} />
      <pre
        class="result-text"
        ref={box}
        onScroll={scrolled}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
        tabIndex={0}
        role="region"
        aria-label="Output"
      >
        {text}
      </pre>
    </section>
  );
}
