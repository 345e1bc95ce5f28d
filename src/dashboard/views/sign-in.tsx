import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { place } from "../state/navigation.ts";
import { basePath, signedOutBecause, signIn } from "../state/session.ts";

/**
 * SignIn asks for a token. It is sent in a header of each request, and stored in this tab's storage or, by choice, this
 * browser's; it is never in an address. The address is kept: what it links to is shown after signing in.
 */
export function SignIn() {
  const field = useRef<HTMLInputElement>(null);
  const remember = useRef<HTMLInputElement>(null);
  const wrong = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  useEffect(() => field.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy.value) return;
    isBusy.value = true;
    wrong.value = await signIn(field.current?.value.trim() ?? "", remember.current?.checked);
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
      <p class="lead">
        {place.value.open === undefined
          ? "Any slow call becomes a durable operation. Sign in to see yours."
          : "Sign in to see the operation that you were sent."}
      </p>
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
        <label class="remember">
          <input ref={remember} type="checkbox" aria-describedby="token-note" />
          Remember on this device
        </label>
        <button type="submit" class="primary" disabled={isBusy.value}>
          {isBusy.value ? "Signing in…" : "Sign in"}
        </button>
        <p id="token-note" class="note">
          Use the token that <code>npm start</code> printed, or that you set with{" "}
          <code>wrangler secret put TOKEN</code>. Unless you choose to remember it, it is forgotten
          when you close this tab.
        </p>
      </form>
      <p class="note">
        <a href="/static/docs/">API reference</a> ·{" "}
        <a href={`${basePath.value}/healthz`}>Service status</a>
      </p>
    </main>
  );
}
