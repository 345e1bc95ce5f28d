import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { basePath, signedOutBecause, signIn } from "../state/session.ts";

/** SignIn asks for a token. It goes into a header of each request, and into this tab's storage; never into an address. */
export function SignIn() {
  const field = useRef<HTMLInputElement>(null);
  const wrong = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy.value) return;
    isBusy.value = true;
    wrong.value = await signIn(field.current?.value.trim() ?? "");
    isBusy.value = false;
    if (wrong.value !== undefined) field.current?.select();
  };
  const trouble = wrong.value ?? signedOutBecause.value;
  return (
    <main class="sign-in" id="main">
      <div class="brand">
        <img src="/static/favicon.svg" alt="" width="44" height="44" />
        <h1>Edge Operations</h1>
      </div>
      <p class="lead">Any slow call becomes a durable operation. Sign in to see yours.</p>
      <form class="panel" onSubmit={submit}>
        <label for="token">Token</label>
        <input
          ref={field}
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby={trouble === undefined ? "token-note" : "token-trouble token-note"}
          aria-invalid={trouble !== undefined}
        />
        <p id="token-trouble" class="wrong" role="alert">
          {trouble}
        </p>
        <button type="submit" class="primary" disabled={isBusy.value}>
          {isBusy.value ? "Signing in…" : "Sign in"}
        </button>
        <p id="token-note" class="note">
          The one that <code>npm start</code> printed, or that was set with{" "}
          <code>wrangler secret put TOKEN</code>. It is kept in this tab alone, and forgotten when
          you close it.
        </p>
      </form>
      <p class="note">
        <a href="/static/docs/">API reference</a> ·{" "}
        <a href={`${basePath.value}/healthz`}>Service status</a>
      </p>
    </main>
  );
}
