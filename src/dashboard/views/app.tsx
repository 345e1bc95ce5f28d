import { useEffect } from "preact/hooks";
import { place } from "../state/navigation.ts";
import { client } from "../state/session.ts";
import { Bar } from "./bar.tsx";
import { Now } from "./now.tsx";
import { SignIn } from "./sign-in.tsx";
import { Start } from "./start.tsx";
import { TrendsView } from "./trends.tsx";

const titles = { now: "Now", trends: "Trends", start: "Start one" } as const;

/** App is the whole page. */
export function App() {
  const isSignedIn = client.value !== undefined;
  const { view, open } = place.value;
  const title = !isSignedIn ? "Sign in" : open === undefined ? titles[view] : `Operation ${open}`;
  useEffect(() => {
    document.title = `${title} · Edge Operations`;
  }, [title]);
  if (!isSignedIn) return <SignIn />;
  return (
    <div class="app">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Bar />
      <main id="main" tabIndex={-1}>
        {view === "now" && <Now />}
        {view === "trends" && <TrendsView />}
        {view === "start" && <Start />}
      </main>
    </div>
  );
}

/** The fragment of the address is the place, so the link moves the focus by itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
