import { describe, expect, it } from "vitest";
import { browse } from "./browsing.ts";
import { mustSkip, signIn } from "./chromium.ts";

describe.skipIf(mustSkip)("sign in", () => {
  const on = browse();

  it("takes the right token, keeps it for this tab alone, and puts it in no address", async () => {
    const { page, requested } = await on.openSignedOut();
    await signIn(page);
    await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
    const kept = await page.evaluate(
      "[JSON.stringify({...localStorage}), document.cookie, location.href]",
    );
    expect(kept).toEqual(["{}", "", `${on.served.url}/static/`]);
    expect(requested.filter((url) => url.includes("test-token"))).toEqual([]);
    await page.reload();
    await page.getByRole("navigation").waitFor();
    const { page: other } = await on.openSignedOut();
    await other.getByLabel("Token").waitFor();
  });

  it.each([
    ["a wrong token", "not-the-token", "Invalid token"],
    ["what is no token", "two words", "That does not look like a token"],
  ])("says so of %s, and lets one try again", async (_, token, words) => {
    const { page } = await on.openSignedOut();
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText(words).waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await signIn(page);
  });

  it("forgets the token and what was shown when one signs out", async () => {
    await on.client.create({ kind: "echo", input: 1 });
    const { page } = await on.open();
    await page.getByRole("row").nth(1).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    expect(await page.getByRole("row").count()).toBe(0);
    await page.reload();
    await page.getByLabel("Token").waitFor();
  });

  it("asks again when the service does not take the token any more", async () => {
    const { page } = await on.openSignedOut();
    await page.evaluate("sessionStorage.setItem('edge-operations.token', 'an-old-token')");
    await page.reload();
    await page.getByText("Your token is no longer valid").waitFor();
    await signIn(page);
  });
});
