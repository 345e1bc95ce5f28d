import type { Commands } from "../state/commands.ts";
import { CopyButton } from "./copy-button.tsx";

/** CommandTexts shows equivalent shell commands, to read and to copy. */
export function CommandTexts({ commands }: { readonly commands: Commands }) {
  return (
    <details class="commands">
      <summary>Command line</summary>
      {(["curl", "kubecfg"] as const).map((tool) => (
        <div key={tool} class="command">
          <div class="command-head">
            <span>{tool}</span>
            <CopyButton text={commands[tool]} label={`Copy as ${tool}`}>
              Copy
            </CopyButton>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
          <pre tabIndex={0} role="region" aria-label={`As ${tool}`}>
            <code>{commands[tool]}</code>
          </pre>
        </div>
      ))}
      <p class="note">
        Set <code>$TOKEN</code> to your token first. It is never part of what you copy.
      </p>
    </details>
  );
}
