import { connection, isListing } from "../state/feed.ts";
import { go, place } from "../state/navigation.ts";
import { firstPlace, hashOf, type View } from "../state/place.ts";
import { signOut } from "../state/session.ts";

const views: readonly (readonly [View, string])[] = [
  ["now", "Operations"],
  ["trends", "Trends"],
  ["start", "New operation"],
];

/** Bar is the top of the page: its name, its views, and the state of the connection. */
export function Bar() {
  const { view, filter } = place.value;
  return (
    <header class="bar">
      <a class="brand" href={hashOf(firstPlace)} onClick={(event) => follow(event, "now")}>
        <img src="/static/favicon.svg" alt="" width="26" height="26" />
        <h1>Edge Operations</h1>
      </a>
      <nav aria-label="Views">
        {views.map(([name, title]) => (
          <a
            key={name}
            href={hashOf({ ...firstPlace, filter, view: name })}
            aria-current={view === name ? "page" : undefined}
            onClick={(event) => follow(event, name)}
          >
            {title}
          </a>
        ))}
        <a href="/static/docs/">API</a>
      </nav>
      <Connected />
      <button type="button" class="quiet sign-out" onClick={() => signOut()}>
        Sign out
      </button>
    </header>
  );
}

const states = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Reconnecting…",
} as const;

function Connected() {
  const state = connection.value;
  const words = state === "live" && isListing.value ? "Loading…" : states[state];
  return (
    <p class={`connection connection-${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      <span class="connection-words">{words}</span>
    </p>
  );
}

/** Keeps the filter of the table while another view is shown. */
function follow(event: MouseEvent, view: View): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go({ view, open: undefined });
}
