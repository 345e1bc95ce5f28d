import { useEffect } from "preact/hooks";
import { place } from "../state/navigation.ts";
import { opened } from "../state/operation/opened.ts";
import { client } from "../state/session.ts";
import { Bar } from "./bar.tsx";
import { Start } from "./form/start.tsx";
import { statusNames } from "./icon.tsx";
import { Now } from "./now.tsx";
import { SignIn } from "./sign-in.tsx";
import { TrendsView } from "./trends/trends.tsx";

const titles = { now: "Operations", trends: "Trends", start: "New operation" } as const;

/** App is the whole page. */
export function App() {
  const isSignedIn = client.value !== undefined;
  const { view, open } = place.value;
  const title = !isSignedIn ? "Sign in" : open === undefined ? titles[view] : titleOf(open);
  useEffect(() => {
    document.title = `${title} · Edge Operations`;
  }, [title]);
  if (!isSignedIn) return <SignIn />;
  return (
    <div class="app">
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to content
      </button>
      <Bar />
      <main id="main" tabIndex={-1}>
        {view === "now" && <Now />}
        {view === "trends" && <TrendsView />}
        {view === "start" && <Start />}
      </main>
    </div>
  );
}

/** Shows the status of an operation to users who look at other tabs meanwhile. */
function titleOf(id: string): string {
  const operation = opened.value?.operation;
  if (operation?.id !== id) return `Operation ${id}`;
  return `${statusNames[operation.status]}: ${operation.kind}`;
}
